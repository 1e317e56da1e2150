package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessMemory;
import dev.paddock.sandbox.SystemCallHandler;
import dev.paddock.sandbox.SystemCallRequest;
import dev.paddock.sandbox.Verdict;
import java.time.Duration;

/** Asks a handler of the host program's, on a worker. */
public final class CustomHandler implements Handler {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int MOST_BYTES = 16 << 20;

  private final String name;
  private final SystemCallHandler custom;
  private final Workers workers;
  private final FailureListener failures;

  /** For the calls of one name. */
  public CustomHandler(
      String name, SystemCallHandler custom, Workers workers, FailureListener failures) {
    this.name = name;
    this.custom = custom;
    this.workers = workers;
    this.failures = failures;
  }

  @Override
  public Verdict judge(Call call) {
    HeldCall held = call.hold();
    Runnable stop = workers.submit(() -> held.answer(ask(held)));
    held.giveWay(LIMIT, stop);
    return Verdict.HOLD;
  }

  private Verdict ask(HeldCall held) {
    try {
      Verdict verdict = custom.judge(new Request(name, held));
      if (verdict instanceof Verdict.Hold) {
        throw new IllegalStateException("a handler of " + name + " must decide, not hold");
      }
      return verdict;
    } catch (Throwable e) {
      if (!held.isAnswered()) { // Else it was only stopped.
        failures.handlerFailed(held.thread(), held.number(), e);
      }
      return Verdict.NOT_PERMITTED;
    }
  }

  private record Request(String name, HeldCall held) implements SystemCallRequest {
    @Override
    public int thread() {
      return held.thread();
    }

    @Override
    public long argument(int index) {
      return held.argument(index);
    }

    @Override
    public byte[] read(long address, int length) throws KernelException {
      if (length < 0 || length > MOST_BYTES) {
        throw new IllegalArgumentException("0 to 16 MiB can be read, not " + length);
      }
      byte[] bytes = new byte[length];
      ProcessMemory.ofThread().read(held.thread(), address, bytes, 0, length);
      return alive(bytes);
    }

    @Override
    public byte[] readString(long address, int limit) throws KernelException {
      return alive(ProcessMemory.ofThread().readString(held.thread(), address, limit));
    }

    /** What was read is the caller's only if the call was still there afterwards. */
    private byte[] alive(byte[] bytes) throws KernelException {
      if (!held.isAlive()) {
        throw new KernelException(
            dev.paddock.linux.Errno.of(dev.paddock.linux.Errno.ESRCH), "read", "" + thread());
      }
      return bytes;
    }
  }
}
