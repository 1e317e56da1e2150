/**
 * The Linux kernel's own interfaces: system calls, structs, BPF, Landlock. No policy, no logging.
 */
module dev.paddock.linux {
  requires static org.jspecify;

  exports dev.paddock.linux;
  exports dev.paddock.linux.bpf;
}
