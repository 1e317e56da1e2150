package dev.paddock.sandbox.network;

import dev.paddock.linux.Capabilities;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.ProcessMemory;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.names.HostNames;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.FailureListener;
import dev.paddock.sandbox.supervise.Handler;
import dev.paddock.sandbox.supervise.HeldCall;
import java.time.Duration;

/**
 * Makes a socket call in its caller's place: the address is copied once, judged, and used with a
 * duplicate of the caller's own descriptor, so that nothing that the caller changes meanwhile
 * matters. It is done without privileges, which this process may have where the caller has none.
 */
abstract class SocketHandler implements Handler {
  private static final Duration FOR_EVER = Duration.ofDays(3650);

  private final String name;
  private final SocketWaiter waiter;
  private final HostNames hosts;
  private final CallerSockets callerSockets;
  private final FailureListener failures;

  SocketHandler(String name, SocketGuard guard) {
    this.name = name;
    this.waiter = guard.waiter();
    this.hosts = guard.hosts();
    this.callerSockets = guard.callerSockets();
    this.failures = guard.failures();
  }

  /**
   * What begins with a call that can be made; reading the caller's memory is all it may wait for.
   */
  abstract SocketOperation begin(HeldCall call, Socket socket) throws KernelException;

  /** The system call's name. */
  final String name() {
    return name;
  }

  @Override
  public final Verdict judge(Call call) throws KernelException {
    HeldCall held = call.hold();
    try {
      return Capabilities.without(() -> make(held));
    } catch (UnresolvedException e) {
      held.giveWay(FOR_EVER, () -> {});
      hosts.find(e.host(), _ -> goOn(held));
      return Verdict.HOLD;
    } catch (KernelException e) {
      return new Verdict.Fail(e.errno().number());
    }
  }

  /** Begins again, when the host that the call is about was looked up. */
  private void goOn(HeldCall call) {
    if (!call.claim()) {
      return; // A signal has ended it.
    }
    Verdict verdict;
    try {
      verdict = Capabilities.without(() -> make(call));
    } catch (UnresolvedException e) { // It names another one by now, or this one took too long.
      call.release();
      hosts.find(e.host(), _ -> goOn(call));
      return;
    } catch (KernelException e) {
      verdict = new Verdict.Fail(e.errno().number());
    } catch (Throwable e) { // As for any handler: the call is refused, and an event says so.
      failures.handlerFailed(call.thread(), call.number(), e);
      verdict = Verdict.NOT_PERMITTED;
    }
    if (verdict instanceof Verdict.Hold) {
      return;
    }
    // It was given back if it had to wait, and then could not be waited for.
    boolean _ = call.isAnswered() ? call.finish(verdict) : call.answer(verdict);
  }

  private Verdict make(HeldCall call) throws KernelException {
    SocketOperation operation = open(call);
    boolean kept = false;
    try {
      if (!call.isAlive()) { // What was read may be another's.
        return Verdict.NOT_PERMITTED;
      }
      long result = operation.attempt();
      if (result != Socket.WAIT) {
        return verdict(result);
      }
      if (call.isAnswered()) {
        call.release(); // Others may end it again from here on.
      }
      waiter.add(call, operation);
      kept = true;
      return Verdict.HOLD;
    } finally {
      if (!kept) {
        operation.close();
      }
    }
  }

  private SocketOperation open(HeldCall call) throws KernelException {
    Socket socket = callerSockets.socket(call, name);
    try {
      return begin(call, socket);
    } catch (KernelException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * A copy of the address that a call names.
   *
   * @throws KernelException as the kernel has it: EINVAL for a length that none has, EFAULT
   */
  static byte[] address(int thread, long at, long length) throws KernelException {
    int size = (int) length;
    if (size < 0 || size > SocketAddress.MAXIMUM) {
      throw new KernelException(Errno.of(Errno.EINVAL), "connect", "");
    }
    byte[] raw = new byte[size];
    ProcessMemory.ofThread().read(thread, at, raw, 0, size);
    return raw;
  }

  /** The answer for a system call's result. */
  static Verdict verdict(long result) {
    return result < 0 ? new Verdict.Fail((int) -result) : new Verdict.Return(result);
  }
}
