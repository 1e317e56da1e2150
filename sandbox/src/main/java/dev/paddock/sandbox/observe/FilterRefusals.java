package dev.paddock.sandbox.observe;

import dev.paddock.linux.Errno;
import dev.paddock.linux.SystemCallGroup;
import dev.paddock.linux.SystemCalls;
import dev.paddock.linux.bpf.Action;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.plan.SystemCallFilter;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;

/**
 * Refuses in the filter's place what the filter would have refused, and says so. The numbers in
 * registers cannot change any more, so this is as good as the filter itself.
 */
public final class FilterRefusals implements Handler {
  /** A child that nobody who traces the parent gets to see; linux/sched.h. */
  private static final int CLONE_UNTRACED = 0x00800000;

  private final String name;
  private final SystemCallFilter filter;
  private final Refusals refusals;

  /** For the calls of one name. */
  public FilterRefusals(String name, SystemCallFilter filter, Refusals refusals) {
    this.name = name;
    this.filter = filter;
    this.refusals = refusals;
  }

  @Override
  public Verdict judge(Call call) {
    Action action =
        filter.decide(
            call.number(),
            call.argument(0),
            call.argument(1),
            call.argument(2),
            call.argument(3),
            call.argument(4),
            call.argument(5));
    if (action.equals(Action.ALLOW) || action.equals(Action.NOTIFY)) {
      // Nothing but registers decided: what the kernel now does is what the filter allowed, and
      // what the filter leaves to the supervisor is another handler's to judge.
      return Verdict.CONTINUE;
    }
    int errno = action.kind() == Action.Kind.ERRNO ? action.data() : Errno.EPERM;
    if (name.equals("clone3") && errno == Errno.ENOSYS) {
      return new Verdict.Fail(errno); // The C library asks for it first, and then takes clone.
    }
    String reason = filter.reason(name);
    refusals.refused(
        call.thread(),
        name,
        ByteString.of(""),
        errno,
        "the system call filter" + (reason.isEmpty() ? "" : ": " + reason),
        suggestion(call),
        Strength.KERNEL);
    return new Verdict.Fail(errno);
  }

  private String suggestion(Call call) {
    if (name.equals("socket")) {
      return ""; // Made whole by a grant of what it is to lead to.
    }
    boolean hides = name.equals("clone") && (call.argument(0) & CLONE_UNTRACED) != 0;
    boolean debugs =
        SystemCalls.byName(name).orElseThrow().groups().contains(SystemCallGroup.DEBUG);
    return "--extra-allow-syscall " + (hides || debugs ? SystemCallGroup.DEBUG.label() : name);
  }
}
