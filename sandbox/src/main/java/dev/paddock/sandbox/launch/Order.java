package dev.paddock.sandbox.launch;

import dev.paddock.linux.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What init is told to do: {@code struct pk_order} of {@code native/protocol.h} with its sections,
 * and the descriptors that go with it.
 *
 * @param path the executable, as execve(2) gets it
 * @param argv the arguments
 * @param environment the environment
 * @param directory the working directory
 * @param umask 0 to 0777
 * @param ignoredSignals bit n-1 for signal n, which the target begins with ignoring
 * @param ruleset the Landlock ruleset of the target
 * @param filter BPF instructions, 8 bytes each; empty for no filter
 * @param rlimits limits to set
 * @param descriptors what the target gets, under which number
 * @param place where in the caller's session the target is, if it is
 * @param terminal the caller's controlling terminal, if it is to be handed over
 * @param timeoutMillis from the execve on; 0 for none
 * @param graceMillis between TERM and KILL after the timeout
 * @param requireScopes whether to refuse a kernel without Landlock scopes
 * @param view what the target has instead of the host's own
 * @param listener whether the filter notifies
 * @param waits whether the target waits for {@code GO}, as it must if the filter notifies
 * @param shell whether {@code /bin/sh} gets what the kernel does not execute, as its script
 * @param cores the processors to start init on; null for those of this process
 */
@SuppressWarnings("ArrayRecordComponent") // encoded at once, never compared
record Order(
    byte[] path,
    List<byte[]> argv,
    List<byte[]> environment,
    Fd directory,
    int umask,
    long ignoredSignals,
    Fd ruleset,
    byte[] filter,
    List<Rlimit> rlimits,
    List<Mapped> descriptors,
    Place place,
    @Nullable Fd terminal,
    long timeoutMillis,
    long graceMillis,
    boolean requireScopes,
    View view,
    boolean listener,
    boolean waits,
    boolean shell,
    @Nullable BitSet cores) {

  /** Which session and process group the target is in. */
  enum Place {
    /** Both are its own. */
    OWN_SESSION,
    /** A job of its own in the caller's session. */
    OWN_JOB,
    /** The caller's session and process group. Only scopes keep its signals from the others. */
    CALLERS_JOB
  }

  /**
   * One resource limit; see getrlimit(2).
   *
   * @param resource {@code RLIMIT_*}
   * @param soft unsigned
   * @param hard unsigned
   */
  record Rlimit(int resource, long soft, long hard) {}

  /**
   * One descriptor of the target.
   *
   * @param number its number in the target
   * @param source ours
   */
  record Mapped(int number, Fd source) {}

  private static final int MAGIC = 0x444f4450;
  private static final int HEADER = 168;
  private static final int NEW_SESSION = 1;
  private static final int JOB_CONTROL = 1 << 1;
  private static final int TERMINAL = 1 << 2;
  private static final int LANDLOCK = 1 << 3;
  private static final int LISTENER = 1 << 4;
  private static final int WAIT_FOR_GO = 1 << 5;
  private static final int DROP_CAPABILITIES = 1 << 6;
  private static final int REQUIRE_SCOPES = 1 << 7;
  private static final int SHELL = 1 << 8;
  private static final int SHARED_GROUP = 1 << 9;
  private static final int OWN_LOOPBACK = 1 << 10;
  private static final int OWN_PROCESSES = 1 << 11;
  private static final int OWN_IPC = 1 << 12;
  private static final int RESOLVER = 1 << 13;
  private static final int MOUNT = 24;

  /** How long init may take from the order until the target runs. */
  private static final int HANDSHAKE_MILLIS = 10_000;

  /** The content of the order's memory file. */
  byte[] encode() {
    List<byte[]> paths = paths();
    List<byte[]> root = view.mounts().isEmpty() ? List.of() : List.of(view.directory().toBytes());
    int size =
        HEADER
            + size(argv)
            + size(environment)
            + path.length
            + 1
            + filter.length
            + 24 * rlimits.size()
            + MOUNT * view.mounts().size()
            + 4 * descriptors.size()
            + size(paths)
            + size(root)
            + 16; // alignment of two sections
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(HEADER);
    align(buffer);
    int filterAt = buffer.position();
    buffer.put(filter);
    int rlimitsAt = buffer.position();
    for (Rlimit limit : rlimits) {
      buffer.putInt(limit.resource()).putInt(0).putLong(limit.soft()).putLong(limit.hard());
    }
    int mountsAt = buffer.position();
    int string = 0;
    for (Mount mount : view.mounts()) {
      int place = string + mount.source().length() + 1;
      buffer.putInt(mount.kind().number()).putInt(mount.bits()).putInt(string).putInt(place);
      buffer.putLong(mount.rights());
      string = place + mount.place().length() + 1;
    }
    int descriptorsAt = buffer.position();
    for (Mapped mapped : descriptors) {
      buffer.putInt(mapped.number());
    }
    int argvAt = buffer.position();
    put(buffer, argv);
    int environmentAt = buffer.position();
    put(buffer, environment);
    int pathAt = buffer.position();
    buffer.put(path).put((byte) 0);
    int pathsAt = buffer.position();
    put(buffer, paths);
    int directoryAt = buffer.position();
    put(buffer, root);
    int end = buffer.position();

    buffer.position(0);
    buffer.putInt(MAGIC).putShort((short) Message.VERSION).putShort((short) HEADER);
    buffer.putInt(end).putInt(flags());
    buffer.putLong(0); // keep no capability
    buffer.putLong(timeoutMillis).putLong(graceMillis).putInt(HANDSHAKE_MILLIS).putInt(umask);
    section(buffer, argvAt, environmentAt - argvAt, argv.size());
    section(buffer, environmentAt, pathAt - environmentAt, environment.size());
    section(buffer, pathAt, pathsAt - pathAt, 1);
    section(buffer, filterAt, rlimitsAt - filterAt, filter.length / 8);
    section(buffer, rlimitsAt, mountsAt - rlimitsAt, rlimits.size());
    section(buffer, descriptorsAt, argvAt - descriptorsAt, descriptors.size());
    buffer.putLong(ignoredSignals);
    section(buffer, mountsAt, descriptorsAt - mountsAt, view.mounts().size());
    section(buffer, pathsAt, directoryAt - pathsAt, paths.size());
    section(buffer, directoryAt, end - directoryAt, root.size());
    buffer.putInt(0);
    byte[] encoded = new byte[end];
    buffer.get(0, encoded);
    return encoded;
  }

  /** Source and place of each mount, in that sequence. */
  private List<byte[]> paths() {
    List<byte[]> paths = new ArrayList<>(2 * view.mounts().size());
    for (Mount mount : view.mounts()) {
      paths.add(mount.source().toBytes());
      paths.add(mount.place().toBytes());
    }
    return paths;
  }

  /** The descriptors that go with the order, in the sequence of the protocol. */
  List<Fd> attached(Fd memory) {
    List<Fd> attached = new ArrayList<>();
    attached.add(memory);
    attached.add(directory);
    attached.add(ruleset);
    if (terminal != null) {
      attached.add(terminal);
    }
    for (Mapped mapped : descriptors) {
      attached.add(mapped.source());
    }
    return attached;
  }

  private int flags() {
    int group =
        switch (place) {
          case OWN_SESSION -> NEW_SESSION;
          case OWN_JOB -> JOB_CONTROL;
          case CALLERS_JOB -> SHARED_GROUP;
        };
    return group
        | (terminal != null ? TERMINAL : 0)
        | LANDLOCK
        | DROP_CAPABILITIES
        | (requireScopes ? REQUIRE_SCOPES : 0)
        | (view.network() == View.Network.HOST ? 0 : OWN_LOOPBACK)
        | (view.network() == View.Network.OWN_WITH_NAMES ? RESOLVER : 0)
        | (view.processes() ? OWN_PROCESSES : 0)
        | (view.ipc() ? OWN_IPC : 0)
        | (listener ? LISTENER : 0)
        | (waits ? WAIT_FOR_GO : 0)
        | (shell ? SHELL : 0);
  }

  private static void section(ByteBuffer buffer, int offset, int size, int count) {
    if (count == 0) {
      buffer.putInt(0).putInt(0).putInt(0);
    } else {
      buffer.putInt(offset).putInt(size).putInt(count);
    }
  }

  private static void align(ByteBuffer buffer) {
    buffer.position((buffer.position() + 7) & ~7);
  }

  private static int size(List<byte[]> strings) {
    int size = 0;
    for (byte[] string : strings) {
      size = Math.addExact(size, string.length + 1);
    }
    return size;
  }

  private static void put(ByteBuffer buffer, List<byte[]> strings) {
    for (byte[] string : strings) {
      buffer.put(string).put((byte) 0);
    }
  }
}
