package dev.paddock.attacks;

import static dev.paddock.attacks.Attack.Mechanism.BPF;
import static dev.paddock.attacks.Attack.Mechanism.CAPABILITIES;
import static dev.paddock.attacks.Attack.Mechanism.EXEC_GUARD;
import static dev.paddock.attacks.Attack.Mechanism.LANDLOCK;
import static dev.paddock.attacks.Attack.Mechanism.LAUNCH;
import static dev.paddock.attacks.Attack.Mechanism.NOTHING;
import static dev.paddock.attacks.Attack.Mechanism.NO_NEW_PRIVILEGES;
import static dev.paddock.attacks.Attack.Mechanism.PROCESS_LIMIT;
import static dev.paddock.attacks.Attack.Mechanism.SUPERVISOR;
import static dev.paddock.attacks.Attack.Mechanism.VIEW;

import dev.paddock.attacks.Attack.Mechanism;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every attack, with what it must come to. A refusal for another reason than the expected one is no
 * refusal: it would go away together with its accidental cause.
 */
final class Table {
  /** Calls that only a privileged process may make, wherever it runs. */
  private static final String PRIVILEGED = "the kernel refuses it to an ordinary user anyway";

  private static final String NOT_BUILT = "this kernel was built without it";

  private final List<Attack> attacks = new ArrayList<>();

  private Table() {}

  static List<Attack> attacks() {
    Table table = new Table();
    table.abi();
    table.processes();
    table.privileges();
    table.signals();
    table.machine();
    table.files();
    table.network();
    table.terminalAndObjects();
    table.sameUser();
    table.races();
    table.tracedRaces();
    table.strings();
    table.listeners();
    table.neighbours();
    table.crowds();
    table.code();
    table.views();
    Set<String> seen = new HashSet<>();
    for (Attack attack : table.attacks) {
      if (!seen.add(attack.id())) {
        throw new IllegalStateException("two attacks are called " + attack.id());
      }
    }
    return List.copyOf(table.attacks);
  }

  private void abi() {
    String door = "13-foreign-abi";
    String noEntry = "this kernel has no 32-bit entry";
    String noX32 = "this kernel has no x32";
    attack(13, door, "int80-getpid").unless("SIGSEGV", noEntry).refused("SIGSYS", BPF);
    attack(13, door, "int80-socket").unless("SIGSEGV", noEntry).refused("SIGSYS", BPF);
    attack(13, door, "x32-getpid").unless("ENOSYS", noX32).refused("ENOSYS", BPF);
    attack(13, door, "x32-socket").unless("ENOSYS", noX32).refused("ENOSYS", BPF);
    attack(13, door, "beyond").unless("ENOSYS", "no kernel has such a call").refused("ENOSYS", BPF);
    // -1 is what a tracer writes to have a call left out: the kernel answers before any filter.
    attack(13, door, "minus-one")
        .unless("ENOSYS", "no kernel has such a call")
        .refused("ENOSYS", BPF);
    attack(13, door, "high-half").refused("EPERM", BPF);

    String upper = "14-upper-bits";
    attack(14, upper, "socket-domain").refused("EPERM", BPF);
    attack(14, upper, "socket-type").rootOnly(PRIVILEGED).refused("EPERM", BPF);
    attack(14, upper, "socketpair-type").refused("EPERM", BPF);
    attack(14, upper, "clone-flags").refused("EPERM", BPF);
    attack(14, upper, "dumpable").refused("unchanged", BPF);
    attack(14, upper, "prlimit-pid", "{pid}").touches("nofile").refused("EPERM", BPF);
    attack(14, upper, "setpriority-pid", "{pid}").touches("nice").refused("EPERM", BPF);
    attack(14, upper, "affinity-pid", "{pid}").touches("affinity").refused("EPERM", BPF);

    String ring = "15-io-uring";
    attack(15, ring, "setup").unless("EPERM", "io_uring is switched off").refused("ENOSYS", BPF);
    attack(15, ring, "open", "{canary}")
        .unless("EPERM", "io_uring is switched off")
        .touches("outside/canary")
        .refused("ENOSYS", BPF);
    attack(15, ring, "enter")
        .in(Setting.RING)
        .unless("EPERM", "io_uring is switched off")
        .refused("ENOSYS", BPF);
    attack(15, ring, "register")
        .in(Setting.RING)
        .unless("EPERM", "io_uring is switched off")
        .refused("ENOSYS", BPF);

    String young = "16-new-calls";
    attack(16, young, "setxattrat", "{canary}").touches("outside/canary").refused("ENOSYS", BPF);
    attack(16, young, "removexattrat", "{canary}").refused("ENOSYS", BPF);
    attack(16, young, "file_setattr", "{canary}").touches("outside/canary").refused("ENOSYS", BPF);
    for (String way : List.of("open_tree", "open_tree_attr")) {
      attack(16, young, way).refused("EPERM", BPF);
    }
    for (String way :
        List.of("open_tree_clone", "mount_setattr", "fsopen", "fspick", "fsmount", "move_mount")) {
      attack(16, young, way).rootOnly(PRIVILEGED).refused("EPERM", BPF);
    }
    attack(16, young, "fsconfig").refused("EPERM", BPF);
    attack(16, young, "statmount").refused("ENOSYS", BPF);
    attack(16, young, "listmount").refused("ENOSYS", BPF);
  }

  private void processes() {
    String reach = "17-other-process";
    for (String way : List.of("seize", "attach", "readv", "writev", "getfd", "kcmp")) {
      attack(17, reach, way, "{pid}").refused("EPERM", BPF);
    }
    attack(17, reach, "madvise", "{pid}").rootOnly(PRIVILEGED).refused("EPERM", BPF);
    for (String way : List.of("memory-read", "memory-write", "environ")) {
      attack(17, reach, way, "{pid}").refused("EACCES", LANDLOCK);
    }
    attack(17, reach, "maps", "{pid}").refused("EACCES", LANDLOCK);
    attack(17, reach, "fd-open", "{pid}", "fd/{canary-file}").refused("EACCES", LANDLOCK);
    for (String way : List.of("seize", "readv", "getfd")) {
      attack(17, reach, way, "{supervisor}").named("supervisor").refused("EPERM", BPF);
    }
    for (String way : List.of("memory-read", "environ")) {
      attack(17, reach, way, "{supervisor}").named("supervisor").refused("EACCES", LANDLOCK);
    }
    for (String way : List.of("seize", "readv", "writev", "getfd", "madvise")) {
      attack(17, reach, way, "0")
          .named("init")
          .neverBare("bare, the parent is the test itself, and the supervisor's rows show that")
          .refused("EPERM", BPF);
    }
    for (String way : List.of("memory-read", "memory-write", "environ")) {
      attack(17, reach, way, "0")
          .named("init")
          .neverBare("bare, the parent is the test itself, and the supervisor's rows show that")
          .refused("EACCES", LANDLOCK);
    }
    attack(18, "18-survivors", "clone-untraced", "0").refused("EPERM", BPF);
  }

  private void privileges() {
    String gain = "19-privileges";
    String rootsOwn = "only root has capabilities to lose";
    String rootLays = "only root can lay out such a file";
    attack(19, gain, "capabilities").rootOnly(rootsOwn).refused("none", CAPABILITIES);
    attack(19, gain, "bounding").rootFile(rootsOwn).refused("none", CAPABILITIES);
    attack(19, gain, "regain").rootOnly(rootsOwn).refused("unchanged", NO_NEW_PRIVILEGES);
    attack(19, gain, "become", "1").rootOnly(rootsOwn).refused("EPERM", CAPABILITIES);
    attack(19, gain, "override", "{sealed}").rootFile(rootLays).refused("EACCES", CAPABILITIES);
    attack(19, gain, "setuid-copy", "{setuid}")
        .rootFile(rootLays)
        .refused("unchanged", NO_NEW_PRIVILEGES);
    attack(19, gain, "setgid-copy", "{setgid}")
        .rootFile(rootLays)
        .refused("unchanged", NO_NEW_PRIVILEGES);
    // Nothing is left in the bounding set, so that execve cannot give what the file demands.
    attack(19, gain, "file-capabilities", "{capable}")
        .rootFile(rootLays)
        .refused("EPERM", CAPABILITIES);
    attack(19, gain, "setuid-system", "/usr/bin/su")
        .userOnly("root gains nothing from a setuid-root program")
        .refused("unchanged", NO_NEW_PRIVILEGES);

    String world = "20-namespaces";
    String noUserNamespaces = "user namespaces are switched off";
    attack(20, world, "unshare", "user")
        .named("user")
        .unless("EPERM", noUserNamespaces)
        .unless("ENOSPC", noUserNamespaces)
        .refused("EPERM", BPF);
    attack(20, world, "clone", "user")
        .named("user")
        .unless("EPERM", noUserNamespaces)
        .unless("ENOSPC", noUserNamespaces)
        .refused("EPERM", BPF);
    attack(20, world, "clone3", "user")
        .named("user")
        .unless("EPERM", noUserNamespaces)
        .unless("ENOSPC", noUserNamespaces)
        .refused("ENOSYS", BPF);
    attack(20, world, "clone3").named("plain").refused("ENOSYS", BPF);
    for (String kind : List.of("mnt", "net", "pid", "ipc", "uts", "cgroup", "time")) {
      attack(20, world, "unshare", kind)
          .named(kind)
          .rootOnly(PRIVILEGED)
          .unless("EINVAL", NOT_BUILT)
          .refused("EPERM", BPF);
    }
    for (String kind : List.of("mnt", "net", "pid", "ipc", "uts", "cgroup")) {
      attack(20, world, "clone", kind)
          .named(kind)
          .rootOnly(PRIVILEGED)
          .unless("EINVAL", NOT_BUILT)
          .refused("EPERM", BPF);
    }
    for (String kind : List.of("mnt", "net", "uts")) {
      attack(20, world, "setns", kind).named(kind).rootOnly(PRIVILEGED).refused("EPERM", BPF);
    }
    attack(20, world, "setns-pidfd", "{pid}").rootOnly(PRIVILEGED).refused("EPERM", BPF);
    attack(20, world, "user-then-mount").unless("EPERM", noUserNamespaces).refused("EPERM", BPF);
    for (String way : List.of("mount", "umount", "pivot_root")) {
      attack(20, world, way).rootOnly(PRIVILEGED).refused("EPERM", BPF);
    }
    // An ordinary user gets as far as the path, which is looked up before the capability.
    attack(20, world, "chroot").refused("EPERM", BPF);
  }

  private void signals() {
    String send = "21-signals";
    for (String way :
        List.of("kill", "group", "tkill", "tgkill", "sigqueue", "tgsigqueue", "pidfd")) {
      attack(21, send, way, "{pid}").touches("usr1").refused("EPERM", LANDLOCK);
    }
    attack(21, send, "pidfd-group", "{pid}")
        .unless("EINVAL", "this kernel's pidfd_send_signal has no scopes")
        .touches("usr1")
        .refused("EPERM", LANDLOCK);
    attack(21, send, "all", "1")
        .neverBare("it would reach every process of this machine")
        .refused(Outcome.NO_EFFECT, LANDLOCK);
    for (String way : List.of("owner", "owner-group", "owner-ex", "owner-ioctl")) {
      attack(21, send, way, "{pid}").touches("usr1").refused("EPERM", BPF);
    }
    attack(21, send, "timer", "{pid}")
        .unless("EINVAL", "this kernel lets a timer signal nobody else")
        .refused("EINVAL", BPF);
    attack(21, send, "lease", "{pid}").touches("usr1").refused("EPERM", BPF);
    attack(21, send, "directory", "{pid}")
        .unless("EINVAL", "folders are not watched here")
        .touches("usr1")
        .refused("EPERM", BPF);
    attack(21, send, "probe", "{supervisor}").named("supervisor").refused("EPERM", LANDLOCK);
    attack(21, send, "hurt", "0")
        .named("init")
        .neverBare("bare, the parent is the test itself")
        .refused("EPERM", LANDLOCK);
  }

  private void machine() {
    String call = "22-kernel-surface";
    for (String way :
        List.of("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module")) {
      attack(22, call, way).rootOnly(PRIVILEGED).unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    }
    attack(22, call, "bpf")
        .unless("EPERM", "the kernel refuses bpf to ordinary users")
        .refused("EPERM", BPF);
    attack(22, call, "perf_event_open")
        .unless("EACCES", "the kernel refuses perf events to ordinary users")
        .refused("EPERM", BPF);
    for (String way : List.of("keyctl", "add_key", "request_key")) {
      attack(22, call, way).unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    }
    attack(22, call, "fanotify_init").refused("EPERM", BPF);
    attack(22, call, "userfaultfd").refused("EPERM", BPF);
    attack(22, call, "quotactl").unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    attack(22, call, "quotactl_fd").unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    for (String way :
        List.of(
            "swapon",
            "swapoff",
            "reboot",
            "acct",
            "syslog",
            "syslog-read",
            "sethostname",
            "setdomainname",
            "settimeofday",
            "adjtimex")) {
      attack(22, call, way).rootOnly(PRIVILEGED).refused("EPERM", BPF);
    }
    attack(22, call, "clock_settime").refused("EPERM", BPF);
    attack(22, call, "iopl").rootOnly(PRIVILEGED).unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    attack(22, call, "ioperm")
        .rootOnly(PRIVILEGED)
        .unless("ENOSYS", NOT_BUILT)
        .refused("EPERM", BPF);
    attack(22, call, "modify_ldt").unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    attack(22, call, "personality").refused("EPERM", BPF);
    attack(22, call, "memfd_secret").unless("ENOSYS", NOT_BUILT).refused("ENOSYS", BPF);
    attack(22, call, "lsm_set_self_attr").unless("ENOSYS", NOT_BUILT).refused("ENOSYS", BPF);
    for (String file :
        List.of(
            "/proc/sysrq-trigger",
            "/proc/sys/kernel/core_pattern",
            "/proc/sys/kernel/modprobe",
            "/proc/sys/vm/drop_caches",
            "/dev/kmsg",
            "/dev/mem",
            "/dev/tty0",
            "/dev/loop-control",
            "/sys/kernel/uevent_helper")) {
      attack(22, call, "write", file)
          .named(file)
          .rootOnly(PRIVILEGED)
          .unlessMissing(file)
          .unless("ENXIO", NOT_BUILT)
          .unless("EPERM", "this kernel is locked down")
          .refused("EACCES", LANDLOCK);
    }
    for (String file : List.of("/dev/vda", "/dev/kmsg", "/proc/kcore", "/dev/fuse", "/dev/kvm")) {
      attack(22, call, "read", file)
          .named(file)
          .rootOnly(PRIVILEGED)
          .unlessMissing(file)
          .unless("EPERM", "this kernel is locked down")
          .refused("EACCES", LANDLOCK);
    }
    attack(23, "23-descriptors", "list").in(Setting.LEAKED_ROOT).refused("none", LAUNCH);
    attack(23, "23-descriptors", "climb", "{canary}")
        .in(Setting.LEAKED_ROOT)
        .touches("outside/canary")
        .refused("none", LAUNCH);
  }

  private void files() {
    String symlink = "24-symlinks";
    String canary = "outside/canary";
    attack(24, symlink, "last", "{scratch}", "{canary}")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(24, symlink, "middle", "{scratch}", "{outside}", "canary")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(24, symlink, "dangling", "{scratch}", "{outside}/new")
        .touches("outside/new")
        .refused("EACCES", LANDLOCK);
    attack(24, symlink, "swap", "{scratch}", "{canary}")
        .touches(canary)
        .refused("EACCES", LANDLOCK);

    String link = "25-links";
    attack(25, link, "link", "{canary}", "{scratch}/link")
        .touches(canary)
        .refused("EXDEV", LANDLOCK);
    attack(25, link, "link", "{file}", "{scratch}/link")
        .named("granted")
        .touches("granted/file")
        .refused("EXDEV", LANDLOCK);
    attack(25, link, "rename", "{canary}", "{scratch}/moved")
        .named("in")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(25, link, "rename", "{file}", "{scratch}/moved")
        .named("granted")
        .touches("granted/file")
        .refused("EACCES", LANDLOCK);
    attack(25, link, "replace", "{scratch}/own", "{canary}")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(25, link, "replace", "{scratch}/own", "{file}")
        .named("granted")
        .touches("granted/file")
        .refused("EACCES", LANDLOCK);
    attack(25, link, "exchange", "{scratch}/own", "{canary}")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(25, link, "tmpfile", "{scratch}", "{outside}/new")
        .touches("outside/new")
        .refused("EACCES", LANDLOCK);
    attack(25, link, "unlink", "{canary}").touches(canary).refused("EACCES", LANDLOCK);
    attack(25, link, "unlink", "{file}")
        .named("granted")
        .touches("granted/file")
        .refused("EACCES", LANDLOCK);
    attack(25, link, "rmdir", "{outside}/empty")
        .touches("outside/empty")
        .refused("EACCES", LANDLOCK);
    attack(25, link, "mkdir", "{outside}/new").touches("outside/new").refused("EACCES", LANDLOCK);
    attack(25, link, "mkdir", "{granted}/new")
        .named("granted")
        .touches("granted/new")
        .refused("EACCES", LANDLOCK);
    attack(25, link, "symlink", "{granted}/new").touches("granted/new").refused("EACCES", LANDLOCK);

    String magic = "26-magic-links";
    attack(26, magic, "write", "/proc/self/root", "{canary}")
        .named("self-root")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "write", "/proc/thread-self/root", "{canary}")
        .named("thread-root")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "read", "/proc/self/root", "{canary}")
        .named("self-root")
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "read", "/proc/thread-self/cwd/../../../../../../../..", "{canary}")
        .named("thread-cwd")
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "process", "{pid}", "root", "{canary}")
        .named("root")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "process", "{pid}", "cwd", "/../outside/canary")
        .named("cwd")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "process", "{pid}", "fd", "/{canary-file}")
        .named("fd")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "process", "{supervisor}", "root", "{canary}")
        .named("supervisor-root")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(26, magic, "parent", "root", "{canary}")
        .named("init-root")
        .touches(canary)
        .refused("EACCES", LANDLOCK);

    String path = "27-path-descriptors";
    attack(27, path, "reopen", "{canary}").touches(canary).refused("EACCES", LANDLOCK);
    attack(27, path, "reopen-dev-fd", "{canary}").touches(canary).refused("EACCES", LANDLOCK);
    attack(27, path, "reopen", "{file}")
        .named("granted")
        .touches("granted/file")
        .refused("EACCES", LANDLOCK);
    attack(27, path, "read", "{canary}").refused("EACCES", LANDLOCK);
    attack(27, path, "directory", "{outside}", "canary")
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(27, path, "chdir", "{outside}", "canary").touches(canary).refused("EACCES", LANDLOCK);
    attack(27, path, "execute", "{outside-program}").refused("EACCES", LANDLOCK);
    attack(27, path, "execute-path", "{outside-program}").refused("EACCES", LANDLOCK);
    attack(27, path, "execute-link", "{outside-program}").refused("EACCES", LANDLOCK);
    attack(27, path, "link", "{canary}", "{scratch}/link")
        .touches(canary)
        .refused("EXDEV", LANDLOCK);
    attack(27, path, "inherited", "0")
        .in(Setting.READ_ONLY_INPUT)
        .touches(canary)
        .refused("EACCES", LANDLOCK);
    attack(27, path, "truncate", "0")
        .in(Setting.READ_ONLY_INPUT)
        .touches(canary)
        .refused("EACCES", LANDLOCK);

    String handle = "28-file-handles";
    attack(28, handle, "open", "{canary}", "{granted}")
        .rootOnly(PRIVILEGED)
        .touches(canary)
        .refused("name_to_handle_at", "ENOSYS", BPF);
    attack(28, handle, "forged", "{granted}").rootOnly(PRIVILEGED).refused("EPERM", BPF);

    String make = "30-create-truncate";
    for (String way : List.of("creat", "open-create", "mknod-file", "fifo", "socket")) {
      attack(30, make, way, "{outside}/new").touches("outside/new").refused("EACCES", LANDLOCK);
      attack(30, make, way, "{granted}/new")
          .named("granted")
          .touches("granted/new")
          .refused("EACCES", LANDLOCK);
    }
    for (String way : List.of("write", "append", "openat2", "truncate", "open-truncate")) {
      attack(30, make, way, "{canary}").touches(canary).refused("EACCES", LANDLOCK);
      attack(30, make, way, "{file}")
          .named("granted")
          .touches("granted/file")
          .refused("EACCES", LANDLOCK);
    }
    attack(30, make, "creat", "{file}")
        .named("granted-existing")
        .touches("granted/file")
        .refused("EACCES", LANDLOCK);
    attack(30, make, "ftruncate", "{file}").touches("granted/file").refused("EACCES", LANDLOCK);
    attack(30, make, "fallocate", "{file}").touches("granted/file").refused("EACCES", LANDLOCK);
    attack(30, make, "bind", "{outside}/new")
        .touches("outside/new")
        .refused("bind", "EACCES", LANDLOCK);
    attack(30, make, "read", "{canary}").refused("EACCES", LANDLOCK);
    attack(30, make, "list", "{outside}").refused("EACCES", LANDLOCK);
    attack(30, make, "character", "{outside}/new")
        .rootOnly(PRIVILEGED)
        .touches("outside/new")
        .refused("EPERM", BPF);
    attack(30, make, "character", "{scratch}/new")
        .named("scratch")
        .rootOnly(PRIVILEGED)
        .refused("EPERM", BPF);
    attack(30, make, "block", "{scratch}/new").rootOnly(PRIVILEGED).refused("EPERM", BPF);
  }

  private void network() {
    String open = "33-sockets";
    socket("tcp", 2, 1, 0, false);
    socket("udp", 2, 2, 0, false);
    socket("mptcp", 2, 1, 262, false);
    socket("sctp", 2, 1, 132, false);
    socket("dccp", 2, 6, 33, false);
    socket("smc", 43, 1, 0, false);
    socket("ping", 2, 2, 1, true);
    socket("raw", 2, 3, 1, true);
    socket("raw6", 10, 3, 58, true);
    socket("packet", 17, 3, 768, true);
    socket("route", 16, 3, 0, false);
    socket("uevent", 16, 3, 15, false);
    socket("audit", 16, 3, 9, false);
    socket("vsock", 40, 1, 0, false);
    socket("alg", 38, 5, 0, false);
    socket("xdp", 44, 3, 0, true);
    socket("bluetooth", 31, 3, 1, false);
    socket("can", 29, 3, 1, false);
    socket("tipc", 30, 2, 0, false);
    socket("kcm", 41, 5, 0, false);
    socket("rds", 21, 5, 0, false);
    socket("key", 15, 3, 2, true);
    socket("nfc", 39, 3, 0, false);
    socket("qrtr", 42, 2, 0, false);
    // With one port granted there are TCP sockets; the way out must still be closed.
    String noFastOpen = "TCP fast open is switched off";
    attack(33, open, "tcp", "{tcp}")
        .in(Setting.ONE_PORT)
        .touches("tcp")
        .refused("connect", "EACCES", LANDLOCK);
    attack(33, open, "sendto", "{tcp}")
        .in(Setting.ONE_PORT)
        .unless("EOPNOTSUPP", noFastOpen)
        .touches("tcp")
        .refused("sendto(MSG_FASTOPEN)", "EPERM", BPF);
    attack(33, open, "sendmsg", "{tcp}")
        .in(Setting.ONE_PORT)
        .unless("EOPNOTSUPP", noFastOpen)
        .touches("tcp")
        .refused("sendmsg(MSG_FASTOPEN)", "EPERM", BPF);
    attack(33, open, "sendmmsg", "{tcp}")
        .in(Setting.ONE_PORT)
        .unless("EOPNOTSUPP", noFastOpen)
        .touches("tcp")
        .refused("sendmmsg(MSG_FASTOPEN)", "EPERM", BPF);
    attack(33, open, "option", "{tcp}")
        .in(Setting.ONE_PORT)
        .unless("EOPNOTSUPP", noFastOpen)
        .touches("tcp")
        .refused("setsockopt(TCP_FASTOPEN_CONNECT)", "EPERM", BPF);
    attack(33, open, "mptcp", "{tcp}")
        .in(Setting.ONE_PORT)
        .unless("EPROTONOSUPPORT", NOT_BUILT)
        .unless("ENOPROTOOPT", "MPTCP is switched off")
        .touches("tcp")
        .refused("socket(IPPROTO_MPTCP)", "EPERM", BPF);

    String address = "34-addresses";
    for (String way :
        List.of(
            "loopback4",
            "other4",
            "any4",
            "loopback6",
            "mapped",
            "any6",
            "scoped6",
            "unspec-then-connect")) {
      attack(34, address, way, "{tcp}")
          .in(Setting.ONE_PORT)
          .unless("EADDRNOTAVAIL", "this machine has no IPv6")
          .touches("tcp")
          .refused("connect", "EACCES", LANDLOCK);
    }
    for (String way : List.of("bind4", "bind6")) {
      attack(34, address, way, "0")
          .in(Setting.ONE_BINDING)
          .named("zero")
          .unless("EADDRNOTAVAIL", "this machine has no IPv6")
          .refused("bind", "EACCES", LANDLOCK);
    }
    attack(34, address, "bind-unspec", "0")
        .in(Setting.ONE_BINDING)
        .refused("bind(AF_UNSPEC)", "EACCES", LANDLOCK);

    String datagram = "35-udp";
    for (String way : List.of("sendto", "sendmsg", "sendmmsg", "connected", "six")) {
      attack(35, datagram, way, "{udp}").touches("udp").refused("EPERM", BPF);
      attack(35, datagram, way, "{udp}")
          .named("one-port")
          .in(Setting.ONE_PORT)
          .touches("udp")
          .refused("EPERM", BPF);
    }
    for (String way : List.of("sendto", "sendmsg", "sendmmsg", "connected", "six", "unspecified")) {
      attack(35, datagram, way, "{udp}")
          .named("one-address")
          .in(Setting.ONE_ADDRESS)
          .touches("udp")
          .refused("EACCES", SUPERVISOR);
    }
    for (String way : List.of("race-sendto", "race-sendmsg", "race-connect")) {
      attack(35, datagram, way, "{udp}")
          .in(Setting.ONE_ADDRESS)
          .touches("udp")
          .refused("EACCES", SUPERVISOR);
    }
    attack(34, address, "race", "{tcp}")
        .in(Setting.ONE_ADDRESS)
        .touches("tcp")
        .refused("connect", "EACCES", SUPERVISOR);
    attack(35, datagram, "udplite", "{udp}")
        .unless("EPROTONOSUPPORT", NOT_BUILT)
        .refused("EPERM", BPF);

    String out = "39-ways-out";
    attack(39, out, "reconnect", "{tcp}")
        .in(Setting.WAY_OUT)
        .touches("tcp")
        .refused("connect", "EACCES", SUPERVISOR);
    for (String way : List.of("send", "resend")) {
      attack(39, out, way, "{udp}")
          .in(Setting.WAY_OUT)
          .touches("udp")
          .refused("sendto", "EACCES", SUPERVISOR);
    }
    attack(39, out, "bind", "{tcp}").in(Setting.WAY_OUT).refused("bind", "EACCES", SUPERVISOR);
    attack(39, out, "listen").in(Setting.WAY_OUT).refused("listen", "EACCES", SUPERVISOR);
    for (String way : List.of("race-bind", "race-listen")) {
      attack(39, out, way, "{tcp}").in(Setting.WAY_OUT).refused(way, "EACCES", SUPERVISOR);
    }
    attack(39, out, "race-connect", "{tcp}")
        .in(Setting.WAY_OUT)
        .touches("tcp")
        .refused("race-connect", "EACCES", SUPERVISOR);

    String listen = "36-listen";
    attack(36, listen, "unbound").in(Setting.ONE_PORT).refused("listen", "EACCES", SUPERVISOR);
    attack(36, listen, "six").in(Setting.ONE_PORT).refused("listen", "EACCES", SUPERVISOR);
    attack(36, listen, "zero").in(Setting.ONE_BINDING).refused("bind", "EACCES", LANDLOCK);
    attack(36, listen, "reuse", "{tcp}")
        .in(Setting.ONE_BINDING)
        .refused("bind", "EACCES", LANDLOCK);

    String unix = "37-unix-sockets";
    attack(37, unix, "stream", "{stream}").touches("stream").refused("EACCES", SUPERVISOR);
    attack(37, unix, "abstract", "{abstract}")
        .touches("abstract")
        .refused("ECONNREFUSED", SUPERVISOR);
    attack(37, unix, "datagram", "{datagram}").touches("datagram").refused("EACCES", SUPERVISOR);
    attack(37, unix, "pair", "{datagram}")
        .touches("datagram")
        .refused("sendto", "EACCES", SUPERVISOR);
    attack(37, unix, "message", "{datagram}").touches("datagram").refused("EACCES", SUPERVISOR);
    attack(37, unix, "messages", "{datagram}", "{scratch}")
        .touches("datagram")
        .refused("EACCES", SUPERVISOR);
    attack(37, unix, "link", "{stream}", "{scratch}")
        .touches("stream")
        .refused("EACCES", SUPERVISOR);
    attack(37, unix, "descriptor", "{stream}").touches("stream").refused("EACCES", SUPERVISOR);
    for (String way : List.of("race-address", "race-link")) {
      attack(37, unix, way, "{stream}", "{scratch}")
          .touches("stream")
          .refused("EACCES", SUPERVISOR);
    }
    attack(37, unix, "race-message", "{datagram}", "{scratch}")
        .touches("datagram")
        .refused("sendto", "EACCES", SUPERVISOR);
    attack(37, unix, "raw-pair", "{datagram}")
        .touches("datagram")
        .refused("socketpair(SOCK_RAW)", "EPERM", BPF);
    attack(37, unix, "abstract-bind", "paddock-attack-{pid}").refused("EACCES", SUPERVISOR);
  }

  private void socket(String name, int family, int type, int protocol, boolean privileged) {
    String arguments = family + " " + type + " " + protocol;
    Row row = attack(33, "33-sockets", "open", arguments.split(" ")).as("33-socket-" + name);
    if (privileged) {
      row.rootOnly(PRIVILEGED);
    }
    row.unless("EAFNOSUPPORT", NOT_BUILT)
        .unless("EPROTONOSUPPORT", NOT_BUILT)
        .unless("ESOCKTNOSUPPORT", NOT_BUILT)
        .unless("ENOPROTOOPT", "it is switched off")
        .unless("EACCES", "this machine's settings refuse it to everybody")
        .refused("EPERM", BPF);
  }

  private void terminalAndObjects() {
    String terminal = "40-terminal";
    for (String way : List.of("sti", "sti-high")) {
      attack(40, terminal, way)
          .in(Setting.TERMINAL)
          .unless("EIO", "typing is switched off (dev.tty.legacy_tiocsti)")
          .refused("EPERM", BPF);
    }
    for (String way : List.of("linux", "linux-high", "setd", "setd-high")) {
      attack(40, terminal, way).in(Setting.TERMINAL).refused("EPERM", BPF);
    }

    String objects = "41-ipc";
    attack(41, objects, "shm", "{shm}").touches("shm").refused("ENOSYS", BPF);
    attack(41, objects, "shm-create").refused("ENOSYS", BPF);
    attack(41, objects, "shm-stat", "{shm}").refused("ENOSYS", BPF);
    attack(41, objects, "msg", "{msg}").touches("msg").refused("ENOSYS", BPF);
    attack(41, objects, "sem", "{sem}").touches("sem").refused("ENOSYS", BPF);
    attack(41, objects, "mq", "{queue}").touches("queue").refused("ENOSYS", BPF);
    attack(41, objects, "posix", "{posix}").touches("posix").refused("EACCES", LANDLOCK);
  }

  private void sameUser() {
    String act = "48-same-user";
    attack(48, act, "prlimit-cpu", "{pid}").touches("cpu").refused("EPERM", BPF);
    attack(48, act, "prlimit-nofile", "{pid}").touches("nofile").refused("EPERM", BPF);
    attack(48, act, "prlimit-core", "{pid}").touches("core").refused("EPERM", BPF);
    attack(48, act, "prlimit-read", "{pid}").refused("EPERM", BPF);
    attack(48, act, "affinity", "{pid}").touches("affinity").refused("EPERM", BPF);
    attack(48, act, "scheduler", "{pid}").touches("policy").refused("EPERM", BPF);
    attack(48, act, "attributes", "{pid}").touches("nice").refused("EPERM", BPF);
    attack(48, act, "parameters", "{pid}").refused("EPERM", BPF);
    attack(48, act, "priority", "{pid}").touches("nice").refused("EPERM", BPF);
    attack(48, act, "priority-group", "{pid}").touches("nice").refused("EPERM", BPF);
    attack(48, act, "ioprio", "{pid}").touches("ioprio").refused("EPERM", BPF);
    attack(48, act, "ioprio-group", "{pid}").touches("ioprio").refused("EPERM", BPF);
    for (String way : List.of("priority-user", "ioprio-user")) {
      attack(48, act, way, Integer.toString(User.id()))
          .neverBare("it would change every process of this user")
          .refused("EPERM", BPF);
    }
    attack(48, act, "migrate", "{pid}").unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    attack(48, act, "move", "{pid}").unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    attack(48, act, "robust-list", "{pid}").refused("EPERM", BPF);
    attack(48, act, "release", "{pid}").unless("ENOSYS", NOT_BUILT).refused("EPERM", BPF);
    attack(48, act, "slack", "{pid}").rootOnly(PRIVILEGED).refused("EACCES", LANDLOCK);
    attack(48, act, "clear-refs", "{pid}").unless("ENOENT", NOT_BUILT).refused("EACCES", LANDLOCK);
    attack(48, act, "core-filter", "{pid}").unless("ENOENT", NOT_BUILT).refused("EACCES", LANDLOCK);
    attack(48, act, "oom-score", "{pid}").touches("oom").refused("EACCES", LANDLOCK);
    attack(48, act, "autogroup", "{pid}").unless("ENOENT", NOT_BUILT).refused("EACCES", LANDLOCK);
  }

  private void races() {
    for (String way :
        List.of(
            "direct-args-thread",
            "direct-args-vm",
            "direct-args-shared",
            "direct-pointer-thread",
            "direct-pointer-vm",
            "direct-pointer-shared",
            "direct-path-thread",
            "direct-path-vm",
            "direct-path-shared",
            "direct-link-thread",
            "direct-link-shared",
            "direct-rival-none",
            "vfork-args-thread",
            "vfork-path-thread",
            "vfork-args-shared",
            "direct-args-thread-cont",
            "direct-args-thread-stop",
            "direct-args-thread-urg",
            "direct-args-thread-kill",
            "direct-path-vm-stop",
            "direct-path-shared-kill")) {
      race(1, way);
    }
    for (String way :
        List.of(
            "script-args-thread",
            "script-args-vm",
            "script-args-shared",
            "script-path-thread",
            "script-path-shared",
            "script-content-thread",
            "script-content-shared",
            "leader-args-thread",
            "leader-args-vm",
            "leader-args-shared",
            "leader-path-thread",
            "leader-path-shared",
            "leader-args-thread-stop",
            "execveat-args-thread",
            "execveat-path-shared",
            "empty-args-thread",
            "empty-args-shared",
            "empty-fd-thread",
            "memfd-args-thread",
            "memfd-args-shared",
            "procfd-args-thread",
            "procfd-fd-thread",
            "procfd-fd-thread-urg")) {
      race(2, way);
    }
  }

  /** The same where no listener can be had: the result is judged, so there is nothing to race. */
  private void tracedRaces() {
    for (String way :
        List.of(
            "direct-args-thread",
            "direct-path-vm",
            "direct-args-shared",
            "direct-rival-none",
            "vfork-args-thread",
            "direct-args-thread-kill",
            "script-args-thread",
            "leader-args-thread",
            "memfd-args-thread",
            "procfd-fd-thread")) {
      attack(1, "01-exec-race", way, "{races}", "{programs}", "{scratch}")
          .named("traced")
          .in(Setting.EXEC_TRACED)
          .refused("never", EXEC_GUARD);
    }
  }

  private void race(int row, String way) {
    attack(row, "01-exec-race", way, "{races}", "{programs}", "{scratch}")
        .in(Setting.EXEC_RULES)
        .refused("never", EXEC_GUARD);
  }

  private void strings() {
    for (String way :
        List.of(
            "page-end",
            "page-cross",
            "long",
            "slashes",
            "dots",
            "relative",
            "link",
            "chain",
            "proc-cwd",
            "proc-root",
            "proc-fd-dir",
            "thread-self",
            "not-text",
            "newline",
            "many",
            "behind-huge",
            "argc-0",
            "null-zero",
            "argument-page-end",
            "argv-page-end",
            "script-argument",
            "script-chain",
            "script-env",
            "script-relative",
            "script-long")) {
      attack(5, "05-strings", way, "{programs}", "{scratch}")
          .in(Setting.EXEC_RULES)
          .refused("execve", "EACCES", EXEC_GUARD);
    }
    attack(5, "05-strings", "hard-link", "{programs}", "{scratch}")
        .in(Setting.EXEC_RULES)
        .refused("execve", "EXDEV", LANDLOCK);
  }

  private void listeners() {
    String listener = "09-listener";
    attack(9, listener, "scan")
        .in(Setting.EXEC_RULES)
        .neverBare("bare there is no listener to be found")
        .refused("none", LAUNCH);
    attack(9, listener, "receive")
        .in(Setting.EXEC_RULES)
        .neverBare("bare there is no socket to be found")
        .refused("none", LAUNCH);
    attack(9, listener, "reopen")
        .in(Setting.EXEC_RULES)
        .neverBare("bare there is no listener to be found")
        .refused("none", LAUNCH);
    attack(9, listener, "children").in(Setting.EXEC_RULES).refused("pidfd_getfd", "EPERM", BPF);
    attack(9, listener, "proc-fd", "{supervisor}")
        .in(Setting.EXEC_RULES)
        .refused("EACCES", LANDLOCK);
    attack(9, listener, "proc-thread", "{supervisor}")
        .in(Setting.EXEC_RULES)
        .refused("EACCES", LANDLOCK);
    attack(9, listener, "proc-parent")
        .in(Setting.EXEC_RULES)
        .neverBare("bare, the parent is the test itself, and the supervisor's rows show that")
        .refused("EACCES", LANDLOCK);
    attack(9, listener, "getfd", "{supervisor}")
        .in(Setting.EXEC_RULES)
        .refused("pidfd_getfd", "EPERM", BPF);
    attack(9, listener, "getfd-parent")
        .in(Setting.EXEC_RULES)
        .neverBare("bare, the parent is the test itself, and the supervisor's rows show that")
        .refused("pidfd_getfd", "EPERM", BPF);
    for (String way :
        List.of("install", "install-child", "install-thread", "install-high", "install-again")) {
      attack(10, listener, way).refused("EPERM", BPF);
      attack(10, listener, way).named("supervised").in(Setting.EXEC_RULES).refused("EPERM", BPF);
    }
    for (String way : List.of("loosen-allow", "loosen-log", "loosen-trace")) {
      attack(10, listener, way, "{programs}")
          .in(Setting.EXEC_RULES)
          .refused("execve", "EACCES", EXEC_GUARD);
    }
    attack(10, listener, "tighten").in(Setting.EXEC_RULES).allowed();
    // What is in a filter stays in one.
    attack(10, listener, "strict").in(Setting.EXEC_RULES).refused("EINVAL", BPF);
  }

  private void neighbours() {
    String neighbour = "12-neighbour";
    String nobody = "bare nobody judges, whom one call could keep from the next";
    for (String way : List.of("uffd", "uffd-args", "uffd-array")) {
      attack(4, neighbour, way, "{programs}")
          .in(Setting.EXEC_RULES)
          .neverBare(nobody)
          .refused("userfaultfd", "EPERM", BPF);
    }
    for (String way : List.of("file", "file-args", "file-array")) {
      attack(4, neighbour, way, "{programs}", "{hung}")
          .in(Setting.HUNG_FILE)
          .rootFile("only root can mount such a file system")
          .unlessMissing("/dev/fuse")
          .neverBare(nobody)
          .refused("no-delay", SUPERVISOR);
    }
    attack(12, neighbour, "fifo", "{programs}", "{scratch}")
        .in(Setting.EXEC_RULES)
        .neverBare(nobody)
        .refused("no-delay", SUPERVISOR);
  }

  private void crowds() {
    String crowd = "18-processes";
    for (String way :
        List.of(
            "fork",
            "vfork",
            "clone",
            "clone-vm",
            "clone-parent",
            "spawn",
            "threads-fork",
            "bomb")) {
      attack(18, crowd, way, "60")
          .named("crowd")
          .in(Setting.TWENTY_PROCESSES)
          .refused("peak=20", "EAGAIN", PROCESS_LIMIT);
    }
    // The last one's first fork takes the twentieth place, and its second finds none.
    attack(18, crowd, "setsid", "60")
        .named("crowd")
        .in(Setting.TWENTY_PROCESSES)
        .refused("peak=19", "EAGAIN", PROCESS_LIMIT);
    attack(18, crowd, "slots", "2000").in(Setting.TWENTY_PROCESSES).allowed();
    attack(18, crowd, "slots-threads", "300").in(Setting.TWENTY_PROCESSES).allowed();
    attack(18, crowd, "failing", "1000").in(Setting.TWENTY_PROCESSES).allowed();
    attack(18, crowd, "threads", "100").in(Setting.TWENTY_PROCESSES).allowed();
    attack(21, "21-signals", "exit-signal", "0")
        .neverBare("bare, the parent is the test itself")
        .refused(Outcome.NO_EFFECT, BPF);
  }

  /** Row 51. What is only mounted for reading says EROFS, and what is hidden may not be opened. */
  private void views() {
    List<String> changes =
        List.of("write", "append", "truncate", "openat2", "self-root", "descriptor-reopen");
    List<String> metadata = List.of("chmod", "chown", "utimes", "setxattr");
    for (String name : List.of("hidden", "kept", "in/hidden", "in/kept")) {
      String path = "{scratch}/" + name;
      String folder = path.substring(0, path.lastIndexOf('/'));
      String own = folder + "/own";
      String closed = name.endsWith("kept") ? "EROFS" : "EACCES";
      for (String way : changes) {
        held(name, way, path).refused(closed, VIEW);
      }
      held(name, "symlink", path, own).refused(closed, VIEW);
      held(name, "by-directory", folder, path.substring(folder.length() + 1)).refused(closed, VIEW);
      held(name, "open-truncate", path).refused("EROFS", VIEW);
      held(name, "creat", path).refused("EROFS", VIEW);
      for (String way : metadata) {
        held(name, way, path).refused("EROFS", VIEW);
        held(name, "descriptor-" + way, path).refused("EROFS", VIEW);
      }
      held(name, "link", path, own).refused("EXDEV", VIEW);
      held(name, "unlink", path).refused("EBUSY", VIEW);
      held(name, "rename", path, own).refused("EBUSY", VIEW);
      held(name, "replace", own, path).refused("EBUSY", VIEW);
      held(name, "exchange", own, path).refused("EBUSY", VIEW);
      held(name, "tmpfile", folder, path).refused("EBUSY", VIEW);
    }
    view("read", "{scratch}/hidden").refused("EACCES", VIEW);
    view("read", "{scratch}/hidden-directory").named("directory").refused("EACCES", VIEW);
    view("make", "{scratch}/hidden-directory").named("hidden").refused("EACCES", VIEW);
    view("make", "{scratch}/kept-directory").named("kept").refused("EROFS", VIEW);
    for (String name : List.of("hidden", "kept")) {
      held("in/" + name, "parent-rename", "{scratch}/in", "{scratch}/own", name)
          .refused("EBUSY", VIEW);
      held("in/" + name, "parent-exchange", "{scratch}/in", "{scratch}/own", name)
          .refused("EBUSY", VIEW);
      view("rename", "{scratch}/" + name + "-directory", "{scratch}/own")
          .named(name + "-directory")
          .refused("EBUSY", VIEW);
    }
    for (String way : metadata) {
      view(way, "{file}").named("granted").touches("granted/file").refused("EROFS", VIEW);
      view("file-" + way, "{file}").named("granted").touches("granted/file").refused("EROFS", VIEW);
    }
    view("device-chmod", "/dev/null").rootOnly(PRIVILEGED).refused("EROFS", VIEW);
    view("status", "{supervisor}").refused("ENOENT", VIEW);
    String machine = "it would attack the machine's";
    view("init-signals").neverBare(machine).refused("EPERM", LANDLOCK);
    for (String way : List.of("init-seize", "init-vm", "init-limit", "init-getfd")) {
      view(way).neverBare(machine).refused("EPERM", CAPABILITIES);
    }
    for (String way : List.of("init-memory", "init-root")) {
      view(way).neverBare(machine).refused("EACCES", CAPABILITIES);
    }
  }

  private Row held(String name, String way, String... arguments) {
    return view(way, arguments).named(name).touches("scratch/" + name);
  }

  private Row view(String way, String... arguments) {
    return attack(51, "51-view", way, arguments).in(Setting.IN_A_VIEW);
  }

  private void code() {
    for (String way : List.of("loader", "loader-options", "loader-argument", "loader-link")) {
      code(Setting.EXEC_RULES, way).refused("execve", "EACCES", EXEC_GUARD);
    }
    code(Setting.EXEC_RULES, "loader-script").refused("execve", "EACCES", EXEC_GUARD);
    // Start-up variables are judged where there are rules about arguments.
    for (String way : List.of("preload", "audit", "loader-preload")) {
      code(Setting.EXEC_RULES, way).refused("execve", "EACCES", EXEC_GUARD);
    }
    interpreter("bash-env", "/bin/bash").refused("execve", "EACCES", EXEC_GUARD);
    interpreter("bash-env-own", "/bin/bash").refused("execve", "EACCES", EXEC_GUARD);
    interpreter("bash-function", "/bin/bash").refused("execve", "EACCES", EXEC_GUARD);
    interpreter("python-path", "/usr/bin/python3").refused("execve", "EACCES", EXEC_GUARD);
    interpreter("perl5opt", "/usr/bin/perl").refused("execve", "EACCES", EXEC_GUARD);
    // Programs that run programs: theirs is the inner exec, which is judged like any other.
    for (String way :
        List.of("env", "env-split", "nice", "nohup", "timeout", "xargs", "setsid", "stdbuf")) {
      interpreter(way, "/usr/bin/" + way.replace("-split", "")).refused("not-run", EXEC_GUARD);
    }
    for (String way : List.of("sh-c", "sh-c-hidden", "sh-script", "argument-sh")) {
      code(Setting.EXEC_RULES, way).refused("not-run", EXEC_GUARD);
    }
    // The rule names the argument of any program: env has it too.
    interpreter("argument-env", "/usr/bin/env").refused("execve", "EACCES", EXEC_GUARD);
    interpreter("sh-exec-a", "/bin/bash").refused("not-run", EXEC_GUARD);
    interpreter("find-exec", "/usr/bin/find").refused("not-run", EXEC_GUARD);
    interpreter("awk", "/usr/bin/awk").refused("not-run", EXEC_GUARD);
    interpreter("make-shell", "/usr/bin/make").refused("not-run", EXEC_GUARD);
    interpreter("tar-command", "/usr/bin/tar").refused("not-run", EXEC_GUARD);
    interpreter("python", "/usr/bin/python3").refused("not-run", EXEC_GUARD);
    interpreter("git-alias", "/usr/bin/git").refused("not-run", EXEC_GUARD);
    interpreter("git-ssh", "/usr/bin/git").refused("not-run", EXEC_GUARD);
    // A rule is about a file and its arguments, not about the bytes in it.
    code(Setting.EXEC_RULES, "copy").allowed();
    code(Setting.EXEC_RULES, "memfd-copy").refused("execve", "EACCES", EXEC_GUARD);
    code(Setting.EXEC_RULES, "loader-copy").allowed();
  }

  private Row code(Setting setting, String way) {
    return attack(50, "50-code", way, "{programs}", "{scratch}").in(setting);
  }

  private Row interpreter(String way, String program) {
    return code(Setting.EXEC_RULES, way).unlessMissing(program);
  }

  private Row attack(int row, String program, String way, String... arguments) {
    return new Row(row, program, way, List.of(arguments));
  }

  /** One row while it is being written; {@code refused} ends it. */
  private final class Row {
    private final int row;
    private final String program;
    private final String way;
    private final List<String> arguments;
    private final Map<String, String> unless = new LinkedHashMap<>();
    private String id;
    private Setting setting = Setting.PLAIN;
    private List<String> touches = List.of();
    private @Nullable String rootOnly;
    private @Nullable String neverBare;
    private @Nullable String skip;

    Row(int row, String program, String way, List<String> arguments) {
      this.row = row;
      this.program = program;
      this.way = way;
      this.arguments = arguments;
      id = row + "-" + way;
    }

    /** Tells it from others that go the same way. */
    Row named(String name) {
      id = id + "-" + name.replace('/', '-').replaceFirst("^-", "");
      return this;
    }

    Row as(String name) {
      id = name;
      return this;
    }

    Row in(Setting where) {
      setting = where;
      return this;
    }

    /** A bare run changes at least one of these, or has not worked. */
    Row touches(String... canaries) {
      touches = List.of(canaries);
      return this;
    }

    /** Bare, an ordinary user is refused anyway. */
    Row rootOnly(String reason) {
      rootOnly = reason;
      return this;
    }

    /** Only root can lay it out. */
    Row rootFile(String reason) {
      if (!User.isRoot()) {
        skip = reason;
      }
      return this;
    }

    Row userOnly(String reason) {
      if (User.isRoot()) {
        skip = reason;
      }
      return this;
    }

    Row neverBare(String reason) {
      neverBare = reason;
      return this;
    }

    /** A bare outcome by which this machine shows that it cannot be attacked so. */
    Row unless(String word, String reason) {
      unless.put(word, reason);
      return this;
    }

    Row unlessMissing(String file) {
      if (!Files.exists(Path.of(file))) {
        skip = "there is no " + file + " here";
      }
      return this;
    }

    /** It works inside too: no attack then, but what must not break, or what nobody promises. */
    void allowed() {
      add(Outcome.WORKED, null, NOTHING);
    }

    void refused(String word, Mechanism mechanism) {
      add(word, null, mechanism);
    }

    void refused(String step, String word, Mechanism mechanism) {
      add(word, step, mechanism);
    }

    private void add(String word, @Nullable String step, Mechanism mechanism) {
      attacks.add(
          new Attack(
              id,
              row,
              program,
              way,
              arguments,
              setting,
              touches,
              rootOnly,
              Map.copyOf(unless),
              neverBare,
              skip,
              word,
              step,
              mechanism));
    }
  }
}
