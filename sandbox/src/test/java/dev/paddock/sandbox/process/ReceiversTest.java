package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.plan.FilterOptions;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who receives while a receiver goes on with a call. */
final class ReceiversTest {
  private static long receivers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("paddock-receiver"))
        .count();
  }

  /** A run's first call may take long, on a virtual machine that has just begun. */
  @Test
  void aReceiverCanStayWithACallAlsoAfterOneThatTookLong() throws Exception {
    long others = receivers();
    List<Boolean> stayed = Collections.synchronizedList(new ArrayList<>());
    TreeRun.run(
            FilterOptions.closed().withBirths(),
            true,
            (routes, _) -> {
              routes.route(call -> judge(call, others, stayed), "fork", "vfork", "clone");
              return () -> {};
            },
            List.of("/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (:); done; :"))
        .good();
    // It cannot while the other one is about to receive, as on a busy machine.
    assertThat(stayed).hasSize(9).contains(true);
  }

  private static Verdict judge(Call call, long others, List<Boolean> stayed) {
    if (receivers() == others + 1) {
      while (receivers() == others + 1) {
        Thread.onSpinWait(); // Until the role is given to another.
      }
      return Verdict.CONTINUE;
    }
    HeldCall held = call.hold();
    boolean stays = call.stay(() -> held.answer(Verdict.CONTINUE));
    stayed.add(stays);
    if (!stays) {
      boolean _ = held.answer(Verdict.CONTINUE);
    }
    return Verdict.HOLD;
  }
}
