package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * A socket of any family; see socket(2) and socket(7). What is asked for here is done once and
 * never waits longer than one tick of the kernel's clock, also where the socket is a blocking one:
 * whoever has to wait does so by {@link Poll} or {@link Epoll}, where it can be told to stop.
 */
public final class Socket implements AutoCloseable {
  /** Of {@link #connect} and {@link #send}: it could not be done at once. */
  public static final long WAIT = Long.MIN_VALUE;

  private static final int UNKNOWN = -1;

  private final Fd fd;

  // What never changes is asked for once.
  private int domain = UNKNOWN;
  private int type = UNKNOWN;
  private int protocol = UNKNOWN;

  private Socket(Fd fd) {
    this.fd = fd;
  }

  /** Takes over a descriptor that should be a socket's: what is none fails with ENOTSOCK. */
  public static Socket adopt(Fd fd) {
    return new Socket(fd);
  }

  /**
   * Makes a socket in this process's network, close-on-exec; socket(2).
   *
   * @param domain {@code AF_*}
   * @param type {@code SOCK_*}
   * @param protocol {@code IPPROTO_*}, or 0
   */
  static Socket open(int domain, int type, int protocol) throws KernelException {
    return adopt(
        Fd.owned(
            (int)
                Kernel.check(
                    Kernel.call(Nr.SOCKET, domain, type | Constants.SOCK_CLOEXEC, protocol),
                    "socket",
                    "")));
  }

  /**
   * A socket of IPv4 on this machine's loopback, at a port of the kernel's choice, whose calls do
   * not wait.
   *
   * @param stream one by TCP that listens, or else one by UDP
   */
  public static Socket onLoopback(boolean stream) throws KernelException {
    Socket made =
        open(
            Constants.AF_INET,
            (stream ? Constants.SOCK_STREAM : Constants.SOCK_DGRAM) | Paths.O_NONBLOCK,
            0);
    try {
      byte[] address = SocketAddress.ofInternet(new byte[] {127, 0, 0, 1}, 0, 0);
      Kernel.check(made.bind(address), "bind", "");
      if (stream) {
        Kernel.check(made.listen(64), "listen", "");
      }
      return made;
    } catch (KernelException e) {
      made.close();
      throw e;
    }
  }

  /** A unix datagram socket; unix(7). */
  public static Socket ofUnix() throws KernelException {
    return open(Constants.AF_UNIX, Constants.SOCK_DGRAM, 0);
  }

  /** Another descriptor of the same socket; dup(2). */
  public Socket duplicate() throws KernelException {
    return adopt(fd.duplicate());
  }

  /** Which network it belongs to: a number that no other has had since the start; Linux 5.14. */
  public long network() throws KernelException {
    read(Constants.SO_NETNS_COOKIE, 8);
    return Kernel.scratch().get(ValueLayout.JAVA_LONG, 0);
  }

  /** Whether it is one of IPv6. */
  public boolean isIpv6() throws KernelException {
    return domain() == Constants.AF_INET6;
  }

  /** Whether a TCP socket leads nowhere, and nobody can connect to it. */
  public boolean isClosed() throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, 16, 1); // Of struct tcp_info only its first field, the state.
    Kernel.check(
        Kernel.call(
            Nr.GETSOCKOPT,
            fd.number(),
            Constants.IPPROTO_TCP,
            Constants.TCP_INFO,
            scratch.address(),
            scratch.address() + 16),
        "getsockopt",
        "");
    return scratch.get(ValueLayout.JAVA_BYTE, 0) == Constants.TCP_CLOSE;
  }

  /** Its descriptor. */
  public Fd fd() {
    return fd;
  }

  /** What it belongs to; socket(7), {@code SO_DOMAIN}. */
  public enum Family {
    /** unix(7). */
    UNIX,
    /** ip(7), ipv6(7). */
    INTERNET,
    /** netlink(7). */
    NETLINK,
    /** Anything else. */
    OTHER
  }

  /**
   * What it belongs to.
   *
   * @throws KernelException with ENOTSOCK if the descriptor is no socket's
   */
  public Family family() throws KernelException {
    return switch (domain()) {
      case Constants.AF_UNIX -> Family.UNIX;
      case Constants.AF_INET, Constants.AF_INET6 -> Family.INTERNET;
      case Constants.AF_NETLINK -> Family.NETLINK;
      default -> Family.OTHER;
    };
  }

  /** What it speaks: {@code IPPROTO_*}; 0 where the family has but one. */
  public int protocol() throws KernelException {
    if (protocol == UNKNOWN) {
      protocol = option(Constants.SO_PROTOCOL);
    }
    return protocol;
  }

  /** The address that it is bound to; getsockname(2). */
  public SocketAddress localAddress() throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, 0, SocketAddress.MAXIMUM);
    Kernel.check(
        Kernel.call(Nr.GETSOCKNAME, fd.number(), scratch.address() + 16, scratch.address()),
        "getsockname",
        "");
    byte[] raw = new byte[Math.min(scratch.get(ValueLayout.JAVA_INT, 0), SocketAddress.MAXIMUM)];
    MemorySegment.copy(scratch, 16, MemorySegment.ofArray(raw), 0, raw.length);
    return SocketAddress.decode(raw, raw.length);
  }

  /** Whether it is a stream: what is sent has no bounds, and can be sent in part. */
  public boolean isStream() throws KernelException {
    return type() == Constants.SOCK_STREAM;
  }

  /** Whether each message can have an address of its own: a datagram or raw socket. */
  public boolean isAddressed() throws KernelException {
    int type = type();
    return type == Constants.SOCK_DGRAM || type == Constants.SOCK_RAW;
  }

  private int domain() throws KernelException {
    if (domain == UNKNOWN) {
      domain = option(Constants.SO_DOMAIN);
    }
    return domain;
  }

  int type() throws KernelException {
    if (type == UNKNOWN) {
      type = option(Constants.SO_TYPE);
    }
    return type;
  }

  private int option(int name) throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    read(name, 4);
    return scratch.get(ValueLayout.JAVA_INT, 0);
  }

  /** An option of the socket level into the scratch memory. */
  private void read(int name, int size) throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, 16, size);
    Kernel.check(
        Kernel.call(
            Nr.GETSOCKOPT,
            fd.number(),
            Constants.SOL_SOCKET,
            name,
            scratch.address(),
            scratch.address() + 16),
        "getsockopt",
        "");
  }

  /** Whether its calls wait: {@code O_NONBLOCK} is not set. */
  public boolean isBlocking() throws KernelException {
    return (fd.flags() & Paths.O_NONBLOCK) == 0;
  }

  /**
   * How long its owner lets connect and send wait: {@code SO_SNDTIMEO}, in nanoseconds; 0 for ever.
   */
  public long sendTimeout() throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    read(Constants.SO_SNDTIMEO, 16);
    return scratch.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
        + scratch.get(ValueLayout.JAVA_LONG, 8) * 1000L;
  }

  private void sendTimeout(long nanos) throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_LONG, 0, nanos / 1_000_000_000L);
    scratch.set(ValueLayout.JAVA_LONG, 8, nanos % 1_000_000_000L / 1000L);
    Kernel.check(
        Kernel.call(
            Nr.SETSOCKOPT,
            fd.number(),
            Constants.SOL_SOCKET,
            Constants.SO_SNDTIMEO,
            scratch.address(),
            16),
        "setsockopt",
        "");
  }

  /**
   * Connects; connect(2). A blocking socket is given the shortest time-out that there is meanwhile,
   * which its owner's is put back after: the connection then goes on being made, and a further call
   * says what became of it.
   *
   * @param address a {@code struct sockaddr}, not looked at
   * @return 0, a negative errno, or {@link #WAIT}: only from a blocking socket
   * @throws KernelException if the socket cannot be asked
   */
  public long connect(byte[] address) throws KernelException {
    boolean waits = isBlocking() && !isAddressed();
    long timeout = waits ? sendTimeout() : 0;
    if (waits) {
      sendTimeout(1000);
    }
    long result;
    try {
      MemorySegment scratch = Kernel.scratch();
      MemorySegment.copy(MemorySegment.ofArray(address), 0, scratch, 0, address.length);
      result = Kernel.call(Nr.CONNECT, fd.number(), scratch.address(), address.length);
    } finally {
      if (waits) {
        sendTimeout(timeout);
      }
    }
    boolean goesOn =
        result == -Errno.EINPROGRESS
            || result == -Errno.EALREADY
            || result == -Errno.EAGAIN
            || result == -Errno.EINTR;
    return waits && goesOn ? WAIT : result;
  }

  /**
   * Sends one message; sendmsg(2). Raises no SIGPIPE: whoever sends on another's behalf does that.
   *
   * @param message not looked at
   * @param flags {@code MSG_*}
   * @return how much was sent, a negative errno, or {@link #WAIT}: from a blocking socket without
   *     {@code MSG_DONTWAIT}
   */
  public long send(OutgoingMessage message, int flags) throws KernelException {
    long result;
    try {
      result =
          Kernel.call(
              Nr.SENDMSG,
              fd.number(),
              message.header().address(),
              flags | Constants.MSG_DONTWAIT | Constants.MSG_NOSIGNAL);
    } finally {
      Reference.reachabilityFence(message); // Its memory goes with it.
    }
    boolean waits =
        result == -Errno.EAGAIN && (flags & Constants.MSG_DONTWAIT) == 0 && isBlocking();
    return waits ? WAIT : result;
  }

  /**
   * Gives it an address; bind(2).
   *
   * @param address a {@code struct sockaddr}, not looked at
   * @return 0 or a negative errno
   */
  public long bind(byte[] address) {
    MemorySegment scratch = Kernel.scratch();
    MemorySegment.copy(MemorySegment.ofArray(address), 0, scratch, 0, address.length);
    return Kernel.call(Nr.BIND, fd.number(), scratch.address(), address.length);
  }

  /**
   * A message and who has sent it.
   *
   * @param bytes its content
   * @param from the sender's {@code struct sockaddr}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Received(byte[] bytes, byte[] from) {}

  /**
   * Takes what has arrived, without waiting; recvfrom(2).
   *
   * @param buffer where it is put, of native memory
   * @return empty if nothing has
   * @throws KernelException for anything else, such as ECONNREFUSED of an earlier message
   */
  public Optional<Received> receive(MemorySegment buffer) throws KernelException {
    MemorySegment scratch = Kernel.scratch();
    scratch.set(ValueLayout.JAVA_INT, 0, SocketAddress.MAXIMUM);
    long length =
        Kernel.call(
            Nr.RECVFROM,
            fd.number(),
            buffer.address(),
            buffer.byteSize(),
            Constants.MSG_DONTWAIT,
            scratch.address() + 16,
            scratch.address());
    if (length == -Errno.EAGAIN) {
      return Optional.empty();
    }
    Kernel.check(length, "recvfrom", "");
    byte[] bytes = new byte[(int) length];
    MemorySegment.copy(buffer, 0, MemorySegment.ofArray(bytes), 0, length);
    byte[] from =
        new byte[Math.clamp(scratch.get(ValueLayout.JAVA_INT, 0), 0, SocketAddress.MAXIMUM)];
    MemorySegment.copy(scratch, 16, MemorySegment.ofArray(from), 0, from.length);
    return Optional.of(new Received(bytes, from));
  }

  /**
   * Takes a connection that waits, close-on-exec and non-blocking; accept4(2).
   *
   * @return empty if none does
   */
  public Optional<Socket> accept() throws KernelException {
    long made =
        Kernel.call(Nr.ACCEPT4, fd.number(), 0, 0, Constants.SOCK_CLOEXEC | Paths.O_NONBLOCK);
    if (made == -Errno.EAGAIN || made == -Errno.ECONNABORTED || made == -Errno.EINTR) {
      return Optional.empty();
    }
    return Optional.of(adopt(Fd.owned((int) Kernel.check(made, "accept", ""))));
  }

  /** Lets others connect to it; listen(2). Returns 0 or a negative errno. */
  public long listen(int backlog) {
    return Kernel.call(Nr.LISTEN, fd.number(), backlog);
  }

  @Override
  public void close() {
    fd.close();
  }
}
