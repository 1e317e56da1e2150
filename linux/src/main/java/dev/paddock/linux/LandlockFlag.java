package dev.paddock.linux;

/** What landlock_restrict_self(2) can be asked for; {@code LANDLOCK_RESTRICT_SELF_*}. */
public enum LandlockFlag {
  /** The audit log does not tell of refusals to the program that restricted itself. */
  LOG_SAME_EXEC_OFF(0, 7, "6.15"),
  /** The audit log tells of refusals to programs executed later. */
  LOG_NEW_EXEC_ON(1, 7, "6.15"),
  /** The audit log does not tell of refusals in nested domains. */
  LOG_SUBDOMAINS_OFF(2, 7, "6.15"),
  /** All threads of the process are restricted, not only the calling one. */
  ALL_THREADS(3, 8, "7.0");

  private final int position;
  private final int abi;
  private final String kernel;

  LandlockFlag(int position, int abi, String kernel) {
    this.position = position;
    this.abi = abi;
    this.kernel = kernel;
  }

  /** The flag's bit. */
  public long bit() {
    return 1L << position;
  }

  /** The Landlock ABI that brought it. */
  public int abi() {
    return abi;
  }

  /** The Linux version that brought it. */
  public String kernel() {
    return kernel;
  }
}
