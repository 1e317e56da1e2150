package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Starts a program as a child; see posix_spawn(3). The child starts with no signal blocked and none
 * ignored, and with the descriptors that it is given beside what this process has not marked
 * close-on-exec.
 */
public final class Spawn {
  private static final MemorySegment POSIX_SPAWN = Kernel.symbol("posix_spawn");
  private static final MemorySegment ACTIONS_INIT = Kernel.symbol("posix_spawn_file_actions_init");
  private static final MemorySegment ACTIONS_DUP2 =
      Kernel.symbol("posix_spawn_file_actions_adddup2");
  private static final MemorySegment ACTIONS_DESTROY =
      Kernel.symbol("posix_spawn_file_actions_destroy");
  private static final MemorySegment ATTR_INIT = Kernel.symbol("posix_spawnattr_init");
  private static final MemorySegment ATTR_FLAGS = Kernel.symbol("posix_spawnattr_setflags");
  private static final MemorySegment ATTR_DEFAULT = Kernel.symbol("posix_spawnattr_setsigdefault");
  private static final MemorySegment ATTR_MASK = Kernel.symbol("posix_spawnattr_setsigmask");
  private static final MemorySegment ATTR_DESTROY = Kernel.symbol("posix_spawnattr_destroy");

  /** More than {@code sizeof(posix_spawnattr_t)} (336) and the actions (80) of glibc and musl. */
  private static final int OPAQUE = 1024;

  /** {@code sizeof(sigset_t)} of glibc. */
  private static final int SIGSET = 128;

  private Spawn() {}

  /**
   * A descriptor for the child.
   *
   * @param fd the descriptor in this process, close-on-exec or not
   * @param number the number that the child has it under, 0 or more
   */
  public record Given(Fd fd, int number) {}

  /**
   * Starts a program with one descriptor.
   *
   * @param program its path
   * @param argv its arguments, the name first
   * @param environment its environment
   * @param given a descriptor of this process
   * @param number the number that the child has it under, 3 or more
   * @return the child's process id; the caller must wait for it
   */
  public static int start(
      byte[] program, List<byte[]> argv, List<byte[]> environment, Fd given, int number)
      throws KernelException {
    return start(program, argv, environment, List.of(new Given(given, number)));
  }

  /**
   * Starts a program.
   *
   * @param program its path
   * @param argv its arguments, the name first
   * @param environment its environment
   * @param given its descriptors; they are put in their places in this order
   * @return the child's process id; the caller must wait for it
   * @throws IllegalArgumentException if one would be overwritten before it was put in its place
   */
  public static int start(
      byte[] program, List<byte[]> argv, List<byte[]> environment, List<Given> given)
      throws KernelException {
    requireOrder(given);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment actions = arena.allocate(OPAQUE, 16);
      MemorySegment attributes = arena.allocate(OPAQUE, 16);
      check(ACTIONS_INIT, actions.address(), 0, 0);
      check(ATTR_INIT, attributes.address(), 0, 0);
      try {
        for (Given one : given) {
          // Also where both numbers are the same: then close-on-exec is taken off in the child.
          check(ACTIONS_DUP2, actions.address(), one.fd().number(), one.number());
        }
        MemorySegment none = arena.allocate(SIGSET, 8);
        MemorySegment all = arena.allocate(SIGSET, 8);
        all.fill((byte) 0xff);
        check(
            ATTR_FLAGS,
            attributes.address(),
            Constants.POSIX_SPAWN_SETSIGDEF | Constants.POSIX_SPAWN_SETSIGMASK,
            0);
        check(ATTR_DEFAULT, attributes.address(), all.address(), 0);
        check(ATTR_MASK, attributes.address(), none.address(), 0);
        MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
        long failed =
            Kernel.function(
                POSIX_SPAWN,
                pid.address(),
                Kernel.cString(arena, program).address(),
                actions.address(),
                attributes.address(),
                Kernel.cStrings(arena, argv).address(),
                Kernel.cStrings(arena, environment).address(),
                0);
        if ((int) failed != 0) {
          throw new KernelException(Errno.of((int) failed), "posix_spawn", Paths.show(program));
        }
        return pid.get(ValueLayout.JAVA_INT, 0);
      } finally {
        long _ = Kernel.function(ACTIONS_DESTROY, actions.address(), 0, 0, 0, 0, 0, 0);
        long _ = Kernel.function(ATTR_DESTROY, attributes.address(), 0, 0, 0, 0, 0, 0);
      }
    }
  }

  private static void requireOrder(List<Given> given) {
    for (int i = 0; i < given.size(); i++) {
      for (int j = 0; j < i; j++) {
        int earlier = given.get(j).number();
        if (given.get(i).number() == earlier || given.get(i).fd().number() == earlier) {
          throw new IllegalArgumentException(
              "descriptor " + earlier + " of the child is given and then overwritten");
        }
      }
    }
  }

  private static void check(MemorySegment function, long a, long b, long c) throws KernelException {
    int failed = (int) Kernel.function(function, a, b, c, 0, 0, 0, 0);
    if (failed != 0) {
      throw new KernelException(Errno.of(failed), "posix_spawn", "attributes");
    }
  }
}
