package dev.paddock.sandbox.process;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Ptrace;
import dev.paddock.linux.Signals;
import dev.paddock.linux.Tracee;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.HeldCall;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes children into the tree before they run their first instruction, for plans that need to know
 * who made whom.
 *
 * <p>The caller is seized, with the order to stop at a birth, and its call goes on. It is
 * <em>not</em> interrupted: a fork that sees an interruption begins again instead. At the birth the
 * child stands still as well, is taken in, and both are let go. A call that makes no child shows
 * nothing, so after 2 ms the caller is interrupted and let go at its stop; if it makes its next
 * call before, that is made again. A failed call costs nothing but that.
 *
 * <p>A caller that cannot be traced makes its child unseen, unless a rule for signals has to know
 * who descends from whom. Nothing else rests on that: who asks for something is looked up then, and
 * a limit counts what is there.
 *
 * <p>The child is let go when its parent waits for something, or after 10 ms. A shell that makes a
 * pipeline makes all of it before it waits; would the first child end meanwhile, its SIGCHLD could
 * meet the parent in its next fork, queued and not received yet, and a handler without SA_RESTART
 * (dash has one) would turn that into EINTR, which no fork gives otherwise.
 */
public final class ForkTracker implements Forks {
  private static final long PATIENCE = 2_000_000;
  private static final long BETWEEN = 20_000;

  /** As long as most births take the processor is only offered: to sleep takes longer than that. */
  private static final long SOON = 300_000;

  /** How long a child is held back at most while its parent goes on. */
  private static final long UNREST = 10_000_000;

  private final ProcessTree tree;
  private final Tracers tracers;
  private final TreeReports reports;
  private final boolean needed;
  private volatile IntConsumer settled = _ -> {};

  /**
   * Births in a tree.
   *
   * @param tracers those of the run
   * @param reports told of strangers who want children
   * @param needed whether somebody rests on seeing every birth: then a caller that cannot be traced
   *     gets no child
   */
  public ForkTracker(ProcessTree tree, Tracers tracers, TreeReports reports, boolean needed) {
    this.tree = tree;
    this.tracers = tracers;
    this.reports = reports;
    this.needed = needed;
  }

  /** Has somebody told when a thread's call is over; {@link ProcessLimit#settled}. */
  public void tell(IntConsumer listener) {
    settled = listener;
  }

  @Override
  public Verdict judge(Call call) throws KernelException {
    Optional<Member> parent = tree.find(call.thread());
    if (parent.isEmpty()) {
      if (call.isAlive()) {
        reports.stranger(call.thread());
      }
      return Verdict.NOT_PERMITTED;
    }
    Member member = parent.get();
    tracers.take(call, (held, tracer) -> attend(held, tracer, member));
    return Verdict.HOLD;
  }

  @Override
  public boolean take(HeldCall call) {
    Optional<Member> parent;
    try {
      parent = tree.find(call.thread());
    } catch (KernelException e) {
      parent = Optional.empty(); // Who cannot be known gets no child.
    }
    if (parent.isEmpty()) {
      if (call.answer(Verdict.NOT_PERMITTED)) {
        reports.stranger(call.thread());
      }
      return false;
    }
    hand(call, parent.get());
    return true;
  }

  private void hand(HeldCall call, Member parent) {
    tracers.hand(call, (held, tracer) -> attend(held, tracer, parent));
  }

  private void attend(HeldCall call, Tracer tracer, Member parent) throws KernelException {
    Optional<Tracee.Running> seized;
    try {
      seized = tracer.seize(call, Ptrace.BIRTHS);
    } catch (KernelException e) {
      unseen(call, parent, e);
      return;
    }
    if (seized.isEmpty()) {
      return;
    }
    boolean taken = call.proceed();
    // Not taken: the caller is being killed. What it shows then is its end.
    ObservationOptions observation = new ObservationOptions(tracer, seized.get(), parent);
    observation.await(taken ? System.nanoTime() + PATIENCE : System.nanoTime());
    settled.accept(call.thread());
  }

  /**
   * The caller cannot be traced: somebody else does, or it shows nothing of itself. Its children
   * are met when they ask for something, like those of whoever was there before.
   */
  private void unseen(HeldCall call, Member parent, KernelException cause) throws KernelException {
    if (needed) {
      if (call.fail(Errno.EPERM)) {
        throw cause;
      }
      settled.accept(call.thread()); // It was killed.
      return;
    }
    String why = reports.why(call.thread(), cause); // While it waits it can be looked at.
    if (call.proceed()) {
      reports.birthUnseen(parent, call.thread(), why);
    } else {
      settled.accept(call.thread()); // It was killed.
    }
  }

  /** The look at one caller, from its answer to its release. */
  private final class ObservationOptions {
    private final Tracer tracer;
    private final Tracee.Running caller;
    private final Member parent;
    private Tracee.@Nullable Change early;
    private boolean interrupted;

    ObservationOptions(Tracer tracer, Tracee.Running caller, Member parent) {
      this.tracer = tracer;
      this.caller = caller;
      this.parent = parent;
    }

    void await(long until) throws KernelException {
      long began = System.nanoTime();
      while (true) {
        Optional<Tracee.Change> change;
        try {
          change = Ptrace.poll(Ptrace.ANY);
        } catch (KernelException e) {
          if (e.is(Errno.ECHILD)) {
            return; // It is gone.
          }
          throw e;
        }
        if (change.isPresent()) {
          if (change.get().thread() != caller.thread()) {
            early = change.get(); // The child's first stop can come before the parent's.
          } else if (isOver(change.get())) {
            return;
          }
          continue;
        }
        Optional<HeldCall> further = tracer.furtherCall();
        if (!interrupted && (further.isPresent() || System.nanoTime() - until >= 0)) {
          interrupt();
        }
        if (further.isPresent() && further.get().claim()) {
          // It has a stop pending, so this makes it stop and then call again.
          boolean _ = further.get().fail(Listener.ERESTARTNOINTR);
        }
        if (System.nanoTime() - began < SOON) {
          Tracer.offerProcessor();
        } else {
          LockSupport.parkNanos(BETWEEN);
        }
      }
    }

    private void interrupt() throws KernelException {
      interrupted = true;
      try {
        caller.interrupt();
      } catch (KernelException e) {
        if (!e.is(Errno.ESRCH)) { // It stands already, or is gone: the next look sees which.
          throw e;
        }
      }
    }

    /** Whether nothing more is to be seen of the caller. */
    private boolean isOver(Tracee.Change change) throws KernelException {
      switch (change) {
        case Tracee.Gone _ -> {
          return true;
        }
        case Tracee.Born born -> {
          boolean process =
              born.kind() != Tracee.Born.Kind.CLONE
                  || ProcessTree.process(born.child()) == born.child();
          try {
            letGo(born, 0);
            tracer.leave(); // What it calls next need not wait for its child.
          } finally {
            receive(born.child(), process, born.kind() != Tracee.Born.Kind.VFORK);
          }
        }
        // It is on its way out of the kernel: a birth would have shown itself before.
        case Tracee.SignalStop stop -> letGo(stop, stop.signal());
        case Tracee.Stop stop -> letGo(stop, 0);
      }
      return true;
    }

    private void receive(int child, boolean process, boolean alone) throws KernelException {
      Tracee.Change first = early != null ? early : Ptrace.await(child);
      if (!(first instanceof Tracee.Stop stop)) {
        return; // Killed before it began.
      }
      try {
        if (process) { // A thread is no member.
          Member _ = tree.born(parent, child);
          if (alone) {
            awaitRest();
          }
        }
      } catch (KernelException e) {
        if (!e.is(Errno.ESRCH) && !e.is(Errno.ENOENT)) {
          // One that cannot be known must not run. It is held, so its id is its own.
          Processes.kill(child, Signals.SIGKILL);
          throw e;
        }
      } finally {
        letGo(stop, 0);
      }
    }

    /** Waits until the caller waits for something, or at least goes on for long. */
    private void awaitRest() throws KernelException {
      long began = System.nanoTime();
      long waited = 0;
      while (waited < UNREST && ForkState.of(caller.thread()) != ForkState.ELSEWHERE) {
        if (waited < SOON) {
          Tracer.offerProcessor();
        } else {
          LockSupport.parkNanos(BETWEEN);
        }
        waited = System.nanoTime() - began;
      }
    }
  }

  private static void letGo(Tracee.Stop stop, int signal) throws KernelException {
    try {
      stop.detach(signal);
    } catch (KernelException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
      // Killed. Reaped here, for nobody else may until its tracer has.
      try {
        Tracee.Change change;
        do {
          change = Ptrace.await(stop.thread());
        } while (!(change instanceof Tracee.Gone));
      } catch (KernelException gone) {
        if (!gone.is(Errno.ECHILD)) {
          throw gone;
        }
      }
    }
  }
}
