package dev.paddock.sandbox;

import dev.paddock.linux.Fd;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to run and with what: an immutable value whose methods return changed copies. Arguments,
 * paths and environment are bytes, as the kernel has them; the {@code String} forms are UTF-8.
 */
public final class Command {

  /**
   * A descriptor that the target gets beyond the three standard ones.
   *
   * @param number its number in the target, 3 or more
   * @param source the caller's descriptor, which stays the caller's
   */
  public record Extra(int number, Fd source) {}

  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(2);

  private final List<byte[]> argv;
  private final byte @Nullable [] directory;
  private final @Nullable List<byte[]> environment;
  private final Stdio stdin;
  private final Stdio stdout;
  private final Stdio stderr;
  private final int umask;
  private final long ignoredSignals;
  private final @Nullable Duration timeout;
  private final Duration grace;
  private final @Nullable Fd terminal;
  private final boolean inGroup;
  private final boolean policyShown;
  private final List<Extra> extras;

  private Command(Copy copy) {
    this.argv = copy.argv;
    this.directory = copy.directory;
    this.environment = copy.environment;
    this.stdin = copy.stdin;
    this.stdout = copy.stdout;
    this.stderr = copy.stderr;
    this.umask = copy.umask;
    this.ignoredSignals = copy.ignoredSignals;
    this.timeout = copy.timeout;
    this.grace = copy.grace;
    this.terminal = copy.terminal;
    this.inGroup = copy.inGroup;
    this.policyShown = copy.policyShown;
    this.extras = copy.extras;
  }

  /**
   * A command of UTF-8 arguments, with standard input empty and both outputs captured.
   *
   * @param argv the program, found as execvp(3) finds it, and its arguments
   * @throws IllegalArgumentException if there is no program
   */
  public static Command of(String... argv) {
    List<byte[]> bytes = new ArrayList<>(argv.length);
    for (String argument : argv) {
      bytes.add(argument.getBytes(StandardCharsets.UTF_8));
    }
    return ofBytes(bytes);
  }

  /**
   * A command of byte strings, with standard input empty and both outputs captured.
   *
   * @param argv the program, found as execvp(3) finds it, and its arguments; no byte may be NUL
   * @throws IllegalArgumentException if there is no program, its name is empty, or a NUL is found
   */
  public static Command ofBytes(List<byte[]> argv) {
    if (argv.isEmpty() || argv.getFirst().length == 0) {
      throw new IllegalArgumentException("the command is empty");
    }
    return new Command(new Copy(copyOf(argv, "an argument")));
  }

  /** The working directory of the target; without it, the calling process's own. */
  public Command directory(String path) {
    return directory(path.getBytes(StandardCharsets.UTF_8));
  }

  /** The working directory of the target; without it, the calling process's own. */
  public Command directory(byte[] path) {
    Copy copy = new Copy(this);
    copy.directory = copyOf(List.of(path), "the directory").getFirst();
    return new Command(copy);
  }

  /**
   * Exactly the environment that the target gets. Without it, the target gets what the policy
   * passes of the calling process's own.
   *
   * @param assignments byte strings of the form {@code NAME=value}
   */
  public Command environment(List<byte[]> assignments) {
    Copy copy = new Copy(this);
    copy.environment = copyOf(assignments, "an environment entry");
    return new Command(copy);
  }

  /** Where the target's standard input comes from. */
  public Command stdin(Stdio stdio) {
    if (stdio instanceof Stdio.Capture) {
      throw new IllegalArgumentException("standard input cannot be captured");
    }
    Copy copy = new Copy(this);
    copy.stdin = stdio;
    return new Command(copy);
  }

  /** Where the target's standard output goes. */
  public Command stdout(Stdio stdio) {
    Copy copy = new Copy(this);
    copy.stdout = output(stdio);
    return new Command(copy);
  }

  /** Where the target's standard error goes. */
  public Command stderr(Stdio stdio) {
    Copy copy = new Copy(this);
    copy.stderr = output(stdio);
    return new Command(copy);
  }

  /**
   * The target's file mode creation mask; without it, the calling process's own.
   *
   * @param mask 0 to 0777
   */
  public Command umask(int mask) {
    if (mask < 0 || mask > 0777) {
      throw new IllegalArgumentException("umask 0" + Integer.toOctalString(mask));
    }
    Copy copy = new Copy(this);
    copy.umask = mask;
    return new Command(copy);
  }

  /**
   * Which signals the target begins with ignoring, as nohup(1) has it; without it, none. All others
   * are at their default.
   *
   * @param mask bit {@code n - 1} for signal {@code n}, as in {@code SigIgn} of proc_pid_status(5)
   */
  public Command ignoredSignals(long mask) {
    Copy copy = new Copy(this);
    copy.ignoredSignals = mask;
    return new Command(copy);
  }

  /**
   * With a file that says in words what is granted, for programs that can read and adapt. Its path
   * is in the variable {@code PADDOCK_POLICY}.
   */
  public Command showingPolicy() {
    Copy copy = new Copy(this);
    copy.policyShown = true;
    return new Command(copy);
  }

  /**
   * How long the run may take; then the tree is asked to end (SIGTERM), and killed after the {@link
   * #grace}.
   *
   * @param limit more than zero
   */
  public Command timeout(Duration limit) {
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("the time limit must be positive: " + limit);
    }
    Copy copy = new Copy(this);
    copy.timeout = limit;
    return new Command(copy);
  }

  /**
   * How long the tree has between SIGTERM and SIGKILL when the time limit passes.
   *
   * @param period zero or more; 2 seconds unless set
   */
  public Command grace(Duration period) {
    if (period.isNegative()) {
      throw new IllegalArgumentException("the grace period must not be negative: " + period);
    }
    Copy copy = new Copy(this);
    copy.grace = period;
    return new Command(copy);
  }

  /**
   * Runs the target as a job of the calling process's session: it becomes the terminal's foreground
   * group if the caller's group is, and when it is stopped, the caller's group is stopped too.
   *
   * @param controllingTerminal a descriptor of the caller's controlling terminal
   */
  public Command interactive(Fd controllingTerminal) {
    Copy copy = new Copy(this);
    copy.terminal = controllingTerminal;
    return new Command(copy);
  }

  /**
   * Leaves the target in the calling process's session and process group: what the terminal or a
   * shell sends to that reaches both, and both stop and go on together. Where the kernel has no
   * scopes for signals (Landlock before ABI 6) the target gets a session of its own all the same.
   */
  public Command inCallersGroup() {
    Copy copy = new Copy(this);
    copy.inGroup = true;
    return new Command(copy);
  }

  /**
   * Hands a further descriptor to the target.
   *
   * @param number its number in the target, 3 or more, each at most once
   * @param source the caller's descriptor, which stays the caller's
   */
  public Command extraDescriptor(int number, Fd source) {
    if (number < 3 || number > 1023) {
      throw new IllegalArgumentException("descriptor " + number + " is not in 3..1023");
    }
    for (Extra extra : extras) {
      if (extra.number() == number) {
        throw new IllegalArgumentException("descriptor " + number + " is given twice");
      }
    }
    Copy copy = new Copy(this);
    List<Extra> more = new ArrayList<>(extras);
    more.add(new Extra(number, source));
    copy.extras = List.copyOf(more);
    return new Command(copy);
  }

  /** The program and its arguments. */
  public List<byte[]> argv() {
    return argv;
  }

  /** The working directory, if one was set. */
  public Optional<byte[]> directory() {
    return Optional.ofNullable(directory);
  }

  /** The exact environment, if one was set. */
  public Optional<List<byte[]>> environment() {
    return Optional.ofNullable(environment);
  }

  /** Where standard input comes from. */
  public Stdio stdin() {
    return stdin;
  }

  /** Where standard output goes. */
  public Stdio stdout() {
    return stdout;
  }

  /** Where standard error goes. */
  public Stdio stderr() {
    return stderr;
  }

  /** The mask, or -1 for the calling process's own. */
  public int umask() {
    return umask;
  }

  /** The signals that the target begins with ignoring; see {@link #ignoredSignals(long)}. */
  public long ignoredSignals() {
    return ignoredSignals;
  }

  /** How long the run may take, if that was set. */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeout);
  }

  /** How long the tree has between SIGTERM and SIGKILL. */
  public Duration grace() {
    return grace;
  }

  /** The terminal of an interactive command; null for others. */
  public @Nullable Fd terminal() {
    return terminal;
  }

  /** Whether the target stays in the caller's process group. */
  public boolean isInGroup() {
    return inGroup;
  }

  /** Whether the target finds a file that says what is granted. */
  public boolean isPolicyShown() {
    return policyShown;
  }

  /** The further descriptors. */
  public List<Extra> extras() {
    return extras;
  }

  private static Stdio output(Stdio stdio) {
    if (stdio instanceof Stdio.Bytes) {
      throw new IllegalArgumentException("bytes can only be given to standard input");
    }
    return stdio;
  }

  private static List<byte[]> copyOf(List<byte[]> strings, String what) {
    List<byte[]> copy = new ArrayList<>(strings.size());
    for (byte[] string : strings) {
      for (byte b : string) {
        if (b == 0) {
          throw new IllegalArgumentException(what + " contains a NUL byte");
        }
      }
      copy.add(string.clone());
    }
    return List.copyOf(copy);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Command");
    for (byte[] argument : argv) {
      text.append(' ').append(Arrays.toString(argument));
    }
    return text.toString();
  }

  /** The mutable draft from which a command is made. */
  private static final class Copy {
    private final List<byte[]> argv;
    private byte @Nullable [] directory;
    private @Nullable List<byte[]> environment;
    private Stdio stdin = Stdio.none();
    private Stdio stdout = Stdio.capture();
    private Stdio stderr = Stdio.capture();
    private int umask = -1;
    private long ignoredSignals;
    private @Nullable Duration timeout;
    private Duration grace = DEFAULT_GRACE;
    private @Nullable Fd terminal;
    private boolean inGroup;
    private boolean policyShown;
    private List<Extra> extras = List.of();

    Copy(List<byte[]> argv) {
      this.argv = argv;
    }

    Copy(Command from) {
      this.argv = from.argv;
      this.directory = from.directory;
      this.environment = from.environment;
      this.stdin = from.stdin;
      this.stdout = from.stdout;
      this.stderr = from.stderr;
      this.umask = from.umask;
      this.ignoredSignals = from.ignoredSignals;
      this.timeout = from.timeout;
      this.grace = from.grace;
      this.terminal = from.terminal;
      this.inGroup = from.inGroup;
      this.policyShown = from.policyShown;
      this.extras = from.extras;
    }
  }
}
