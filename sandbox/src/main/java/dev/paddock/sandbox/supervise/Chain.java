package dev.paddock.sandbox.supervise;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Verdict;
import java.util.List;

/** Several handlers of one call: each is asked only if those before it have nothing against it. */
public final class Chain implements Handler {
  private final Handler[] handlers;

  /** Handlers in the order in which they are asked; only the last one may hold a call. */
  public Chain(List<Handler> handlers) {
    this.handlers = handlers.toArray(Handler[]::new);
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    Verdict verdict = Verdict.CONTINUE;
    for (Handler handler : handlers) {
      verdict = handler.judge(call);
      if (!(verdict instanceof Verdict.Continue)) {
        return verdict;
      }
    }
    return verdict;
  }
}
