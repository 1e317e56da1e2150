package dev.paddock.policy;

import org.jspecify.annotations.Nullable;

/** Every key that a policy can have: the one table that reader, builder and printer share. */
public enum Key {
  /** A name for people. */
  NAME("name", Kind.STRING),
  /** One line for people. */
  DESCRIPTION("description", Kind.STRING),
  /** What this policy builds on: a built-in or a path. */
  EXTENDS("extends", Kind.STRING),
  /** Paths that may be read, listed and executed. */
  FILES_READ("files.read", Kind.STRINGS),
  /** Paths that may also be changed. */
  FILES_WRITE("files.write", Kind.STRINGS),
  /** Paths that may not be touched. */
  FILES_DENY("files.deny", Kind.STRINGS),
  /** Paths inside write grants that may be read and not changed. */
  FILES_READ_ONLY("files.read-only", Kind.STRINGS),
  /** Trees that are seen as they are and changed in a layer of the workspace. */
  FILES_PRIVATE("files.private", Kind.STRINGS),
  /** How changes are made. */
  FILES_MODE("files.mode", Kind.STRING),
  /** Endpoints that may be reached. */
  NETWORK_ALLOW("network.allow", Kind.STRINGS),
  /** Endpoints that may not. */
  NETWORK_DENY("network.deny", Kind.STRINGS),
  /** Ports that may be bound. */
  NETWORK_BIND("network.bind", Kind.STRINGS),
  /** Ports that may not. */
  NETWORK_DENY_BIND("network.deny-bind", Kind.STRINGS),
  /** Ports that may be bound, to be found from this machine alone. */
  NETWORK_PUBLISH("network.publish", Kind.STRINGS),
  /** Whether a port that is taken is bound as another one. */
  NETWORK_PORT_REMAP("network.port-remap", Kind.BOOLEAN),
  /** What names are answered by. */
  NETWORK_NAMES("network.names", Kind.STRING),
  /** Pathname sockets that may be connected to. */
  NETWORK_UNIX("network.unix", Kind.STRINGS),
  /** Endpoints that are named together. */
  GROUPS("groups", Kind.GROUPS),
  /** Programs that may not be executed. */
  EXEC_DENY("exec.deny", Kind.STRINGS),
  /** Whether a file without a name may be executed. */
  EXEC_NAMELESS("exec.nameless", Kind.STRING),
  /** Ordered rules for programs and arguments; only in files. */
  EXEC_RULES("exec.rules", Kind.RULES),
  /** Signals that may not be sent. */
  SIGNALS_DENY("signals.deny", Kind.STRINGS),
  /** Memory of the tree. */
  LIMITS_MEMORY("limits.memory", Kind.STRING),
  /** Processes of the tree. */
  LIMITS_PROCESSES("limits.processes", Kind.INTEGER),
  /** Open files of each process. */
  LIMITS_OPEN_FILES("limits.open-files", Kind.INTEGER),
  /** Processor share of the tree, such as 150%. */
  LIMITS_CPU("limits.cpu", Kind.STRING),
  /** Processors that the tree may use, such as 0,2-3. */
  LIMITS_CPU_CORES("limits.cpu-cores", Kind.STRING),
  /** Length of the run. */
  LIMITS_TIME("limits.time", Kind.STRING),
  /** Whether core files may be written. */
  LIMITS_CORE_DUMPS("limits.core-dumps", Kind.BOOLEAN),
  /** Variables that are passed. */
  ENVIRONMENT_PASS("environment.pass", Kind.STRINGS),
  /** Where the environment starts from: safe, all or clean. */
  ENVIRONMENT_INHERIT("environment.inherit", Kind.STRING),
  /** Variables that are set. */
  ENVIRONMENT_SET("environment.set", Kind.MAP),
  /** System calls that are let through. */
  SYSCALLS_ALLOW("syscalls.allow", Kind.STRINGS),
  /** System calls that are refused. */
  SYSCALLS_DENY("syscalls.deny", Kind.STRINGS),
  /** Protections that the host may lack. */
  PROTECTIONS_DEGRADE("protections.degrade", Kind.STRINGS),
  /** What an alert does. */
  PROTECTIONS_ALERTS("protections.alerts", Kind.STRING),
  /** Whether running processes may be taken over without a session. */
  ATTACH_SESSIONLESS("attach.sessionless", Kind.BOOLEAN),
  /** Whether the target gets a view, where the host gives one. */
  VIEW_MODE("view.mode", Kind.STRING),
  /** The directory that is the target's root. */
  VIEW_ROOT("view.root", Kind.STRING),
  /** What of the host is seen at another place. */
  VIEW_MOUNTS("view.mounts", Kind.STRINGS),
  /** Trees that are seen as they are and changed in a layer, where there is a view. */
  VIEW_PRIVATE("view.private", Kind.STRINGS),
  /** Paths inside write grants that a view hides, where there is one. */
  VIEW_HIDDEN("view.hidden", Kind.STRINGS),
  /** Paths inside write grants that a view keeps from being changed, where there is one. */
  VIEW_READ_ONLY("view.read-only", Kind.STRINGS),
  /** Whose files the target sees: what is granted and nothing else, or the host's. */
  VIEW_FILES("view.files", Kind.STRING),
  /** Whose /tmp and /dev/shm it sees. */
  VIEW_TEMPORARY("view.temporary", Kind.STRING),
  /** Whose home directory it sees. */
  VIEW_HOME("view.home", Kind.STRING),
  /** Whose pseudo-terminals it sees. */
  VIEW_TERMINALS("view.terminals", Kind.STRING),
  /** Whose processes it sees. */
  VIEW_PROCESSES("view.processes", Kind.STRING),
  /** Whose System V IPC and POSIX message queues it sees. */
  VIEW_IPC("view.ipc", Kind.STRING),
  /** Whose loopback the target sees. */
  VIEW_LOOPBACK("view.loopback", Kind.STRING);

  /** What a key's value looks like. */
  enum Kind {
    STRING("a string"),
    STRINGS("a list of strings"),
    INTEGER("a whole number"),
    BOOLEAN("true or false"),
    MAP("a table of strings"),
    GROUPS("a table of lists of strings"),
    RULES("a list of tables, written [[exec.rules]]");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }
  }

  private static final Key[] ALL = values();

  private final String path;
  private final Kind kind;

  Key(String path, Kind kind) {
    this.path = path;
    this.kind = kind;
  }

  /** The key as it is written, such as {@code files.read}. */
  public String path() {
    return path;
  }

  Kind kind() {
    return kind;
  }

  /** The key of a dotted path, or null. */
  static @Nullable Key of(String path) {
    for (Key key : ALL) {
      if (key.path.equals(path)) {
        return key;
      }
    }
    return null;
  }
}
