package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.HeldCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Has forks wait while somebody wants it. A signal of the caller's ends the wait, as that signal
 * wants it.
 */
public final class HeldForks implements Forks {
  /** Longer than any run. */
  private static final Duration FOR_EVER = Duration.ofDays(3650);

  private final Forks forks;
  private final List<HeldCall> waiting = new ArrayList<>();
  private boolean holding;

  /** In front of whoever judges them. */
  public HeldForks(Forks forks) {
    this.forks = forks;
  }

  /** From now on they wait. */
  public synchronized void hold() {
    holding = true;
  }

  /** Those that wait go on, and later ones do not wait. */
  public void release() {
    List<HeldCall> going;
    synchronized (this) {
      holding = false;
      going = List.copyOf(waiting);
      waiting.clear();
    }
    for (HeldCall call : going) {
      if (!call.isAnswered()) {
        boolean _ = forks.take(call);
      }
    }
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    synchronized (this) {
      if (holding) {
        add(call.hold());
        return Verdict.HOLD;
      }
    }
    return forks.judge(call);
  }

  @Override
  public boolean take(HeldCall call) {
    synchronized (this) {
      if (holding) {
        add(call);
        return true;
      }
    }
    return forks.take(call);
  }

  private void add(HeldCall call) {
    waiting.add(call);
    call.giveWay(FOR_EVER, () -> forget(call));
  }

  private synchronized void forget(HeldCall call) {
    waiting.remove(call);
  }
}
