package dev.paddock.sandbox.process;

import dev.paddock.linux.KernelException;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;

/** Lets processes be made that nothing speaks against. */
public interface Forks extends Handler {
  /** Lets the kernel make them. */
  Forks UNSEEN =
      new Forks() {
        @Override
        public Verdict judge(Call call) {
          return Verdict.CONTINUE;
        }

        @Override
        public boolean take(HeldCall call) {
          return call.answer(Verdict.CONTINUE);
        }
      };

  @Override
  Verdict judge(Call call) throws KernelException;

  /**
   * The same for a call that was held.
   *
   * @return false if the caller is known to be gone: then nothing is made. True does not mean that
   *     something is
   */
  boolean take(HeldCall call);
}
