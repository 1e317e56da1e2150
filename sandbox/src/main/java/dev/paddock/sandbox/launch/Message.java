package dev.paddock.sandbox.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What init says, and how it is spoken to; {@code native/protocol.h}. */
sealed interface Message {
  /** The version of the protocol that both sides speak. */
  int VERSION = 1;

  /** The longest message of init, in bytes. */
  int LONGEST = 112;

  /**
   * The target exists; a pidfd comes with it.
   *
   * @param initPid the process id of init
   * @param targetPid its process id, as this process sees it
   * @param scoped whether the outer Landlock domains are in force
   */
  record Ready(int initPid, int targetPid, boolean scoped) implements Message {}

  /** The target's execve has succeeded. */
  record Execed() implements Message {}

  /**
   * Something could not be done, and no process is left.
   *
   * @param step {@code enum pk_step}
   * @param index what the step was about, by the step
   * @param errno what the kernel said, or 0
   */
  record Failed(int step, int index, int errno) implements Message {}

  /**
   * The target was stopped.
   *
   * @param signal by which signal
   */
  record Stopped(int signal) implements Message {}

  /** The target runs again. */
  record Continued() implements Message {}

  /**
   * The run is over, and no process is left.
   *
   * @param reason {@code enum pk_reason}
   * @param status the target's wait status
   * @param numbers wall ns, user µs, system µs, largest process KiB, minor and major faults, blocks
   *     in and out, voluntary and forced switches
   */
  @SuppressWarnings("ArrayRecordComponent") // decoded once, never compared
  record Finished(int reason, int status, long[] numbers) implements Message {}

  /**
   * The tree was killed some time ago, and has not ended.
   *
   * @param process one that is left, or 0
   */
  record Stuck(int process) implements Message {}

  /** What init says cannot be understood: the reason. */
  record Malformed(String reason) implements Message {}

  private static ByteBuffer header(int size, int kind) {
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    return buffer.putInt(0x314b4450).putShort((short) VERSION).putShort((short) kind);
  }

  /** Announces an order whose descriptors come with this message. */
  static byte[] order(int descriptors) {
    return header(16, 1).putInt(descriptors).putInt(0).array();
  }

  /** Lets a target that waits make its execve. */
  static byte[] go() {
    return header(8, 2).array();
  }

  /** Sends a signal to the target alone. */
  static byte[] signal(int signal) {
    return header(16, 3).putInt(signal).putInt(1).array();
  }

  /** Asks the tree to end, then kills it. */
  static byte[] terminate(long graceMillis) {
    return header(16, 4).putLong(graceMillis).array();
  }

  /** Kills the tree. */
  static byte[] kill() {
    return header(8, 5).array();
  }

  /** Lets a stopped target go on. */
  static byte[] resume() {
    return header(8, 6).array();
  }

  /** Understands what init sent. */
  static Message decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < 8 || buffer.getInt(0) != 0x314b4450 || buffer.getShort(4) != VERSION) {
      return new Malformed("init speaks another protocol");
    }
    int kind = buffer.getShort(6) & 0xffff;
    int size =
        switch (kind) {
          case 65, 67 -> 24;
          case 66, 69 -> 8;
          case 68, 71 -> 16;
          case 70 -> 112;
          default -> -1;
        };
    if (size != bytes.length) {
      return new Malformed("init sent " + bytes.length + " bytes of kind " + kind);
    }
    return switch (kind) {
      case 65 -> new Ready(buffer.getInt(8), buffer.getInt(12), buffer.getInt(16) == 1);
      case 66 -> new Execed();
      case 67 -> new Failed(buffer.getInt(8), buffer.getInt(12), buffer.getInt(16));
      case 68 -> new Stopped(buffer.getInt(8));
      case 69 -> new Continued();
      case 71 -> new Stuck(buffer.getInt(8));
      default -> {
        long[] numbers = new long[10];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = buffer.getLong(16 + 8 * i);
        }
        yield new Finished(buffer.getInt(8), buffer.getInt(12), numbers);
      }
    };
  }
}
