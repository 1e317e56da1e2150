package dev.paddock.linux;

import dev.paddock.linux.Layouts.Rlimit64;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The limits of a process; see getrlimit(2) and {@code asm-generic/resource.h}. The same numbers on
 * x86-64 and arm64.
 */
public enum ResourceLimit {
  /** Processor time, in seconds. */
  CPU(0),
  /** The size of a file that is written, in bytes. */
  FSIZE(1),
  /** Private writable memory, in bytes. */
  DATA(2),
  /** The main thread's stack, in bytes. */
  STACK(3),
  /** The size of a core file, in bytes. */
  CORE(4),
  /** Resident memory; the kernel ignores it. */
  RSS(5),
  /** Processes and threads of the user. */
  NPROC(6),
  /** One more than the highest descriptor. */
  NOFILE(7),
  /** Locked memory, in bytes. */
  MEMLOCK(8),
  /** Address space, in bytes. */
  AS(9),
  /** File locks; the kernel ignores it. */
  LOCKS(10),
  /** Queued signals of the user. */
  SIGPENDING(11),
  /** Bytes in POSIX message queues of the user. */
  MSGQUEUE(12),
  /** The best nice value, as 20 minus it. */
  NICE(13),
  /** The highest real-time priority. */
  RTPRIO(14),
  /** Microseconds of real-time processor time without a blocking call. */
  RTTIME(15);

  /** No limit: {@code RLIM64_INFINITY}. The values are unsigned: compare them as such. */
  public static final long UNLIMITED = -1;

  private final int number;

  ResourceLimit(int number) {
    this.number = number;
  }

  /**
   * A limit's two values, unsigned.
   *
   * @param soft what holds now
   * @param hard how far the process itself may raise it
   */
  public record Values(long soft, long hard) {}

  /** The number that prlimit(2) knows it by. */
  public int number() {
    return number;
  }

  /** What holds for this process. */
  public Values get() throws KernelException {
    MemorySegment values = Kernel.scratch();
    Kernel.check(
        Kernel.call(Nr.PRLIMIT64, 0, number(), 0, values.address()), "prlimit64", "RLIMIT_" + this);
    return new Values(
        values.get(ValueLayout.JAVA_LONG, Rlimit64.RLIM_CUR),
        values.get(ValueLayout.JAVA_LONG, Rlimit64.RLIM_MAX));
  }

  /**
   * Sets it for this whole process and what it starts from now on.
   *
   * @throws KernelException with EPERM if that would raise the hard limit without the privilege, or
   *     EINVAL if the soft one is above the hard one
   */
  public void set(Values wanted) throws KernelException {
    MemorySegment values = Kernel.scratch();
    values.set(ValueLayout.JAVA_LONG, Rlimit64.RLIM_CUR, wanted.soft());
    values.set(ValueLayout.JAVA_LONG, Rlimit64.RLIM_MAX, wanted.hard());
    Kernel.check(
        Kernel.call(Nr.PRLIMIT64, 0, number(), values.address(), 0), "prlimit64", "RLIMIT_" + this);
  }
}
