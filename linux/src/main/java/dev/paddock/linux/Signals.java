package dev.paddock.linux;

/** The names of signals; see signal(7). The same on x86-64 and arm64. */
public final class Signals {
  /** Hang-up. */
  public static final int SIGHUP = 1;

  /** Interrupt from the keyboard. */
  public static final int SIGINT = 2;

  /** Quit from the keyboard, with a core file. */
  public static final int SIGQUIT = 3;

  /** A breakpoint, and what a tracer sees as the signal of its own stops. */
  public static final int SIGTRAP = 5;

  /** Cannot be caught or ignored. */
  public static final int SIGKILL = 9;

  /** Asks to end. */
  public static final int SIGPIPE = 13;

  public static final int SIGTERM = 15;

  /** Continue, if stopped. */
  public static final int SIGCONT = 18;

  /** Stop; cannot be caught or ignored. */
  public static final int SIGSTOP = 19;

  /** The highest number. */
  public static final int LAST = 64;

  private static final int RTMIN = 34;

  private static final String[] NAMES = {
    "",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS"
  };

  private Signals() {}

  /**
   * The name of a signal, such as {@code SIGTERM}, {@code SIGRTMIN+3}, or {@code signal 99}.
   * Real-time signals are counted from 34 as shells and people do: the C library keeps 32 and 33.
   */
  public static String name(int number) {
    if (number > 0 && number < NAMES.length) {
      return NAMES[number];
    }
    if (number >= RTMIN && number <= LAST) {
      return number == RTMIN ? "SIGRTMIN" : "SIGRTMIN+" + (number - RTMIN);
    }
    return "signal " + number;
  }
}
