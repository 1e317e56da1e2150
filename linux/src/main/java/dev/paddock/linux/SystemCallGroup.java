package dev.paddock.linux;

import org.jspecify.annotations.Nullable;

/**
 * What a system call is about. Policies name a group by its {@linkplain #label() label}; a call may
 * be in several. The groups describe and are no judgement, but for {@link #DANGEROUS}.
 */
public enum SystemCallGroup {
  /** Opening and listing files, and watching them. */
  FILE_READ("@file-read", "open and list files"),
  /** Creating, changing, renaming and removing files. */
  FILE_WRITE("@file-write", "create, change, rename and remove files"),
  /** Reading and changing what is known about a file: mode, owner, times, attributes. */
  FILE_METADATA("@file-metadata", "read and change mode, owner, times and attributes of files"),
  /** Sockets. */
  NETWORK("@network", "sockets"),
  /** Creating, executing, awaiting and describing processes and threads. */
  PROCESS("@process", "create, execute, await and describe processes and threads"),
  /** Address spaces. */
  MEMORY("@memory", "map and protect memory"),
  /** Clocks and timers. */
  TIME("@time", "clocks and timers"),
  /** System V and POSIX shared memory, semaphores and message queues. */
  IPC("@ipc", "System V IPC and POSIX message queues"),
  /** Input and output on open descriptors, and waiting for them. */
  IO("@io", "input and output on open descriptors"),
  /** Signals. */
  SIGNAL("@signal", "send, block and handle signals"),
  /** Priorities, affinity and scheduling policies. */
  SCHEDULING("@scheduling", "priorities, affinity and scheduling"),
  /** Facts about the system. */
  SYSTEM("@system", "facts about the system"),
  /** User and group ids and capabilities. */
  IDENTITY("@identity", "user ids, group ids and capabilities"),
  /** A process restricting itself further. */
  RESTRICTION("@restriction", "restrict oneself further: Landlock, seccomp"),
  /** Calls that change the machine, other processes, or the kernel's attack surface. */
  DANGEROUS("@dangerous", "change the machine or other processes"),
  /** Debugging: reading, stopping and changing other processes. */
  DEBUG("@debug", "read, stop and change other processes, as debuggers do"),
  /** Calls that have a number but no implementation any more. */
  OBSOLETE("@obsolete", "numbers that the kernel does not serve any more");

  private static final SystemCallGroup[] ALL = values();

  private final String label;
  private final String description;

  SystemCallGroup(String label, String description) {
    this.label = label;
    this.description = description;
  }

  /** The group's name in policies, such as {@code @file-read}. */
  public String label() {
    return label;
  }

  /** What the calls of the group do, in a few words that complete "calls that …". */
  public String description() {
    return description;
  }

  @SuppressWarnings("EnumOrdinal") // a bit inside this process, never stored
  int bit() {
    return 1 << ordinal();
  }

  /**
   * The group of a label.
   *
   * @param label with its leading {@code @}
   * @return the group, or null if there is none of that name
   */
  public static @Nullable SystemCallGroup byLabel(String label) {
    for (SystemCallGroup group : ALL) {
      if (group.label.equals(label)) {
        return group;
      }
    }
    return null;
  }
}
