package dev.paddock.attacks;

import org.jspecify.annotations.Nullable;

/** What an attack is handed, beyond the base policy, one readable folder and one writable one. */
enum Setting {
  /** Nothing more. */
  PLAIN,
  /** TCP connections to one port are granted, and not to the port that is attacked. */
  ONE_PORT,
  /** One port of loopback is granted by TCP and UDP, and not the port that is attacked. */
  ONE_ADDRESS,
  /** {@link Rules#WAY_OUT}, and not the port that is attacked. */
  WAY_OUT,
  /** Listening on one TCP port is granted, and not the port that is attacked. */
  ONE_BINDING,
  /** Standard input is a terminal. */
  TERMINAL,
  /** Standard input is the canary file, opened for reading only. */
  READ_ONLY_INPUT,
  /**
   * The starting process has the root directory open, in a descriptor that execve would pass on.
   */
  LEAKED_ROOT,
  /** An io_uring of the starting process is handed over on purpose, as descriptor 9. */
  RING,
  /** {@link Rules#EXEC}, and a folder of programs that they allow and deny. */
  EXEC_RULES,
  /** The same, judged by tracing, as where no listener can be had. */
  EXEC_TRACED,
  /** The same with {@link Rules#EXEC_NAMES}. */
  EXEC_NAMES,
  /** {@link Rules#EXEC}, and a mapped file that never answers: the page of a FUSE mount. */
  HUNG_FILE,
  /** {@link Rules#TWENTY}. */
  TWENTY_PROCESSES,
  /** {@link Rules#VIEW}, and what these hide and keep: what only a view can hold. */
  IN_A_VIEW;

  /** The rules that an attack of this setting is held by; null if the base policy is enough. */
  @Nullable Rules rules() {
    return switch (this) {
      case EXEC_RULES, EXEC_TRACED, HUNG_FILE -> Rules.EXEC;
      case EXEC_NAMES -> Rules.EXEC_NAMES;
      case TWENTY_PROCESSES -> Rules.TWENTY;
      case IN_A_VIEW -> Rules.VIEW;
      case WAY_OUT -> Rules.WAY_OUT;
      case ONE_PORT, ONE_ADDRESS, ONE_BINDING -> Rules.HOST_NETWORK;
      case PLAIN, TERMINAL, READ_ONLY_INPUT, LEAKED_ROOT, RING -> null;
    };
  }

  /** Whether the field has the programs that exec rules tell apart. */
  boolean hasPrograms() {
    return rules() == Rules.EXEC || rules() == Rules.EXEC_NAMES;
  }
}
