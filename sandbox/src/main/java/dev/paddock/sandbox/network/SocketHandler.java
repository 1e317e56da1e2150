package dev.paddock.sandbox.network;

import dev.paddock.linux.Capabilities;
import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;
import dev.paddock.sandbox.Verdict;
import dev.paddock.sandbox.observe.Refusals;
import dev.paddock.sandbox.supervise.Call;
import dev.paddock.sandbox.supervise.Handler;

/**
 * Makes a socket call in its caller's place: the address is copied once, judged, and used with a
 * duplicate of the caller's own descriptor, so that nothing that the caller changes meanwhile
 * matters. It is done without privileges, which this process may have where the caller has none.
 */
abstract class SocketHandler implements Handler {
  private final String name;
  private final SocketWaiter waiter;
  private final Refusals refusals;

  SocketHandler(String name, SocketWaiter waiter, Refusals refusals) {
    this.name = name;
    this.waiter = waiter;
    this.refusals = refusals;
  }

  /**
   * What begins with a call that can be made; reading the caller's memory is all it may wait for.
   */
  abstract SocketOperation begin(Call call, Socket socket) throws KernelException;

  /** The system call's name. */
  final String name() {
    return name;
  }

  @Override
  public final Verdict judge(Call call) throws KernelException {
    try {
      return Capabilities.without(() -> make(call));
    } catch (KernelException e) {
      return new Verdict.Fail(e.errno().number());
    }
  }

  private Verdict make(Call call) throws KernelException {
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
      waiter.add(call.hold(), operation);
      kept = true;
      return Verdict.HOLD;
    } finally {
      if (!kept) {
        operation.close();
      }
    }
  }

  private SocketOperation open(Call call) throws KernelException {
    Socket socket = CallerSockets.socket(call, name, refusals);
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
  static byte[] address(Call call, long at, long length) throws KernelException {
    int size = (int) length;
    if (size < 0 || size > SocketAddress.MAXIMUM) {
      throw new KernelException(Errno.of(Errno.EINVAL), "connect", "");
    }
    byte[] raw = new byte[size];
    call.read(at, raw);
    return raw;
  }

  /** The answer for a system call's result. */
  static Verdict verdict(long result) {
    return result < 0 ? new Verdict.Fail((int) -result) : new Verdict.Return(result);
  }
}
