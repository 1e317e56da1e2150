package dev.paddock.sandbox.event;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Events of all kinds, with names that try everything. */
final class RandomEvents {
  /** How many kinds {@link #event(int, long)} knows. */
  static final int KINDS = 13;

  private static final String[] NASTY = {
    "\n{\"time\":\"",
    "\"}\n",
    "\\x41",
    "\\",
    "\"",
    "\u001b[2J",
    "\u0000",
    "\u007f",
    "\u0085",
    "\u009b31m",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\u200f",
    "\ufeff",
    "\u00ad",
    "\ue000",
    "\ufffd",
    "\u0378",
    "\udb40\udc41",
    "\ud83d\ude00",
    "e\u0301",
    "\u00a0",
    "gr\u00fc\u00df",
    "\u65e5\u672c",
    "\r",
    "\t",
    "paddock: ",
    "' \"$(id)\""
  };

  private final Random random;

  RandomEvents(long seed) {
    random = new Random(seed);
  }

  ByteString name() {
    byte[] part;
    ByteString name = ByteString.of("");
    for (int parts = random.nextInt(5); parts > 0; parts--) {
      switch (random.nextInt(4)) {
        case 0 -> {
          part = new byte[random.nextInt(12)];
          random.nextBytes(part);
        }
        case 1 -> part = NASTY[random.nextInt(NASTY.length)].getBytes(StandardCharsets.UTF_8);
        case 2 -> {
          int point = random.nextInt(Character.MAX_CODE_POINT + 1);
          part = utf8(point); // Surrogates too, as no decoder would have them.
        }
        default -> part = "/usr/bin/make".getBytes(StandardCharsets.UTF_8);
      }
      name = name.plus(ByteString.of(part));
    }
    return name;
  }

  private static byte[] utf8(int point) {
    return point < 0x10000
        ? new byte[] {(byte) (0xe0 | (point >> 12)), tail(point >> 6), tail(point)}
        : new byte[] {
          (byte) (0xf0 | (point >> 18)), tail(point >> 12), tail(point >> 6), tail(point)
        };
  }

  private static byte tail(int bits) {
    return (byte) (0x80 | (bits & 0x3f));
  }

  /** Text that survives the way to UTF-8 and back. */
  String text() {
    return random.nextInt(3) == 0 ? "" : NASTY[random.nextInt(NASTY.length)] + "files.read \"/x\"";
  }

  Arguments arguments() {
    List<ByteString> all = new ArrayList<>();
    for (int count = random.nextInt(6); count > 0; count--) {
      all.add(name());
    }
    return Arguments.of(all, all.size() + random.nextInt(2), random.nextInt(3));
  }

  private <T> T one(T[] values) {
    return values[random.nextInt(values.length)];
  }

  private Strength strength() {
    return one(Strength.values());
  }

  private Duration span() {
    return Duration.ofNanos(random.nextLong() >>> (1 + random.nextInt(60)));
  }

  private @Nullable Usage usage() {
    return random.nextBoolean()
        ? null
        : new Usage(
            span(),
            span(),
            span(),
            random.nextInt(1 << 30),
            random.nextInt(1 << 30),
            7,
            1,
            2,
            3,
            random.nextInt(1 << 20));
  }

  private Outcome outcome() {
    return switch (random.nextInt(5)) {
      case 0 -> new Outcome.Exited(random.nextInt(256));
      case 1 -> new Outcome.Signalled(1 + random.nextInt(64), random.nextBoolean());
      case 2 -> new Outcome.TimedOut(span());
      case 3 -> new Outcome.Stopped("limits.memory", text());
      default -> new Outcome.Terminated(random.nextInt(65));
    };
  }

  Event.Head head(long sequence) {
    Instant time =
        Instant.ofEpochSecond(random.nextLong(0, 253_402_300_800L), random.nextInt(1_000_000_000));
    return new Event.Head(
        time, sequence, text(), text(), random.nextInt(1 << 22), random.nextInt(1 << 22));
  }

  Event event(int kind, long sequence) {
    Event.Head head = head(sequence);
    return switch (kind) {
      case 0 -> new Event.Started(head, name(), arguments(), name());
      case 1 ->
          new Event.Exec(
              head,
              name(),
              name(),
              arguments(),
              one(Event.Decision.values()),
              text(),
              text(),
              random.nextInt(134),
              strength(),
              span());
      case 2 ->
          new Event.Fork(
              head, 1 + random.nextInt(1 << 22), one(Event.Fork.Kind.values()), strength());
      case 3 -> {
        int signal = random.nextInt(3) == 0 ? 1 + random.nextInt(64) : 0;
        int status = signal != 0 ? 0 : random.nextInt(257) - 1;
        yield new Event.Exited(head, status, signal, random.nextBoolean(), usage());
      }
      case 4 ->
          new Event.Denied(head, "openat", name(), random.nextInt(134), text(), text(), strength());
      case 5 ->
          new Event.SignalSent(
              head,
              random.nextInt(),
              random.nextInt(65),
              one(Event.SignalSent.Relation.values()),
              one(Event.Decision.values()),
              text(),
              strength());
      case 6 ->
          new Event.LimitReached(
              head,
              "processes",
              random.nextInt(1 << 22),
              one(Event.Action.values()),
              text(),
              strength());
      case 7 ->
          new Event.Alert(
              head,
              one(Event.Alert.Kind.values()),
              name(),
              name(),
              one(Event.Action.values()),
              strength());
      case 8 -> new Event.HandlerFailed(head, text(), "execve", text(), random.nextInt(134));
      case 9 -> new Event.Dropped(head, 1 + (random.nextLong() >>> 1) / 2);
      case 10 -> new Event.Ended(head, outcome(), usage());
      case 11 -> new Event.Attached(head, name(), arguments(), 1 + random.nextInt(1 << 15));
      case 12 -> new Event.Detached(head, random.nextInt(1 << 22));
      default -> throw new IllegalArgumentException("kind " + kind);
    };
  }

  Event event(long sequence) {
    return event(random.nextInt(KINDS), sequence);
  }
}
