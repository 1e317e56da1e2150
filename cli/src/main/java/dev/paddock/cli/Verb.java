package dev.paddock.cli;

import org.jspecify.annotations.Nullable;

/** The commands, as data for the dispatcher, the help, the completion script and the manual. */
enum Verb {
  RUN(
      "run",
      "[--] COMMAND [ARGUMENT...]",
      "Run a command so that it can touch only what is granted."),
  ATTACH(
      "attach",
      "PID",
      "Take over a process that runs: judge and show what it and its descendants execute."),
  CHECK("check", "", "Say what this host can enforce, what it cannot, why, and the remedy."),
  EXPLAIN(
      "explain",
      "[[--] COMMAND [ARGUMENT...]]",
      "Say for each line of a policy what enforces it here, how strongly, and what stays open."),
  POLICY(
      "policy",
      "list | show NAME|FILE | validate FILE...",
      "List the built-in policies, print one, or look for mistakes in a file."),
  LAYERS(
      "layers",
      "list | show DIR | remove DIR... | prune",
      "List what runs have changed of private trees, and remove it."),
  COMPLETION("completion", "[bash|zsh]", "Print a completion script for the shell."),
  MANUAL("manual", "[COMMAND]", "Print a manual page for man(1)."),
  HELP("help", "[COMMAND]", "Print help for paddock or for one of its commands.");

  private static final Verb[] ALL = values();

  private final String word;
  private final String operands;
  private final String summary;

  Verb(String word, String operands, String summary) {
    this.word = word;
    this.operands = operands;
    this.summary = summary;
  }

  /** The command that this word names, or null. */
  static @Nullable Verb of(String word) {
    for (Verb verb : ALL) {
      if (verb.word.equals(word)) {
        return verb;
      }
    }
    return null;
  }

  /** As it is typed. */
  String word() {
    return word;
  }

  /** What follows the flags, for the synopsis. */
  String operands() {
    return operands;
  }

  /** One sentence. */
  String summary() {
    return summary;
  }

  /** Whether this command knows a flag, be it only to refuse it. */
  boolean knows(Flag flag) {
    return switch (flag.use()) {
      case PLAN -> this == RUN || this == EXPLAIN || (this == ATTACH && ofPrograms(flag));
      case RUN -> this == RUN;
      case ATTACH -> this == ATTACH;
      case WATCH -> this == RUN || this == ATTACH;
      case EXPLAIN -> this == EXPLAIN;
      case ALL ->
          flag == Flag.HELP || this == RUN || this == ATTACH || this == CHECK || this == EXPLAIN;
    };
  }

  /** Whether the operands may come before the flags. */
  boolean operandsFirst() {
    return this == ATTACH;
  }

  /** The flags that make a policy, as far as it is about programs. */
  private static boolean ofPrograms(Flag flag) {
    return flag == Flag.POLICY
        || flag == Flag.PROFILE_FILE
        || flag == Flag.WORKDIR
        || flag == Flag.EXEC_DENY;
  }
}
