package dev.paddock.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * A Landlock ruleset: what is refused, and where it is allowed all the same. It takes effect when a
 * thread restricts itself with it, also one of another process that was given the descriptor.
 */
public final class LandlockRuleset implements AutoCloseable {
  private static final int RULE_PATH_BENEATH = 1;
  private static final int RULE_NET_PORT = 2;

  private final Fd fd;
  private final Set<LandlockFileRight> files;
  private final Set<LandlockNetworkRight> network;

  private LandlockRuleset(Fd fd, Set<LandlockFileRight> files, Set<LandlockNetworkRight> network) {
    this.fd = fd;
    this.files = files;
    this.network = network;
  }

  /**
   * Creates a ruleset; see landlock_create_ruleset(2).
   *
   * <pre>
   * struct landlock_ruleset_attr
   *  0  u64  handled_access_fs
   *  8  u64  handled_access_net   from ABI 4 on
   * 16  u64  scoped               from ABI 6 on
   * </pre>
   *
   * @param host what the kernel can do
   * @param files the file rights that are refused where no rule allows them
   * @param network the network rights that are refused where no rule allows them
   * @param scopes what stays inside the domain
   * @throws IllegalArgumentException if the host lacks one of them, or none is given: whether a
   *     protection may be missing is not decided here
   * @throws KernelException if the kernel refuses
   */
  public static LandlockRuleset create(
      Landlock host,
      Set<LandlockFileRight> files,
      Set<LandlockNetworkRight> network,
      Set<LandlockScope> scopes)
      throws KernelException {
    if (!host.fileRights().containsAll(files)
        || !host.networkRights().containsAll(network)
        || !host.scopes().containsAll(scopes)) {
      throw new IllegalArgumentException(
          "Landlock ABI " + host.abi() + " does not have all of " + files + network + scopes);
    }
    if (files.isEmpty() && network.isEmpty() && scopes.isEmpty()) {
      throw new IllegalArgumentException("a ruleset that refuses nothing");
    }
    long scoped = 0;
    for (LandlockScope scope : scopes) {
      scoped |= scope.bit();
    }
    MemorySegment attributes = Kernel.scratch();
    attributes.set(ValueLayout.JAVA_LONG, 0, fileBits(files));
    attributes.set(ValueLayout.JAVA_LONG, 8, networkBits(network));
    attributes.set(ValueLayout.JAVA_LONG, 16, scoped);
    int size = host.abi() >= 6 ? 24 : host.abi() >= 4 ? 16 : 8;
    long number =
        Kernel.check(
            Kernel.call(Nr.LANDLOCK_CREATE_RULESET, attributes.address(), size, 0),
            "landlock_create_ruleset",
            "");
    return new LandlockRuleset(Fd.owned((int) number), copy(files), copy(network));
  }

  /**
   * Allows rights at a file, or at a directory and everything below it; see landlock_add_rule(2).
   * Rights that the ruleset does not handle are not refused anyway and are left out, as are those
   * that mean nothing for a file.
   *
   * <pre>
   * struct landlock_path_beneath_attr, packed
   *  0  u64  allowed_access
   *  8  s32  parent_fd
   * </pre>
   *
   * @param parent the file or directory, {@code O_PATH} is enough
   * @param directory whether it is a directory
   * @param rights what is allowed
   * @return whether a rule was needed: with no right left to allow there is none
   * @throws KernelException if the kernel refuses, with EBADFD for a file of a pseudo file system
   *     such as a pipe
   */
  public boolean allowPath(Fd parent, boolean directory, Set<LandlockFileRight> rights)
      throws KernelException {
    long bits = 0;
    for (LandlockFileRight right : rights) {
      if (files.contains(right) && (directory || !right.directoryOnly())) {
        bits |= right.bit();
      }
    }
    if (bits == 0) {
      return false;
    }
    MemorySegment attributes = Kernel.scratch();
    attributes.set(ValueLayout.JAVA_LONG, 0, bits);
    attributes.set(ValueLayout.JAVA_INT, 8, parent.number());
    add(RULE_PATH_BENEATH, attributes, "a path");
    return true;
  }

  /**
   * Allows rights at a port; see landlock_add_rule(2). Port 0 of {@link
   * LandlockNetworkRight#BIND_TCP} means that the kernel may choose one.
   *
   * <pre>
   * struct landlock_net_port_attr
   *  0  u64  allowed_access
   *  8  u64  port, in host byte order
   * </pre>
   *
   * @param port 0 to 65535
   * @param rights what is allowed; those that the ruleset does not handle are left out
   * @return whether a rule was needed: with no right left to allow there is none
   * @throws KernelException if the kernel refuses
   */
  public boolean allowPort(int port, Set<LandlockNetworkRight> rights) throws KernelException {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port);
    }
    long bits = 0;
    for (LandlockNetworkRight right : rights) {
      if (network.contains(right)) {
        bits |= right.bit();
      }
    }
    if (bits == 0) {
      return false;
    }
    MemorySegment attributes = Kernel.scratch();
    attributes.set(ValueLayout.JAVA_LONG, 0, bits);
    attributes.set(ValueLayout.JAVA_LONG, 8, port);
    add(RULE_NET_PORT, attributes, "port " + port);
    return true;
  }

  /** The file rights that are refused where no rule allows them. */
  public Set<LandlockFileRight> files() {
    return copy(files);
  }

  /** The network rights that are refused where no rule allows them. */
  public Set<LandlockNetworkRight> network() {
    return copy(network);
  }

  /** The ruleset's descriptor, which this object closes. */
  public Fd fd() {
    return fd;
  }

  /**
   * Restricts the calling thread, for ever, and what it starts from now on; see
   * landlock_restrict_self(2). The thread also loses the way to gain privileges by execve(2).
   *
   * @throws KernelException if the kernel refuses, with E2BIG beyond 16 nested domains
   */
  public void restrictSelf() throws KernelException {
    Kernel.check(
        Kernel.call(Nr.PRCTL, Constants.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "prctl(PR_SET_NO_NEW_PRIVS)",
        "");
    Kernel.check(
        Kernel.call(Nr.LANDLOCK_RESTRICT_SELF, fd.number(), 0), "landlock_restrict_self", "");
  }

  /** Closes the descriptor. Threads that have restricted themselves stay so. */
  @Override
  public void close() {
    fd.close();
  }

  private void add(int type, MemorySegment attributes, String object) throws KernelException {
    Kernel.check(
        Kernel.call(Nr.LANDLOCK_ADD_RULE, fd.number(), type, attributes.address(), 0),
        "landlock_add_rule",
        object);
  }

  private static long fileBits(Set<LandlockFileRight> rights) {
    long bits = 0;
    for (LandlockFileRight right : rights) {
      bits |= right.bit();
    }
    return bits;
  }

  private static long networkBits(Set<LandlockNetworkRight> rights) {
    long bits = 0;
    for (LandlockNetworkRight right : rights) {
      bits |= right.bit();
    }
    return bits;
  }

  private static <E extends Enum<E>> Set<E> copy(Set<E> rights) {
    return rights.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(rights));
  }
}
