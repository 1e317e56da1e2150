package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Signals that may not be sent, and to whom: {@code tree:KILL}, {@code children:*}.
 *
 * @param target to whom
 * @param signal its number, 0 for the question whether the target exists, or {@link #ANY}
 */
public record SignalRule(Target target, int signal) {
  /** Every signal from 1 on. */
  public static final int ANY = -1;

  /** The highest number, SIGRTMAX of the kernel; signal(7). */
  static final int LAST = 64;

  /** SIGRTMIN of the kernel. The C library begins later and keeps 32 and 33 for itself. */
  private static final int FIRST_REAL_TIME = 32;

  /** Names by number, of x86-64, AArch64 and RISC-V; signal(7). */
  private static final String[] NAMES = {
    "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
    "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"
  };

  /** To whom a rule forbids signals. */
  public enum Target {
    /** The process that sends. */
    SELF,
    /** The processes that descend from the one that sends. */
    CHILDREN,
    /** Every process of the run that is neither the sender nor descends from it. */
    OTHERS,
    /** Every process of the run: self, children and others. */
    TREE,
    /** Every process that does not belong to the run. It is refused whatever a policy says. */
    OUTSIDE;

    /** The word in a policy. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A rule about a signal that exists. */
  public SignalRule {
    if (signal < ANY || signal > LAST) {
      throw new IllegalArgumentException("there is no signal " + signal);
    }
  }

  /**
   * Reads {@code TARGET:SIGNAL}; the signal is a name with or without SIG, a number, or {@code *}.
   *
   * @throws ValueException if there is no such target or signal
   */
  public static SignalRule parse(String text) throws ValueException {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new ValueException(
          "\"" + text + "\" is no signal rule; write a target and a signal, such as tree:KILL");
    }
    return new SignalRule(
        target(text, text.substring(0, colon)), signal(text, text.substring(colon + 1)));
  }

  private static Target target(String text, String word) throws ValueException {
    List<String> labels = new ArrayList<>();
    for (Target target : Target.values()) {
      if (target.label().equals(word)) {
        return target;
      }
      labels.add(target.label());
    }
    String nearest = Spelling.nearest(word, labels);
    throw new ValueException(
        "\""
            + text
            + "\": there is no target \""
            + word
            + "\""
            + (nearest.isEmpty() ? "" : ", did you mean \"" + nearest + "\"?")
            + "; write self, children, others, tree or outside");
  }

  private static int signal(String text, String word) throws ValueException {
    if (word.equals("*")) {
      return ANY;
    }
    int number = number(word);
    if (number >= 0) {
      if (number > LAST) {
        throw new ValueException("\"" + text + "\": signals go from 1 to 64");
      }
      return number;
    }
    String name = word.startsWith("SIG") ? word.substring(3) : word;
    for (int i = 1; i < NAMES.length; i++) {
      if (NAMES[i].equals(name)) {
        return i;
      }
    }
    int synonym = synonym(name);
    if (synonym >= 0) {
      return synonym;
    }
    String nearest = Spelling.nearest(name.toUpperCase(Locale.ROOT), List.of(NAMES).subList(1, 32));
    throw new ValueException(
        "\""
            + text
            + "\": there is no signal \""
            + word
            + "\""
            + (nearest.isEmpty() ? "" : ", did you mean \"" + nearest + "\"?")
            + "; write a name such as TERM, a number, or *");
  }

  private static int synonym(String name) {
    return switch (name) {
      case "IOT" -> 6;
      case "CLD" -> 17;
      case "POLL" -> 29;
      default -> -1;
    };
  }

  private static int number(String word) {
    if (word.isEmpty() || word.length() > 3) {
      return -1;
    }
    int number = 0;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }

  /** Whether this rule is about a signal to such a receiver, which is not TREE. */
  boolean forbids(Target receiver, int number) {
    boolean about = target == receiver || (target == Target.TREE && receiver != Target.OUTSIDE);
    return about && (signal == number || (signal == ANY && number >= 1 && number <= LAST));
  }

  /** A signal as a rule is written: a name without SIG, or a number where there is no name. */
  static String name(int signal) {
    return signal >= 0 && signal < FIRST_REAL_TIME ? NAMES[signal] : "" + signal;
  }

  /** The form that {@link #parse} reads back. */
  @Override
  public String toString() {
    return target.label() + ":" + (signal == ANY ? "*" : name(signal));
  }
}
