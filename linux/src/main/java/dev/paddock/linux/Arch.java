package dev.paddock.linux;

/**
 * The processor architectures that Paddock knows, with their audit(7) number; {@code
 * linux/audit.h}.
 */
public enum Arch {
  /** x86-64: {@code AUDIT_ARCH_X86_64}. */
  X86_64(0xc000003e, "x86_64"),
  /** arm64: {@code AUDIT_ARCH_AARCH64}. */
  AARCH64(0xc00000b7, "aarch64");

  private static final Arch CURRENT = detect();

  private final int audit;
  private final String machine;

  Arch(int audit, String machine) {
    this.audit = audit;
    this.machine = machine;
  }

  /** The architecture that this JVM runs on. */
  public static Arch current() {
    return CURRENT;
  }

  /** The number that a seccomp filter sees in {@code seccomp_data.arch}. */
  public int audit() {
    return audit;
  }

  /** The name that uname(2) gives. */
  public String machine() {
    return machine;
  }

  private static Arch detect() {
    String name = System.getProperty("os.arch", "");
    if (name.equals("amd64") || name.equals("x86_64")) {
      return X86_64;
    }
    if (name.equals("aarch64")) {
      return AARCH64;
    }
    throw new UnsupportedOperationException(
        "Paddock runs on x86-64 and arm64 Linux, not on " + name);
  }
}
