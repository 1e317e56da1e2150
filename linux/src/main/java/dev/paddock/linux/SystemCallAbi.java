package dev.paddock.linux;

/** A way of calling the kernel: an instruction set and the numbers that its system calls have. */
public enum SystemCallAbi {
  /** {@code syscall} on x86-64, without the x32 bit; asm/unistd_64.h. */
  X86_64(0xC000003E),
  /** {@code svc} on 64-bit Arm; asm-generic/unistd.h. */
  ARM64(0xC00000B7);

  private final int auditArchitecture;

  SystemCallAbi(int auditArchitecture) {
    this.auditArchitecture = auditArchitecture;
  }

  /** The {@code AUDIT_ARCH_*} value that a seccomp filter sees; linux/audit.h. */
  public int auditArchitecture() {
    return auditArchitecture;
  }

  /**
   * The ABI that this virtual machine itself uses.
   *
   * @throws UnsupportedOperationException on an instruction set that Paddock does not serve
   */
  public static SystemCallAbi host() {
    String architecture = System.getProperty("os.arch", "");
    return switch (architecture) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> ARM64;
      default ->
          throw new UnsupportedOperationException(
              "Paddock serves x86-64 and 64-bit Arm, not " + architecture);
    };
  }
}
