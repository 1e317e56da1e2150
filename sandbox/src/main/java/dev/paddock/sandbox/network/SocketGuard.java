package dev.paddock.sandbox.network;

import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.SocketDiagnostics;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.plan.UnixRules;
import dev.paddock.sandbox.process.ProcessTree;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.Handler;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The judges of one run's socket calls, put together. */
public final class SocketGuard implements AutoCloseable {
  private final SocketWaiter waiter;
  private final UnixOwners owners;
  private final Deputy deputy;
  private final CompiledPlan plan;
  private final Families families;
  private final Refusals refusals;

  /**
   * For one run.
   *
   * @param diagnostics asks about the target's own network name space; null if that is the host's.
   *     Taken over
   * @param rules the target's Landlock rules; they stay the caller's
   */
  public SocketGuard(
      CompiledPlan plan,
      ProcessTree tree,
      @Nullable SocketDiagnostics diagnostics,
      LandlockRuleset rules,
      Refusals refusals,
      FailureListener failures) {
    this.refusals = refusals;
    this.waiter = new SocketWaiter(failures);
    this.plan = plan;
    this.deputy = new Deputy(rules);
    this.owners = new UnixOwners(tree, diagnostics);
    this.families =
        new Families(
            new UnixDestinations(owners, new UnixRules(plan.unixPaths()), refusals),
            new InternetDestinations(plan, refusals));
  }

  /** Who judges a system call; empty for one that is not its to judge. */
  public Optional<Handler> handler(String call) {
    return switch (call) {
      case "connect" -> Optional.of(new ConnectHandler(families, waiter, refusals));
      case "sendto", "sendmsg", "sendmmsg" ->
          Optional.of(new SendHandler(call, families, waiter, refusals));
      case "bind" -> Optional.of(new BindHandler(plan, deputy, refusals));
      case "listen" -> Optional.of(new ListenHandler(plan, refusals));
      default -> Optional.empty();
    };
  }

  /** Lets go of the calls that wait, when nobody is left to be answered. */
  @Override
  public void close() {
    waiter.end();
    deputy.close();
    owners.close();
  }
}
