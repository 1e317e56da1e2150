package dev.paddock.sandbox.launch;

import dev.paddock.linux.Affinity;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.MemFd;
import dev.paddock.linux.Poll;
import dev.paddock.linux.Processes;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.Signals;
import dev.paddock.linux.Spawn;
import dev.paddock.linux.Uninterrupted;
import dev.paddock.linux.UnixSocket;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Result;
import dev.paddock.sandbox.RunningSandbox;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.TreeUsage;
import dev.paddock.sandbox.Usage;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.freeze.Freezer;
import dev.paddock.sandbox.limits.MemoryWatch;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One run, from the spawn of init to the end of the last process of the tree.
 *
 * <p>One thread at a time drives it: it waits for init's messages and moves what is captured. That
 * is the caller's own thread for {@link #finish}, and a thread of the run's own after {@link
 * #driveInBackground}.
 */
public final class Run implements RunningSandbox {
  private static final int CONTROL_PLACE = 0;
  private static final int INPUT_PLACE = 1;
  private static final int OUTPUT_PLACE = 2;
  private static final int ERROR_PLACE = 3;
  private static final int WAKE_PLACE = 4;
  private static final int PLACES = 5;

  private final UnixSocket control;
  private final int partner;
  private final Streams streams;
  private final Path path;
  private final boolean job;
  private final boolean waits;
  private final boolean ownProcesses;
  private final boolean names;
  private final List<Mount> mounts;
  private final Duration limit;
  private final @Nullable Supervision supervision;
  private final List<RunMonitor> monitors;
  private final @Nullable Freezer freezer;
  private final @Nullable MemoryWatch watch;
  private final Runnable afterwards;
  private final Interruption interruption;
  private final Poll poll = new Poll(PLACES);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Thread driver;
  private boolean interrupted;
  private boolean stuckPartner;
  private boolean execed;
  private @Nullable Fd target;
  private int targetPid;
  private int initPid;
  private volatile @Nullable Outcome stop;
  private boolean asked;
  private volatile @Nullable Result result;
  private volatile @Nullable SandboxException failure;

  /** The executable for messages. */
  private record Path(String shown) {}

  private Run(
      UnixSocket control,
      int partner,
      Streams streams,
      Order order,
      @Nullable Supervision supervision,
      List<RunMonitor> monitors,
      Runnable afterwards,
      Interruption interruption) {
    this.control = control;
    this.partner = partner;
    this.streams = streams;
    this.path = new Path(dev.paddock.policy.ByteString.of(order.path()).toString());
    this.job = order.place() != Order.Place.OWN_SESSION;
    this.waits = order.waits();
    this.ownProcesses = order.view().processes();
    this.names = order.view().network() == View.Network.OWN_WITH_NAMES;
    this.mounts = order.view().mounts();
    this.limit = Duration.ofMillis(order.timeoutMillis());
    this.supervision = supervision;
    this.monitors = monitors;
    this.freezer = find(monitors, Freezer.class);
    this.watch = find(monitors, MemoryWatch.class);
    this.afterwards = afterwards;
    this.interruption = interruption;
  }

  private static <T> @Nullable T find(List<RunMonitor> monitors, Class<T> kind) {
    for (RunMonitor monitor : monitors) {
      if (kind.isInstance(monitor)) {
        return kind.cast(monitor);
      }
    }
    return null;
  }

  /**
   * Starts a run and waits until its target runs.
   *
   * @param streams taken over, also if this fails
   * @param supervision judges what the filter notifies, if it notifies
   * @param monitors look after the tree
   * @param afterwards run once when nothing of the tree is left, also if this fails
   */
  static Run start(
      Order order,
      Streams streams,
      @Nullable Supervision supervision,
      List<RunMonitor> monitors,
      Runnable afterwards)
      throws SandboxException {
    Run run;
    try {
      run = spawn(order, streams, supervision, monitors, afterwards);
    } catch (KernelException e) {
      giveUp(streams, supervision, monitors, afterwards);
      throw new SandboxException(
          SandboxException.FAILED, "cannot start a run: " + e.getMessage(), e);
    } catch (SandboxException | RuntimeException e) {
      giveUp(streams, supervision, monitors, afterwards);
      throw e;
    }
    run.awaitExec();
    return run;
  }

  private static void giveUp(
      Streams streams,
      @Nullable Supervision supervision,
      List<RunMonitor> monitors,
      Runnable afterwards) {
    monitors.reversed().forEach(RunMonitor::end);
    if (supervision != null) {
      List<SinkReport> _ = supervision.end(null);
    }
    streams.close();
    afterwards.run();
  }

  private static Run spawn(
      Order order,
      Streams streams,
      @Nullable Supervision supervision,
      List<RunMonitor> monitors,
      Runnable afterwards)
      throws KernelException, SandboxException {
    byte[] program = InitProgram.path();
    try (UnixSocket.Pair pair = UnixSocket.pair()) {
      Interruption interruption = new Interruption();
      UnixSocket control = UnixSocket.adopt(pair.near().fd().duplicate());
      int partner;
      try {
        partner = spawnInit(program, pair.far().fd(), order.cores());
      } catch (KernelException e) {
        control.close();
        interruption.wake().close();
        throw e;
      }
      // Only then does init see the end of its socket when we close the end that we keep.
      pair.near().fd().close();
      pair.far().fd().close();
      Run run =
          new Run(
              control, partner, streams, order, supervision, monitors, afterwards, interruption);
      // The order is written while init gets ready for it.
      try (Fd memory = MemFd.sealed("paddock-order", order.encode())) {
        List<Fd> attached = order.attached(memory);
        control.send(Message.order(attached.size()), attached);
      } catch (KernelException e) {
        if (!e.is(Errno.EPIPE)) {
          run.abandon();
          throw e;
        }
        // Init has ended already; what it said last is still there to be read.
      } catch (RuntimeException | OutOfMemoryError e) {
        run.abandon(); // A descriptor that somebody closed meanwhile, or arguments beyond measure.
        throw e;
      }
      return run;
    }
  }

  /** What init may run on, so may the whole tree: the calling thread is bound for the moment. */
  private static int spawnInit(byte[] program, Fd control, @Nullable BitSet cores)
      throws KernelException {
    List<byte[]> argv = List.of("paddock-init".getBytes(StandardCharsets.US_ASCII));
    if (cores == null) {
      return Spawn.start(program, argv, List.of(), control, 3);
    }
    BitSet before = Affinity.own();
    Affinity.bind(cores);
    try {
      return Spawn.start(program, argv, List.of(), control, 3);
    } finally {
      Affinity.bind(before);
    }
  }

  /** Gives up before the run is known to anybody: init sees the end of its socket. */
  private void abandon() {
    control.close();
    reapPartner();
    interruption.wake().close();
    poll.close();
  }

  private void awaitExec() throws SandboxException {
    streams.closeHandedOver();
    while (!execed && ended.getCount() > 0) {
      step(false);
    }
    SandboxException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  /** Drives the run in a thread of its own, so that pipes drain although nobody waits. */
  void driveInBackground() {
    driver =
        Thread.ofPlatform()
            .daemon()
            .name("paddock-run-" + targetPid)
            .start(
                () -> {
                  while (ended.getCount() > 0) {
                    step(false);
                  }
                });
  }

  /** After the end: nothing of ours is left either, once this returns. */
  private void joinDriver() throws InterruptedException {
    Thread driving = driver;
    if (driving != null && driving != Thread.currentThread()) {
      driving.join();
    }
  }

  /**
   * Drives the run on the calling thread until nothing of the tree is left.
   *
   * @throws InterruptedException if the thread was interrupted: the tree was killed then
   */
  Result finish() throws SandboxException, InterruptedException {
    while (ended.getCount() > 0) {
      step(true);
    }
    streams.close();
    if (interrupted) {
      boolean _ = Thread.interrupted();
      throw new InterruptedException("the run was interrupted, and its tree killed");
    }
    return outcome();
  }

  /** Waits for the next thing that happens, and deals with it. */
  private void step(boolean interruptible) {
    try {
      boolean listen = interruptible && !interrupted;
      poll.set(CONTROL_PLACE, control.fd(), Poll.IN);
      place(INPUT_PLACE, inputFd(), Poll.OUT);
      place(OUTPUT_PLACE, outputFd(streams.output()), Poll.IN);
      place(ERROR_PLACE, outputFd(streams.error()), Poll.IN);
      place(WAKE_PLACE, listen ? interruption.wake().fd() : null, Poll.IN);
      if (listen) {
        interruption.enter();
      }
      try {
        poll.await(Poll.FOREVER);
      } finally {
        if (listen) {
          interruption.leave();
        }
      }
      if (listen && poll.ready(WAKE_PLACE) != 0) {
        interrupted = true;
        kill();
      }
      pump();
      if (poll.ready(CONTROL_PLACE) != 0) {
        receive();
      }
    } catch (KernelException | SandboxException | RuntimeException e) {
      // The supervisor cannot go on: closing the socket makes init kill the tree.
      end(
          null,
          new SandboxException(
              SandboxException.FAILED, "lost the run, and killed it: " + e.getMessage(), e));
    }
  }

  private void place(int place, @Nullable Fd fd, int events) {
    if (fd == null) {
      poll.clear(place);
    } else {
      poll.set(place, fd, events);
    }
  }

  private @Nullable Fd inputFd() {
    InputSource input = streams.input();
    return input == null || input.isEnded() ? null : input.fd();
  }

  private static @Nullable Fd outputFd(@Nullable OutputSink sink) {
    return sink == null || sink.isEnded() ? null : sink.fd();
  }

  private void pump() throws KernelException {
    InputSource input = streams.input();
    if (input != null && poll.ready(INPUT_PLACE) != 0) {
      input.feed();
    }
    OutputSink output = streams.output();
    if (output != null && poll.ready(OUTPUT_PLACE) != 0) {
      output.drain();
    }
    OutputSink error = streams.error();
    if (error != null && poll.ready(ERROR_PLACE) != 0) {
      error.drain();
    }
  }

  private void receive() throws KernelException, SandboxException {
    UnixSocket.Message received = control.receive(Message.LONGEST);
    if (received.isEnd()) {
      end(
          null,
          new SandboxException(
              SandboxException.FAILED, "init was killed from outside; so was the whole tree"));
      return;
    }
    Message message = Message.decode(received.bytes());
    if (!(message instanceof Message.Ready)) {
      for (Fd unexpected : received.descriptors()) {
        unexpected.close();
      }
    }
    switch (message) {
      case Message.Ready inside -> {
        List<Fd> descriptors = received.descriptors();
        target = descriptors.isEmpty() ? null : descriptors.getFirst();
        Message.Ready ready = ownProcesses ? outside(inside, target) : inside;
        targetPid = ready.targetPid();
        initPid = ready.initPid();
        for (RunMonitor monitor : monitors) {
          monitor.begin(ready.initPid(), ready.targetPid(), this::stop);
        }
        if (supervision != null) {
          supervise(supervision, ready, descriptors);
        }
        if (waits) {
          send(Message.go());
        }
      }
      case Message.Execed _ -> execed = true;
      case Message.Continued _ -> {}
      case Message.Stopped _ -> stopped();
      case Message.Failed failed ->
          end(null, Steps.exception(failed, path.shown(), mounts, refusal()));
      case Message.Finished finished -> end(result(finished), null);
      case Message.Stuck stuck -> abandon(stuck);
      case Message.Malformed malformed ->
          end(null, new SandboxException(SandboxException.FAILED, malformed.reason()));
    }
  }

  /**
   * The kernel does not end what was killed. Init goes on waiting for that; we do not, but say so:
   * of a run that has ended otherwise nothing is left.
   */
  private void abandon(Message.Stuck stuck) {
    stuckPartner = true;
    end(
        null,
        new SandboxException(
            SandboxException.FAILED,
            "the tree was killed, but does not end: "
                + (ownProcesses
                    ? UnkilledProcesses.describeChild(initPid)
                    : UnkilledProcesses.describe(stuck.process()))));
  }

  /**
   * The same with the numbers that this process knows them by: init's and the target's are those of
   * their own name space; see pidfd_open(2) on fdinfo. A target that has ended meanwhile has none.
   */
  private static Message.Ready outside(Message.Ready inside, @Nullable Fd target)
      throws KernelException {
    if (target == null) {
      throw new IllegalStateException("init has sent no pidfd");
    }
    int pid = Procfs.ofPidFd(target);
    int init = 0;
    if (pid > 0) {
      try {
        init = Procfs.stat(pid).parent();
      } catch (KernelException e) {
        pid = 0; // Just ended: there is nothing of it to look at any more.
      }
    }
    return new Message.Ready(init, Math.max(pid, 0), inside.scoped());
  }

  private Optional<String> refusal() {
    return supervision == null ? Optional.empty() : supervision.refusal();
  }

  /** The target waits, confined: from its execve on, what the filter notifies is judged. */
  private void supervise(Supervision judge, Message.Ready ready, List<Fd> descriptors)
      throws KernelException {
    int wanted = names ? 4 : 2;
    if (descriptors.size() < wanted) {
      throw new IllegalStateException("init has sent too few descriptors");
    }
    Supervision.Beginning beginning =
        new Supervision.Beginning(
            ready.initPid(),
            ready.targetPid(),
            descriptors.getFirst(),
            names ? new Supervision.NameServer(descriptors.get(2), descriptors.get(3)) : null,
            descriptors.size() > wanted ? descriptors.get(wanted) : null);
    judge.begin(descriptors.get(1), beginning, this::stop);
  }

  /**
   * The target was stopped: so are we, with our whole group, as the job that our shell knows. Where
   * no shell could ever continue us (an orphaned process group), the target goes on at once.
   */
  private void stopped() throws KernelException {
    if (job && OwnGroup.canBeContinued()) {
      OwnGroup.stop();
    }
    send(Message.resume());
  }

  private Result result(Message.Finished finished) throws KernelException {
    long[] n = finished.numbers();
    Usage usage =
        new Usage(
            Duration.ofNanos(n[0]),
            Duration.of(n[1], java.time.temporal.ChronoUnit.MICROS),
            Duration.of(n[2], java.time.temporal.ChronoUnit.MICROS),
            n[3] * 1024,
            0,
            0,
            n[8],
            n[9],
            n[4],
            n[5]);
    int signal = finished.status() & 0x7f;
    Outcome outcome =
        switch (finished.reason()) {
          case 1 ->
              signal == 0
                  ? new Outcome.Exited(finished.status() >> 8 & 0xff)
                  : new Outcome.Signalled(signal, (finished.status() & 0x80) != 0);
          case 2 -> new Outcome.TimedOut(limit);
          default -> stop == null ? new Outcome.Terminated(signal) : stop;
        };
    return new Result(
        outcome,
        usage,
        collected(streams.output()),
        collected(streams.error()),
        List.of(),
        List.of());
  }

  private static byte[] collected(@Nullable OutputSink sink) throws KernelException {
    if (sink == null) {
      return new byte[0];
    }
    sink.drain(); // Nobody of the tree is left: what is in the pipe now is all there will be.
    return sink.bytes();
  }

  private void end(@Nullable Result finalResult, @Nullable SandboxException finalFailure) {
    if (ended.getCount() == 0) {
      return;
    }
    synchronized (control) {
      control.close();
    }
    if (target != null) {
      target.close();
    }
    interruption.wake().close();
    poll.close();
    Result used = finalResult == null ? null : concluded(finalResult);
    monitors.reversed().forEach(RunMonitor::end);
    failure = finalFailure;
    try {
      if (used != null) {
        // The tree is gone, init has said so: what it leaves is put away while the partner ends.
        try {
          result =
              supervision == null
                  ? used
                  : used.withReports(endSupervision(used), supervision.notices());
          afterwards.run();
        } finally {
          reapPartner();
        }
      } else {
        reapPartner(); // Only its end tells that the tree is gone.
        List<SinkReport> _ = endSupervision(null);
        streams.close();
        afterwards.run();
      }
    } finally {
      ended.countDown();
    }
  }

  private Result concluded(Result measured) {
    Result concluded = measured;
    for (RunMonitor monitor : monitors) {
      concluded = monitor.ended(concluded);
    }
    return concluded;
  }

  /** Kills the tree for a reason, of which the first counts; the caller's word is one as well. */
  private void stop(Outcome why) {
    synchronized (ended) {
      if (stop == null && !asked) {
        stop = why;
      }
    }
    send(Message.kill());
  }

  /** The caller wants the end: what fails of the tree from now on is no reason for it. */
  private void note() {
    synchronized (ended) {
      asked = true;
    }
  }

  private List<SinkReport> endSupervision(@Nullable Result finalResult) {
    return supervision == null ? List.of() : supervision.end(finalResult);
  }

  private void reapPartner() {
    if (stuckPartner) {
      Thread _ =
          Thread.ofPlatform().daemon().name("paddock-left-" + partner).start(this::awaitPartner);
    } else {
      awaitPartner();
    }
  }

  private void awaitPartner() {
    try {
      Processes.Exit _ = Processes.await(partner);
    } catch (KernelException gone) {
      // ECHILD: the host program waits for any child, and took ours. The partner has ended: fine.
      if (!gone.is(Errno.ECHILD)) {
        throw new AssertionError("waiting for our own child", gone);
      }
    }
  }

  private Result outcome() throws SandboxException {
    SandboxException failed = failure;
    if (failed != null) {
      throw failed;
    }
    Result finished = result;
    if (finished == null) {
      throw new IllegalStateException("the run has not ended");
    }
    return finished;
  }

  /** Says something to init; an init that has ended needs to hear nothing. */
  private void send(byte[] message) {
    try {
      synchronized (
          control) { // Not while it is being closed: its number may be another file's next.
        control.send(message, List.of());
      }
    } catch (KernelException | IllegalStateException e) {
      boolean over =
          e instanceof IllegalStateException
              || (e instanceof KernelException k && (k.is(Errno.EPIPE) || k.is(Errno.ECONNRESET)));
      if (!over) {
        throw new AssertionError("sending a small message to init", e);
      }
    }
  }

  @Override
  public int pid() {
    return targetPid;
  }

  @Override
  public OutputStream stdin() {
    return streams.inputPipe();
  }

  @Override
  public InputStream stdout() {
    return streams.outputPipe();
  }

  @Override
  public InputStream stderr() {
    return streams.errorPipe();
  }

  @Override
  public Result waitFor() throws SandboxException, InterruptedException {
    ended.await();
    joinDriver();
    return outcome();
  }

  @Override
  public Optional<Result> waitFor(Duration limit) throws SandboxException, InterruptedException {
    if (!ended.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      return Optional.empty();
    }
    joinDriver();
    return Optional.of(outcome());
  }

  @Override
  public void signal(int signal) {
    if (signal < 1 || signal > Signals.LAST) {
      throw new IllegalArgumentException("there is no signal " + signal);
    }
    send(Message.signal(signal));
  }

  @Override
  public void terminate(Duration grace) {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("the grace period must not be negative: " + grace);
    }
    note();
    send(Message.terminate(grace.toMillis()));
  }

  @Override
  public void freeze() throws SandboxException, InterruptedException {
    if (freezer == null) {
      throw new SandboxException(SandboxException.FAILED, "this run has no freezer");
    }
    freezer.freeze(this);
  }

  @Override
  public void thaw() {
    if (freezer != null) {
      freezer.thaw(this);
    }
  }

  @Override
  public void holdForks() {
    if (supervision == null || !supervision.holdForks()) {
      throw new IllegalStateException(
          "the forks of this run cannot be held; build its sandbox with holdableForks()");
    }
  }

  @Override
  public Map<Integer, Integer> ports() {
    return supervision == null ? Map.of() : supervision.ports();
  }

  @Override
  public void releaseForks() {
    if (supervision != null) {
      supervision.releaseForks();
    }
  }

  @Override
  public TreeUsage usage() throws SandboxException {
    try {
      if (watch != null && ended.getCount() > 0) {
        return watch.now();
      }
      throw new SandboxException(SandboxException.FAILED, "the run has ended");
    } catch (KernelException e) {
      throw new SandboxException(
          SandboxException.FAILED, "the tree cannot be seen: " + e.getMessage(), e);
    }
  }

  @Override
  public void kill() {
    note();
    send(Message.kill());
  }

  @Override
  public void close() {
    kill();
    Uninterrupted.run(
        () -> {
          ended.await();
          joinDriver();
        });
    streams.close();
  }
}
