package dev.paddock.linux;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** One system call as the kernel numbers and defines it; see syscalls(2). */
public final class SystemCall {
  /** The number of a call that an architecture does not have. */
  static final int NONE = -1;

  private final String name;
  private final int x86;
  private final int arm64;
  private final String signature;
  private final int groups;

  SystemCall(String name, int x86, int arm64, String signature, int groups) {
    this.name = name;
    this.x86 = x86;
    this.arm64 = arm64;
    this.signature = signature;
    this.groups = groups;
  }

  /** The kernel's name: {@code newfstatat}, not {@code fstatat}. */
  public String name() {
    return name;
  }

  /** Whether an architecture has this call. */
  public boolean exists(Arch arch) {
    return find(arch) != NONE;
  }

  /**
   * The number of this call.
   *
   * @throws IllegalArgumentException if the architecture does not have it
   */
  public int number(Arch arch) {
    int number = find(arch);
    if (number == NONE) {
      throw new IllegalArgumentException(name + " does not exist on " + arch);
    }
    return number;
  }

  /** The meaning of each argument, in order; at most six. */
  public List<SystemCallArgument> arguments() {
    List<SystemCallArgument> arguments = new ArrayList<>(signature.length());
    for (int i = 0; i < signature.length(); i++) {
      arguments.add(SystemCallArgument.of(signature.charAt(i)));
    }
    return List.copyOf(arguments);
  }

  /** Whether this call is in a group. */
  public boolean in(SystemCallGroup group) {
    return (groups & group.bit()) != 0;
  }

  /** The groups that this call is in; at least one. */
  public Set<SystemCallGroup> groups() {
    Set<SystemCallGroup> set = EnumSet.noneOf(SystemCallGroup.class);
    for (SystemCallGroup group : SystemCallGroup.values()) {
      if (in(group)) {
        set.add(group);
      }
    }
    return set;
  }

  private int find(Arch arch) {
    return switch (arch) {
      case X86_64 -> x86;
      case AARCH64 -> arm64;
    };
  }

  /** The call's name. */
  @Override
  public String toString() {
    return name;
  }
}
