package dev.paddock.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Runs the bytes of a program as the kernel would, written from the description of classic BPF in
 * linux/filter.h alone: it shares no line with what writes programs, so that it can judge them.
 */
final class Interpreter {
  /**
   * How a run ended.
   *
   * @param value what the program returned
   * @param steps how many instructions it took
   */
  record Outcome(int value, int steps) {}

  private Interpreter() {}

  static Outcome run(byte[] program, int number, int architecture, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(architecture).putLong(0x7f00_1234_5678L);
    for (int i = 0; i < 6; i++) {
      data.putLong(i < arguments.length ? arguments[i] : 0);
    }
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    int length = program.length / 8;
    int accumulator = 0;
    int at = 0;
    int steps = 0;
    while (true) {
      if (at < 0 || at >= length) {
        throw new IllegalStateException("ran out of the program at " + at);
      }
      steps++;
      int operation = code.getShort(8 * at) & 0xffff;
      int yes = code.get(8 * at + 2) & 0xff;
      int no = code.get(8 * at + 3) & 0xff;
      int k = code.getInt(8 * at + 4);
      at++;
      switch (operation) {
        case 0x20 -> accumulator = data.getInt(k);
        case 0x54 -> accumulator &= k;
        case 0x05 -> at += k;
        case 0x15 -> at += accumulator == k ? yes : no;
        case 0x25 -> at += Integer.compareUnsigned(accumulator, k) > 0 ? yes : no;
        case 0x35 -> at += Integer.compareUnsigned(accumulator, k) >= 0 ? yes : no;
        case 0x45 -> at += (accumulator & k) != 0 ? yes : no;
        case 0x06 -> {
          return new Outcome(k, steps);
        }
        default -> throw new IllegalStateException("unknown operation " + operation);
      }
    }
  }
}
