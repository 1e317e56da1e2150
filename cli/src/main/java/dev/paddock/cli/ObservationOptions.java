package dev.paddock.cli;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.SupervisionOptions.Wish;
import dev.paddock.sandbox.event.DenialSummary;
import dev.paddock.sandbox.event.EventSink;
import dev.paddock.sandbox.event.SinkReport;
import java.util.List;
import java.util.Optional;

/** What is to be seen, and where: {@code --events} and {@code --denials}. */
final class ObservationOptions {
  /** Of the different refusals, how many are said. */
  private static final int MOST_SHOWN = 50;

  /** Of a run's name, in bytes; sandlock has the same limit. */
  private static final int LONGEST_NAME = 64;

  private final Context context;
  private final Arguments arguments;
  private final DenialSummary denials = new DenialSummary();

  ObservationOptions(Context context, Arguments arguments) {
    this.context = context;
    this.arguments = arguments;
  }

  /** What it is called. */
  static Optional<String> name(Arguments arguments) throws UsageException {
    Optional<byte[]> name = arguments.value(Flag.NAME);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = name.get();
    String shown = Text.show(bytes);
    boolean good = bytes.length > 0 && bytes.length <= LONGEST_NAME;
    for (byte b : bytes) {
      good &= b > ' ' && b < 0x7f && b != '/';
    }
    if (!good || shown.equals(".") || shown.equals("..")) {
      throw new UsageException(
          "--name "
              + shown
              + ": a name is 1 to 64 printable ASCII characters without / and spaces");
    }
    return Optional.of(shown);
  }

  /** What the supervisor has to tell. */
  SupervisionOptions supervisionOptions(Optional<String> name, String session)
      throws UsageException {
    SupervisionOptions.Builder supervisionOptions =
        SupervisionOptions.builder().name(name.orElse("")).session(session);
    for (byte[] place : arguments.values(Flag.EVENTS)) {
      supervisionOptions.sink(sink(place));
    }
    boolean asked = arguments.has(Flag.DENIALS);
    if (asked) {
      supervisionOptions.refusals(() -> denials).want(Wish.DENIALS);
    }
    boolean usage = arguments.has(Flag.USAGE) || arguments.has(Flag.JSON);
    return supervisionOptions
        .want(Wish.USAGE, usage)
        .want(Wish.KERNEL_ONLY, arguments.has(Flag.NO_SUPERVISOR))
        .want(Wish.TRACED, arguments.has(Flag.TRACED))
        .build();
  }

  private SupervisionOptions.Sink sink(byte[] place) throws UsageException {
    String shown = Text.show(place);
    if (shown.equals("-")) {
      Fd error = Fd.borrowed(context.stderr().number()); // A sink closes what it owns.
      return arguments.has(Flag.JSON)
          ? () -> EventSink.lines(error)
          : () -> EventSink.console(error);
    }
    if (shown.startsWith("fd:")) {
      int number = Units.count(Flag.EVENTS, Bytes.slice(place, 3, place.length), 0, 1_048_575);
      Fd fd = Fd.borrowed(number);
      try {
        Paths.status(fd);
      } catch (KernelException e) {
        throw new UsageException("--events fd:" + number + ": " + e.errno().text());
      }
      return () -> EventSink.lines(fd);
    }
    byte[] path = WorkingDirectory.absolute(context, Flag.EVENTS, place);
    return () -> EventSink.file(path);
  }

  /** The same for machines: what was refused, if that was asked for. */
  void addTo(Json json) {
    if (!arguments.has(Flag.DENIALS)) {
      return;
    }
    json.name("denials").array();
    for (DenialSummary.Row row : denials.rows(DenialSummary.MOST)) {
      json.object().name("count").value(row.count()).name("call").value(row.call());
      json.name("object").value(row.object().toString());
      if (row.errno() != 0) {
        json.name("errno").value(Errno.of(row.errno()).name());
      }
      json.name("rule").value(row.rule()).name("hint").value(row.hint()).endObject();
    }
    json.endArray();
    json.name("denials_left_out").value(denials.others());
    json.name("events_lost").value(denials.dropped());
  }

  /** What is said of it after the run. */
  void report(List<SinkReport> reports, Output output) {
    if (arguments.has(Flag.DENIALS) && !arguments.has(Flag.JSON)) {
      for (String line : denials.lines(MOST_SHOWN)) {
        output.say(line);
      }
    }
    for (SinkReport report : reports) {
      if (report.lost() > 0) {
        output.error(
            report.lost()
                + " events did not reach the "
                + report.sink()
                + (report.problem().isEmpty() ? "" : ": " + report.problem()));
      }
    }
  }
}
