package dev.paddock.linux;

import java.util.Arrays;

/**
 * What {@code /proc/PID/stat} says of a process or thread; see proc_pid_stat(5).
 *
 * @param pid its id
 * @param command its name, at most 15 bytes of anything: the process chooses it
 * @param state {@code R}, {@code S}, {@code D}, {@code T}, {@code t}, {@code Z}, {@code X} …
 * @param parent its parent's id
 * @param group its process group
 * @param session its session
 * @param terminal the controlling terminal's device number, 0 for none
 * @param foregroundGroup that terminal's foreground process group, -1 without a terminal
 * @param startTime when it started, in clock ticks since boot, unsigned: with the id, who it is
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode go by content
public record ProcessStat(
    int pid,
    byte[] command,
    char state,
    int parent,
    int group,
    int session,
    int terminal,
    int foregroundGroup,
    long startTime) {
  /** Fields after the command's closing parenthesis, counted from 0: man page number minus 3. */
  private static final int START_TIME = 19;

  /**
   * Takes the file's content apart. The command may hold parentheses, spaces and newlines: it ends
   * at the <em>last</em> closing parenthesis.
   *
   * @throws KernelException with EBADMSG if it is not such a file's
   */
  public static ProcessStat parse(byte[] content) throws KernelException {
    int open = 0;
    while (open < content.length && content[open] != '(') {
      open++;
    }
    int close = content.length - 1;
    while (close > open && content[close] != ')') {
      close--;
    }
    if (close <= open || open < 2 || content[open - 1] != ' ') {
      throw malformed();
    }
    Fields fields = new Fields(content, close + 1);
    char state = fields.letter();
    int parent = fields.number();
    int group = fields.number();
    int session = fields.number();
    int terminal = fields.number();
    int foreground = fields.number();
    fields.skip(START_TIME - 6);
    return new ProcessStat(
        new Fields(Arrays.copyOf(content, open - 1), -1).number(),
        Arrays.copyOfRange(content, open + 1, close),
        state,
        parent,
        group,
        session,
        terminal,
        foreground,
        fields.longNumber());
  }

  /** Whether it has ended: a zombie, or one that is being reaped at this moment. */
  public boolean hasEnded() {
    return isEnd(state);
  }

  /** Whether a {@link #state} is that of a process or thread that has ended. */
  public static boolean isEnd(char state) {
    return state == 'Z' || state == 'X';
  }

  private static KernelException malformed() {
    return new KernelException(Errno.of(Errno.EBADMSG), "read", "/proc/PID/stat");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProcessStat that
        && pid == that.pid
        && Arrays.equals(command, that.command)
        && state == that.state
        && parent == that.parent
        && group == that.group
        && session == that.session
        && terminal == that.terminal
        && foregroundGroup == that.foregroundGroup
        && startTime == that.startTime;
  }

  @Override
  public int hashCode() {
    return 31 * pid + Long.hashCode(startTime);
  }

  /** Reads fields that are set apart by single spaces. */
  private static final class Fields {
    private final byte[] content;
    private int at;

    /** Starts at the space before the first field, or before the content (-1). */
    Fields(byte[] content, int at) {
      this.content = content;
      this.at = at;
    }

    private void space() throws KernelException {
      if (at >= 0 && (at >= content.length || content[at] != ' ')) {
        throw malformed();
      }
      at++;
    }

    char letter() throws KernelException {
      space();
      if (at >= content.length || content[at] <= ' ') {
        throw malformed();
      }
      return (char) content[at++];
    }

    void skip(int fields) throws KernelException {
      for (int i = 0; i < fields; i++) {
        space();
        while (at < content.length && content[at] != ' ') {
          at++;
        }
      }
    }

    int number() throws KernelException {
      long value = longNumber();
      if (value != (int) value) {
        throw malformed();
      }
      return (int) value;
    }

    /** A number of at most 64 bits; one above the signed range is kept as unsigned. */
    long longNumber() throws KernelException {
      space();
      boolean negative = at < content.length && content[at] == '-';
      int start = negative ? at + 1 : at;
      int end = start;
      long value = 0;
      while (end < content.length && content[end] >= '0' && content[end] <= '9') {
        int digit = content[end] - '0';
        if (Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, 10)) > 0) {
          throw malformed();
        }
        value = value * 10 + digit;
        end++;
      }
      boolean ended = end == content.length || content[end] == ' ' || content[end] == '\n';
      if (end == start || !ended || (negative && value < 0)) {
        throw malformed();
      }
      at = end;
      return negative ? -value : value;
    }
  }
}
