package dev.paddock.sandbox;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Procfs;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCalls;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.event.Arguments;
import dev.paddock.sandbox.event.Event;
import dev.paddock.sandbox.event.EventBus;
import dev.paddock.sandbox.event.SinkReport;
import dev.paddock.sandbox.observe.Refusals;
import java.util.List;

/** Turns what the parts of a supervisor have to say into events. */
final class RunReports implements Refusals {
  private final EventBus bus;
  private final String session;

  RunReports(EventBus bus, String session) {
    this.bus = bus;
    this.session = session;
  }

  void started(int pid, int parent, byte[] path, List<byte[]> argv, byte[] directory) {
    if (bus.isActive()) {
      bus.post(
          new Event.Started(
              bus.head(session, pid, parent),
              ByteString.of(path),
              Arguments.of(argv.toArray(byte[][]::new)),
              ByteString.of(directory)));
    }
  }

  @Override
  public void refused(
      int thread,
      String call,
      ByteString object,
      int errno,
      String rule,
      String hint,
      Strength strength) {
    if (bus.isActive()) {
      bus.post(new Event.Denied(head(thread), call, object, errno, rule, hint, strength));
    }
  }

  void handlerFailed(int thread, int number, Throwable cause) {
    if (bus.isActive()) {
      bus.post(
          new Event.HandlerFailed(
              head(thread), cause.getClass().getName(), name(number), "" + cause, Errno.EPERM));
    }
  }

  void expired(int thread, int number) {
    if (bus.isActive()) {
      bus.post(
          new Event.HandlerFailed(
              head(thread), "supervisor", name(number), "nobody decided in time", Errno.EPERM));
    }
  }

  List<SinkReport> ended(int pid, Result result) {
    if (bus.isActive()) {
      bus.post(new Event.Ended(bus.head(session, pid, 0), result.outcome(), result.usage()));
    }
    return close();
  }

  List<SinkReport> close() {
    bus.close();
    return bus.reports();
  }

  private static String name(int number) {
    for (SystemCall call : SystemCalls.all()) {
      if (call.exists(Arch.current()) && call.number(Arch.current()) == number) {
        return call.name();
      }
    }
    return "" + number;
  }

  /** Who a thread is. It is held while we look, so its number is its own. */
  private Event.Head head(int thread) {
    try {
      byte[] status = Procfs.read(thread, "status");
      return bus.head(session, number(status, "Tgid", thread), number(status, "PPid", 0));
    } catch (KernelException gone) {
      return bus.head(session, thread, 0); // Killed meanwhile: its number is all that is left.
    }
  }

  private static int number(byte[] status, String field, int otherwise) {
    String text = Procfs.statusField(status, field).orElse("");
    return text.isEmpty() ? otherwise : Integer.parseInt(text);
  }
}
