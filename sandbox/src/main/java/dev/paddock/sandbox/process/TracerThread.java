package dev.paddock.sandbox.process;

/** A thread that does what {@link Tracers} have to do, until there is nothing for some time. */
final class TracerThread {
  private final Tracers pool;
  private final Thread thread;

  TracerThread(Tracers pool) {
    this.pool = pool;
    this.thread = Thread.ofPlatform().daemon().name("paddock-tracer").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void interrupt() {
    thread.interrupt();
  }

  void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  private void run() {
    Tracer tracer = new Tracer(pool);
    boolean usable = true;
    while (usable) {
      Tracers.Job job = pool.next(this);
      if (job == null) {
        return;
      }
      usable = tracer.work(job);
    }
    pool.ended(this);
  }
}
