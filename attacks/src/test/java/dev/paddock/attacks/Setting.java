package dev.paddock.attacks;

/** What an attack is handed, beyond the base policy, one readable folder and one writable one. */
enum Setting {
  /** Nothing more. */
  PLAIN,
  /** TCP connections to one port are granted, and not to the port that is attacked. */
  ONE_PORT,
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
  RING
}
