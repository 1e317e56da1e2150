package dev.paddock.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every flag that any command knows, as data: the parser, the help, the completion script, the
 * manual pages and the refusals of what is not served yet are all made from this one table. Names
 * and meanings that users of sandlock know are kept; the differences are in docs/sandlock.md.
 */
enum Flag {
  // Which policy
  POLICY(
      Section.POLICY,
      Use.PLAN,
      'p',
      "NAME|FILE",
      "Start from this policy instead of the built-in \"base\": a built-in's name, the path of a"
          + " file (with a slash or ending in .toml), or \"none\" for nothing at all.",
      "policy",
      "profile"),
  PROFILE_FILE(
      Section.POLICY,
      Use.PLAN,
      0,
      "FILE",
      "Start from the policy in this file, whatever its name looks like.",
      "profile-file"),
  WORKDIR(
      Section.POLICY,
      Use.PLAN,
      0,
      "DIR",
      "What ${workspace} stands for in the policy; the current directory unless given.",
      "workdir"),
  SHOW_POLICY(
      Section.POLICY,
      Use.RUN,
      0,
      null,
      "Give the command a file that says in words what is granted; PADDOCK_POLICY is its path.",
      "show-policy-to-command"),
  ALLOW_DEGRADED(
      Section.POLICY,
      Use.PLAN,
      0,
      "NAME",
      "Start even if this host lacks the protection NAME (see paddock check). Repeatable.",
      "allow-degraded"),

  // Files
  FS_READ(
      Section.FILES,
      Use.PLAN,
      'r',
      "PATH",
      "Grant reading, listing and executing PATH and all below it. Repeatable.",
      "fs-read"),
  FS_WRITE(
      Section.FILES,
      Use.PLAN,
      'w',
      "PATH",
      "Grant all that -r grants, and changing. Repeatable.",
      "fs-write"),
  FS_DENY(
      Section.FILES,
      Use.PLAN,
      0,
      "PATH",
      "Deny PATH and all below it, whatever else is granted. Repeatable.",
      "fs-deny"),

  VIEW(
      Section.FILES,
      Use.PLAN,
      0,
      "MODE",
      "Whether the command gets a place of its own where the policy names one, such as its own"
          + " loopback: auto takes what the host gives, require refuses to start without, off is"
          + " none.",
      "view"),

  CHROOT(
      Section.FILES,
      Use.PLAN,
      0,
      "DIR",
      "Give the command DIR as its root. What is in it can be read and executed; -w changes it."
          + " Needs a view.",
      "chroot"),
  FS_MOUNT(
      Section.FILES,
      Use.PLAN,
      0,
      "PLACE:PATH[:ro]",
      "Show PATH of the host at PLACE, to be changed or, with :ro, only read. Needs a view."
          + " Repeatable.",
      "fs-mount"),

  // Network
  NET_ALLOW(
      Section.NETWORK,
      Use.PLAN,
      0,
      "ENDPOINT",
      "Grant connecting: [tcp://|udp://|icmp://]host|*.host|ip|cidr|*[:port[,port...]|lo-hi] or"
          + " @group; without a scheme, TCP and UDP. Repeatable.",
      "net-allow"),
  NET_ALLOW_BIND(
      Section.NETWORK,
      Use.PLAN,
      0,
      "PORTS",
      "Grant listening on these TCP ports, such as 8080,9000-9005. Repeatable.",
      "net-allow-bind"),
  NET_DENY(
      Section.NETWORK,
      Use.PLAN,
      0,
      "ENDPOINT",
      "Refuse connecting to what --net-allow grants, in the same words, such as 10.0.0.0/8."
          + " Repeatable.",
      "net-deny"),
  NET_DENY_BIND(
      Section.NETWORK,
      Use.PLAN,
      0,
      "PORTS",
      "Refuse listening on some of the ports that --net-allow-bind grants. Repeatable.",
      "net-deny-bind"),
  PUBLISH(
      Section.NETWORK,
      Use.PLAN,
      0,
      "PORTS",
      "Let servers on these TCP ports be found from this machine, and from nowhere else."
          + " Repeatable.",
      "publish"),
  PORT_REMAP(
      Section.NETWORK,
      Use.PLAN,
      0,
      null,
      "Where a port that --net-allow-bind or --publish grants is taken, let the server have another"
          + " one, and say which.",
      "port-remap"),
  UNIX_ALLOW(
      Section.NETWORK,
      Use.PLAN,
      0,
      "PATH",
      "Grant connecting to a unix socket of a process outside, such as /run/postgresql/*; those of"
          + " the command's own processes need no grant. Repeatable.",
      "unix-allow"),

  // Programs
  EXEC_DENY(
      Section.PROGRAMS,
      Use.PLAN,
      0,
      "PATTERN",
      "Refuse programs: a name (sudo), a glob over paths (/opt/**), or the beginning of a command"
          + " line, whose other words are globs over arguments ('git push --force*'). Repeatable.",
      "exec-deny"),

  // Limits
  MAX_MEMORY(
      Section.LIMITS,
      Use.PLAN,
      'm',
      "SIZE",
      "How much memory the whole tree may have, such as 512M: each process is refused more, and the"
          + " tree is killed if all together have more.",
      "max-memory"),
  MAX_CPU(
      Section.LIMITS,
      Use.PLAN,
      'c',
      "PERCENT",
      "How much processor time the whole tree may use, in percent of one processor, such as 150%.",
      "cpu",
      "max-cpu"),
  CPU_CORES(
      Section.LIMITS,
      Use.PLAN,
      0,
      "LIST",
      "Run on these processors only, such as 0,2-3.",
      "cpu-cores"),
  MAX_PROCESSES(
      Section.LIMITS,
      Use.PLAN,
      'P',
      "N",
      "How many processes the whole tree may have at a time; threads do not count.",
      "max-processes"),
  TIMEOUT(
      Section.LIMITS,
      Use.PLAN,
      't',
      "TIME",
      "End the whole run after TIME (seconds, or such as 10m) and exit with 124.",
      "timeout"),
  MAX_OPEN_FILES(
      Section.LIMITS,
      Use.PLAN,
      0,
      "N",
      "How many descriptors each process may have (RLIMIT_NOFILE).",
      "max-open-files"),
  NO_COREDUMP(
      Section.LIMITS,
      Use.PLAN,
      0,
      null,
      "Let no process write a core file (RLIMIT_CORE).",
      "no-coredump"),

  // System calls
  EXTRA_ALLOW_SYSCALL(
      Section.SYSCALLS,
      Use.PLAN,
      0,
      "NAME",
      "Let this system call or @group through; paddock explain names what that opens. Repeatable.",
      "extra-allow-syscall"),
  EXTRA_DENY_SYSCALL(
      Section.SYSCALLS,
      Use.PLAN,
      0,
      "NAME",
      "Refuse this system call or @group. Repeatable.",
      "extra-deny-syscall"),

  // Environment
  CLEAN_ENV(Section.ENVIRONMENT, Use.PLAN, 0, null, "Pass PATH and TERM only.", "clean-env"),
  INHERIT_ENV(
      Section.ENVIRONMENT,
      Use.PLAN,
      0,
      null,
      "Pass the whole environment, secrets and all.",
      "inherit-env"),
  PASS_ENV(
      Section.ENVIRONMENT,
      Use.PLAN,
      0,
      "NAME",
      "Pass this variable too; * matches any characters. Repeatable.",
      "pass-env"),
  ENV(Section.ENVIRONMENT, Use.PLAN, 0, "NAME=VALUE", "Set a variable. Repeatable.", "env"),

  // The run
  NO_SUPERVISOR(
      Section.RUN,
      Use.PLAN,
      0,
      null,
      "Let the kernel's own layers hold everything, and refuse a policy that needs more, as inside"
          + " another sandbox.",
      "no-supervisor"),
  TRACED(
      Section.RUN,
      Use.PLAN,
      0,
      null,
      "Judge programs by tracing, where a listener cannot be had: a denied one is killed.",
      "traced"),
  CWD(Section.RUN, Use.RUN, 0, "DIR", "Start the command in DIR.", "cwd"),
  INTERACTIVE(
      Section.RUN,
      Use.RUN,
      'i',
      null,
      "Leave the terminal to the command: job control, Ctrl-C and Ctrl-Z reach it. So it is by"
          + " itself where standard input is the terminal and standard output no pipe.",
      "interactive"),
  NO_INTERACTIVE(
      Section.RUN,
      Use.RUN,
      0,
      null,
      "Make the command no job of its own where it would be one by itself; it stops, goes on and"
          + " is interrupted together with Paddock.",
      "no-interactive"),
  EXEC_SHELL(
      Section.RUN,
      Use.RUN,
      'e',
      "SCRIPT",
      "Run /bin/sh -c SCRIPT; what follows on the line are its arguments.",
      "exec-shell"),
  NAME(
      Section.RUN,
      Use.WATCH,
      0,
      "NAME",
      "A name for this, shown by its events, --json and --verbose.",
      "name"),
  SESSION(
      Section.RUN,
      Use.ATTACH,
      0,
      "ID",
      "Belong to this session, of a run or an attach that lives; without it, to a new one.",
      "session"),
  SESSIONLESS(
      Section.RUN,
      Use.ATTACH,
      0,
      null,
      "Belong to no session, which the policy must allow (attach.sessionless).",
      "sessionless"),
  STATUS_FD(
      Section.RUN,
      Use.RUN,
      0,
      "FD",
      "Write {\"exit_code\":N,...} and a newline to descriptor FD at the end; -1 and \"signal\" if"
          + " a signal or the time limit ended the command.",
      "status-fd"),

  // What can be seen and decided
  EVENTS(
      Section.OUTPUT,
      Use.WATCH,
      0,
      "FILE|fd:N|-",
      "Write every event as a line of JSON to the end of FILE or to descriptor N; \"-\""
          + " is standard error, in words unless --json is given. Repeatable.",
      "events"),
  DENIALS(
      Section.OUTPUT,
      Use.RUN,
      0,
      null,
      "Say at the end what was refused, how often, by which rule, and which flag would grant it."
          + " Each open then costs some microseconds more.",
      "denials"),

  // Output
  BPF(
      Section.OUTPUT,
      Use.EXPLAIN,
      0,
      null,
      "Print the system call filter, one instruction a line.",
      "bpf"),
  WHY(
      Section.OUTPUT,
      Use.EXPLAIN,
      0,
      "PATH|HOST:PORT",
      "Say whether this would be allowed, and which line decides. Repeatable.",
      "why"),
  JSON(Section.OUTPUT, Use.ALL, 0, null, "Print the result as one line of JSON.", "json"),
  USAGE(
      Section.OUTPUT,
      Use.RUN,
      0,
      null,
      "Say at the end in one line what the run used, at most and in all.",
      "usage"),
  QUIET(
      Section.OUTPUT,
      Use.WATCH,
      'q',
      null,
      "Print no hints, and no word on what was refused.",
      "quiet"),
  VERBOSE(
      Section.OUTPUT,
      Use.RUN,
      'v',
      null,
      "Say at the end how the command ended, what it used, and what it did not get of PATH.",
      "verbose"),
  HELP(Section.OUTPUT, Use.ALL, 'h', null, "Print this help.", "help"),

  // Known, and refused by name until a layer exists that can hold them
  MAX_DISK(Missing.LIMITS, 0, "SIZE", "max-disk"),
  NUM_CPUS(Missing.LIMITS, 0, "N", "num-cpus"),
  HTTP_ALLOW(Missing.HTTP, 0, "RULE", "http-allow"),
  HTTP_DENY(Missing.HTTP, 0, "RULE", "http-deny"),
  HTTP_PORT(Missing.HTTP, 0, "PORT", "http-port"),
  HTTP_CA(Missing.HTTP, 0, "FILE", "http-ca"),
  HTTP_KEY(Missing.HTTP, 0, "FILE", "http-key"),
  HTTP_INJECT_CA(Missing.HTTP, 0, "FILE", "http-inject-ca"),
  HTTP_CA_OUT(Missing.HTTP, 0, "FILE", "http-ca-out"),
  CREDENTIAL(Missing.HTTP, 0, "NAME=SOURCE", "credential"),
  HTTP_AUTH(Missing.HTTP, 0, "RULE", "http-auth"),
  IMAGE(Missing.VIEW, 0, "IMAGE", "image"),
  USER(Missing.VIEW, 0, "UID:GID", "user"),
  DRY_RUN(Missing.COPIES, 0, null, "dry-run"),
  ON_EXIT(Missing.COPIES, 0, "ACTION", "on-exit"),
  ON_ERROR(Missing.COPIES, 0, "ACTION", "on-error"),
  FS_STORAGE(Missing.COPIES, 0, "DIR", "fs-storage"),
  RANDOM_SEED(Missing.DETERMINISM, 0, "N", "random-seed"),
  TIME_START(Missing.DETERMINISM, 0, "TIME", "time-start"),
  NO_RANDOMIZE_MEMORY(Missing.DETERMINISM, 0, null, "no-randomize-memory"),
  NO_HUGE_PAGES(Missing.DETERMINISM, 0, null, "no-huge-pages"),
  DETERMINISTIC_DIRS(Missing.DETERMINISM, 0, null, "deterministic-dirs"),
  GPU(Missing.DEVICES, 0, "all|N,...", "gpu"),
  DISABLE(Missing.PROTECTIONS, 0, "NAME", "disable");

  /** The headings of the help, in their order. */
  enum Section {
    POLICY("Policy"),
    FILES("Files"),
    NETWORK("Network"),
    PROGRAMS("Programs"),
    LIMITS("Limits"),
    SYSCALLS("System calls"),
    ENVIRONMENT("Environment"),
    RUN("The run"),
    OUTPUT("Output"),
    REFUSED("Known, not served yet (refused by name)");

    private final String title;

    Section(String title) {
      this.title = title;
    }

    /** The heading. */
    String title() {
      return title;
    }
  }

  /** Which commands know a flag. */
  enum Use {
    /** Whatever makes a plan: run and explain. */
    PLAN,
    RUN,
    ATTACH,
    /** Where something is watched: run and attach. */
    WATCH,
    EXPLAIN,
    ALL
  }

  /** Why a known flag is refused: which layer it waits for, and what serves meanwhile. */
  private static final class Missing {
    static final String LIMITS =
        "no layer of this version can hold that limit; an outer one can, such as systemd-run"
            + " --scope -p MemoryMax=2G -p TasksMax=256 -p CPUQuota=150%";
    static final String HTTP = "this version has no HTTP layer";
    static final String VIEW =
        "this version shows the command the host's own files and user; grant the real paths";
    static final String COPIES =
        "this version has no copy-on-write; let the command work on a copy";
    static final String DETERMINISM = "this version does not change what the command sees of it";
    static final String DEVICES = "grant the device files with -w";
    static final String PROTECTIONS =
        "a protection that this host has is not switched off; --allow-degraded accepts its absence";

    private Missing() {}
  }

  private static final Flag[] ALL = values();

  private final Section section;
  private final Use use;
  private final char letter;
  private final @Nullable String label;
  private final String text;
  private final boolean served;

  @SuppressWarnings("ImmutableEnumChecker") // List.of, which cannot change
  private final List<String> names;

  Flag(
      Section section,
      Use use,
      int letter,
      @Nullable String label,
      String description,
      String... names) {
    this.section = section;
    this.use = use;
    this.letter = (char) letter;
    this.label = label;
    this.text = description;
    this.served = true;
    this.names = List.of(names);
  }

  Flag(String missing, int letter, @Nullable String label, String name) {
    this.section = Section.REFUSED;
    this.use = Use.PLAN;
    this.letter = (char) letter;
    this.label = label;
    this.text = missing;
    this.served = false;
    this.names = List.of(name);
  }

  /** The flag with this long name (without the dashes) that a command knows, or null. */
  static @Nullable Flag named(String name, Verb verb) {
    for (Flag flag : ALL) {
      if (flag.names.contains(name) && verb.knows(flag)) {
        return flag;
      }
    }
    return null;
  }

  /** The flag with this letter that a command knows, or null. */
  static @Nullable Flag lettered(char letter, Verb verb) {
    for (Flag flag : ALL) {
      if (flag.letter == letter && verb.knows(flag)) {
        return flag;
      }
    }
    return null;
  }

  /** Where the help lists it. */
  Section section() {
    return section;
  }

  /** Which commands know it. */
  Use use() {
    return use;
  }

  /** Its one-letter form, or 0. */
  char letter() {
    return letter;
  }

  /** Its long names without dashes, the first one being the one that messages use. */
  List<String> names() {
    return names;
  }

  /** What its value is called, or null if it takes none. */
  @Nullable String label() {
    return label;
  }

  /** Whether a value follows. */
  boolean takesValue() {
    return label != null;
  }

  /** Whether it may be given more than once. */
  boolean repeatable() {
    return !served || text.endsWith("Repeatable.");
  }

  /** For a served flag its description, else why it is refused and what to do. */
  String text() {
    return text;
  }

  /** Whether this version does what it says. */
  boolean served() {
    return served;
  }

  /** The name that messages use, with its dashes. */
  String shown() {
    return "--" + names.getFirst();
  }
}
