package dev.paddock.sandbox.plan;

import static dev.paddock.linux.bpf.ArgumentTest.anyBit32;
import static dev.paddock.linux.bpf.ArgumentTest.int32;
import static dev.paddock.linux.bpf.ArgumentTest.masked32;
import static dev.paddock.linux.bpf.ArgumentTest.masked64;
import static dev.paddock.linux.bpf.Case.when;

import dev.paddock.linux.bpf.Action;
import dev.paddock.linux.bpf.Case;
import dev.paddock.linux.bpf.Cases;
import dev.paddock.linux.bpf.Rule;
import dev.paddock.sandbox.plan.FilterOptions.Feature;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The system calls that the filter judges by their arguments. Where the kernel takes an {@code int}
 * the upper half of the register is ignored here too: comparing it would be a way around.
 */
final class CheckedCalls {
  /** Takes a rule and what to say about it. */
  interface Sink {
    void checked(String call, Rule rule, String effect, String reason);
  }

  private static final int EPERM = 1;
  private static final int EINVAL = 22;
  private static final int EOPNOTSUPP = 95;

  private static final String JUDGED = "judged and made by the supervisor";

  private static final Action ALLOW = Action.ALLOW;
  private static final Action REFUSE = Action.errno(EPERM);

  // linux/sched.h
  static final int CLONE_THREAD = 0x00010000;
  private static final int CLONE_UNTRACED = 0x00800000;
  private static final int CLONE_NAMESPACES = 0x7e020000;
  private static final int UNSHARE_HARMLESS = 0x200 | 0x400 | 0x40000;

  // linux/socket.h
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_SEQPACKET = 5;

  /** All but SOCK_NONBLOCK and SOCK_CLOEXEC. */
  private static final int SOCK_TYPE = ~(0x800 | 0x80000);

  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int MSG_FASTOPEN = 0x20000000;

  /** The sign of what names a process group where a process has a number. */
  private static final int GROUP = 1 << 31;

  /** Process 1 of a pid name space. */
  private static final int INIT = 1;

  /** Calls whose first argument is the id of whom they act on, 0 for the caller. */
  private static final String[] BY_ID = {
    "prlimit64",
    "sched_setaffinity",
    "sched_setscheduler",
    "sched_setparam",
    "sched_setattr",
    "migrate_pages",
    "move_pages"
  };

  /** Calls that act on other processes by their ids: a supervisor can tell which those are. */
  static final Set<String> OTHERS =
      Set.of(
          "prlimit64",
          "sched_setaffinity",
          "sched_setscheduler",
          "sched_setparam",
          "sched_setattr",
          "migrate_pages",
          "move_pages",
          "setpriority",
          "ioprio_set");

  private final FilterOptions options;
  private final Sink sink;

  CheckedCalls(FilterOptions options, Sink sink) {
    this.options = options;
    this.sink = sink;
  }

  void all() {
    processes();
    otherProcesses();
    prctl();
    files();
    ioctl();
    robustList();
    sockets();
  }

  private void add(String call, Rule rule, String effect, String reason) {
    sink.checked(call, rule, effect, reason);
  }

  private void processes() {
    add(
        "clone",
        Cases.of(
            ALLOW,
            when(REFUSE, anyBit32(0, CLONE_NAMESPACES | (options.debugs() ? 0 : CLONE_UNTRACED)))),
        options.debugs() ? "EPERM with CLONE_NEW*" : "EPERM with CLONE_NEW* or CLONE_UNTRACED",
        "no namespace, no child that hides from its supervisor");
    add(
        "unshare",
        Cases.of(REFUSE, when(ALLOW, masked64(0, ~(long) UNSHARE_HARMLESS, 0))),
        "allowed for CLONE_FS, CLONE_FILES, CLONE_SYSVSEM; else EPERM",
        "no namespace");
    add(
        "personality",
        // The query, the default, and no address randomisation, which debuggers and `setarch` use.
        Cases.of(REFUSE, when(ALLOW, int32(0, -1, 0, 0x40000))),
        "allowed to query and to switch address randomisation off; else EPERM",
        "other personalities weaken memory protection");
    add(
        "seccomp",
        Cases.of(
            Action.errno(EINVAL),
            when(REFUSE, int32(0, 1), anyBit32(1, 1 << 3)),
            when(ALLOW, int32(0, 0, 1, 2, 3))),
        "EPERM with NEW_LISTENER",
        "a target may tighten itself, but not answer its own calls");
  }

  /** Calls that reach any process of the same user, past Landlock's scopes. */
  private void otherProcesses() {
    if (options.has(Feature.OWN_PROCESSES)) {
      ownProcesses();
      return;
    }
    String reason = "reaches any process of the same user";
    Rule selfFirst = Cases.of(REFUSE, when(ALLOW, int32(0, 0)));
    for (String call : BY_ID) {
      add(call, selfFirst, "allowed for pid 0, the caller; else EPERM", reason);
    }
    add(
        "setpriority",
        Cases.of(REFUSE, when(ALLOW, int32(0, 0), int32(1, 0))),
        "allowed for the caller; else EPERM",
        reason);
    add(
        "ioprio_set",
        Cases.of(REFUSE, when(ALLOW, int32(0, 1), int32(1, 0))),
        "allowed for the caller; else EPERM",
        reason);
  }

  /**
   * Every number but 1, which is init, is one of the run's own. The caller's group may be the
   * supervisor's too, and a user's processes include init.
   */
  private void ownProcesses() {
    String reason = "every process of the pid name space but init is the run's own";
    for (String call : BY_ID) {
      add(
          call,
          Cases.of(ALLOW, when(REFUSE, int32(0, INIT))),
          "allowed but for pid 1; else EPERM",
          reason);
    }
    add(
        "setpriority",
        Cases.of(REFUSE, when(REFUSE, int32(1, INIT)), when(ALLOW, int32(0, 0))),
        "allowed for a process but pid 1; else EPERM",
        reason);
    add(
        "ioprio_set",
        Cases.of(REFUSE, when(REFUSE, int32(1, INIT)), when(ALLOW, int32(0, 1))),
        "allowed for a process but pid 1; else EPERM",
        reason);
  }

  private void prctl() {
    int[] allowed = {
      1, // SET_PDEATHSIG
      2, // GET_PDEATHSIG
      3, // GET_DUMPABLE
      7, // GET_KEEPCAPS
      8, // SET_KEEPCAPS
      13, // GET_TIMING
      15, // SET_NAME
      16, // GET_NAME
      21, // GET_SECCOMP
      22, // SET_SECCOMP, which cannot make a listener
      23, // CAPBSET_READ
      24, // CAPBSET_DROP
      25, // GET_TSC
      26, // SET_TSC
      27, // GET_SECUREBITS
      29, // SET_TIMERSLACK
      30, // GET_TIMERSLACK
      34, // MCE_KILL_GET
      36, // SET_CHILD_SUBREAPER
      37, // GET_CHILD_SUBREAPER
      38, // SET_NO_NEW_PRIVS
      39, // GET_NO_NEW_PRIVS
      40, // GET_TID_ADDRESS
      41, // SET_THP_DISABLE
      42, // GET_THP_DISABLE
      47, // CAP_AMBIENT
      50, // SVE_SET_VL
      51, // SVE_GET_VL
      52, // GET_SPECULATION_CTRL
      53, // SET_SPECULATION_CTRL
      54, // PAC_RESET_KEYS
      55, // SET_TAGGED_ADDR_CTRL
      56, // GET_TAGGED_ADDR_CTRL
      60, // PAC_SET_ENABLED_KEYS
      61, // PAC_GET_ENABLED_KEYS
      63, // SME_SET_VL
      64, // SME_GET_VL
      65, // SET_MDWE
      66, // GET_MDWE
      68, // GET_MEMORY_MERGE
      74, // GET_SHADOW_STACK_STATUS
      75, // SET_SHADOW_STACK_STATUS
      76, // LOCK_SHADOW_STACK_STATUS
      78, // FUTEX_HASH
      0x41555856, // GET_AUXV
      0x53564d41, // SET_VMA, which names memory
    };
    int[] refused = {
      28, // SET_SECUREBITS
      31, // TASK_PERF_EVENTS_DISABLE
      32, // TASK_PERF_EVENTS_ENABLE
      33, // MCE_KILL
      35, // SET_MM
      57, // SET_IO_FLUSHER
      62, // SCHED_CORE, which reaches other processes
      67, // SET_MEMORY_MERGE
    };
    int setDumpable = 4;
    int setPtracer = 0x59616d61;
    add(
        "prctl",
        Cases.of(
            Action.errno(EINVAL),
            when(ALLOW, int32(0, allowed)),
            when(Action.errno(0), int32(0, setDumpable)),
            when(options.debugs() ? ALLOW : REFUSE, int32(0, setPtracer)),
            when(REFUSE, int32(0, refused))),
        "by option; PR_SET_DUMPABLE is answered 0 and not done",
        "a target that is not dumpable would hide from its supervisor");
  }

  private void files() {
    int formats = 0170000;
    // No type given means a regular file. Devices, a whiteout among them, are nobody's to make.
    add(
        "mknod",
        Cases.of(REFUSE, when(ALLOW, masked32(1, formats, 0, 0100000, 0010000, 0140000))),
        "EPERM for devices",
        "devices lead to the machine");
    add(
        "mknodat",
        Cases.of(REFUSE, when(ALLOW, masked32(2, formats, 0, 0100000, 0010000, 0140000))),
        "EPERM for devices",
        "devices lead to the machine");
    Action unsupported = Action.errno(EOPNOTSUPP);
    for (String call :
        new String[] {
          "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"
        }) {
      if (options.has(Feature.OWN_FILES)) {
        add(call, ALLOW, "allowed", "only what may be changed is not on a mount that is read-only");
      } else {
        add(
            call,
            unsupported,
            "EOPNOTSUPP",
            "Landlock does not cover attributes: access lists of any own file could be changed");
      }
    }
    int setOwner = 8;
    int setOwnerExtended = 15;
    int setLease = 1024;
    int setDelegation = 1040;
    boolean own = options.has(Feature.OWN_PROCESSES); // A group may be the supervisor's as well.
    add(
        "fcntl",
        Cases.of(
            ALLOW,
            when(REFUSE, int32(1, setOwnerExtended, setLease, setDelegation)),
            when(ALLOW, int32(1, setOwner), own ? masked32(2, GROUP, 0) : int32(2, 0)),
            when(REFUSE, int32(1, setOwner))),
        own
            ? "EPERM for F_SETOWN of a group, F_SETOWN_EX and leases"
            : "EPERM for F_SETOWN, F_SETOWN_EX and leases",
        "signals to others; a lease keeps others from opening a file");
  }

  private void ioctl() {
    int[] allowed = {
      0x5401, // TCGETS
      0x5413, // TIOCGWINSZ
      0x40049409, // FICLONE
      0x4020940d, // FICLONERANGE
      0xc0189436, // FIDEDUPERANGE
      0x80086601, // FS_IOC_GETFLAGS
      0xc020660b, // FS_IOC_FIEMAP
      0x801c581f, // FS_IOC_FSGETXATTR
    };
    int[] refused = {
      0x5412, // TIOCSTI, which types into the terminal
      0x541c, // TIOCLINUX, which pastes into the console
      0x541d, // TIOCCONS, which takes the console's output
      0x5423, // TIOCSETD, which loads line disciplines
      0x540c, // TIOCEXCL, which keeps others from opening the terminal
      0x5437, // TIOCVHANGUP
      0x5457, // TIOCSLCKTRMIOS
      0x8901, // FIOSETOWN
      0x8902, // SIOCSPGRP
      0x40087602, // FS_IOC_SETVERSION
      0x40047211, // FAT_IOCTL_SET_ATTRIBUTES
    };
    int terminalControl = 0x540e; // TIOCSCTTY
    add(
        "ioctl",
        Cases.of(
            ALLOW,
            when(ALLOW, int32(1, allowed)),
            when(REFUSE, int32(1, refused)),
            // Taking a terminal away from others; having a free one is how pty programs begin.
            when(ALLOW, int32(1, terminalControl), int32(2, 0)),
            when(REFUSE, int32(1, terminalControl)),
            // Attributes, encryption, verity and freezing ('f', 'X'), subvolumes of btrfs (0x94)
            // and
            // bcachefs (0xbc), f2fs (0xf5): they change files and trees past Landlock, some
            // through a read-only descriptor.
            when(REFUSE, masked32(1, 0xff00, 0x6600, 0x5800, 0x9400, 0xbc00, 0xf500)),
            // The console's keyboard ('K') and screens ('V'), which have no direction in their
            // number.
            when(REFUSE, masked32(1, 0xffffff00, 0x4b00, 0x5600))),
        "EPERM for commands that type into terminals, load line disciplines, or change files",
        "they act past Landlock, on what the target was given");
  }

  /** Its kernel form takes any thread of the same user; the C libraries ask for their own. */
  private void robustList() {
    add(
        "get_robust_list",
        Cases.of(REFUSE, when(ALLOW, int32(0, 0))),
        "EPERM for other threads",
        "addresses in other processes");
  }

  private void sockets() {
    sockets(options.anySocket() ? "only what is granted, else EPERM" : "EPERM");
    int[] pairs =
        options.has(Feature.UNIX_SOCKETS)
            ? new int[] {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}
            : new int[] {SOCK_STREAM, SOCK_SEQPACKET};
    add(
        "socketpair",
        Cases.of(REFUSE, when(ALLOW, int32(0, AF_UNIX), masked32(1, SOCK_TYPE, pairs))),
        "AF_UNIX, SOCK_STREAM and SOCK_SEQPACKET; else EPERM",
        "a datagram socket of a pair can send to any socket that has a path");

    boolean connects =
        options.has(Feature.TCP_CONNECT)
            || options.has(Feature.UNIX_SOCKETS)
            || options.has(Feature.ICMP);
    if (judged()) {
      add("connect", Action.NOTIFY, JUDGED, "where sockets may lead");
    } else {
      addIf(
          "connect", connects || options.has(Feature.NETLINK_ROUTE), "no socket may be connected");
    }
    if (judged() && options.hasHostSockets()) {
      add("bind", Action.NOTIFY, JUDGED, "where sockets may be found");
    } else {
      addIf("bind", options.anySocket(), "no socket may be bound");
    }
    // Listening binds by itself what was not bound, and Landlock covers only bind.
    boolean listens =
        options.has(Feature.TCP_BIND) || (options.has(Feature.UNIX_SOCKETS) && !options.tcp());
    if (judged() && options.hasHostSockets()) {
      add("listen", Action.NOTIFY, JUDGED, "listening binds a port by itself");
    } else {
      addIf("listen", listens, "listening binds a port by itself");
    }
    sends();
    for (String call : List.of("epoll_create", "epoll_create1")) {
      boolean told = judged() && options.has(Feature.WAYS_OUT);
      String reason =
          told
              ? "a socket that is led out is added to its sets again"
              : "input and output on descriptors that the target has";
      add(call, told ? Action.NOTIFY : ALLOW, told ? "told to the supervisor" : "allowed", reason);
    }

    int[] tcpOptions = {
      19, // TCP_REPAIR
      23, // TCP_FASTOPEN
      30, // TCP_FASTOPEN_CONNECT
      31, // TCP_ULP, which makes another protocol of it
      33, // TCP_FASTOPEN_KEY
      34, // TCP_FASTOPEN_NO_COOKIE
    };
    add(
        "setsockopt",
        Cases.of(ALLOW, when(REFUSE, int32(1, IPPROTO_TCP), int32(2, tcpOptions))),
        "EPERM for TCP fast open, repair and upper protocols",
        "fast open connects past Landlock");
  }

  private boolean judged() {
    return options.has(Feature.JUDGED_ADDRESSES);
  }

  private void sends() {
    String reason = "fast open connects past Landlock";
    String effect = "EPERM with MSG_FASTOPEN";
    Case noFastOpen2 = when(REFUSE, anyBit32(2, MSG_FASTOPEN));
    Case noFastOpen3 = when(REFUSE, anyBit32(3, MSG_FASTOPEN));
    if (!judged()) {
      add("sendto", Cases.of(ALLOW, noFastOpen3), effect, reason);
      add("sendmsg", Cases.of(ALLOW, noFastOpen2), effect, reason);
      add("sendmmsg", Cases.of(ALLOW, noFastOpen3), effect, reason);
      return;
    }
    // What is sent without an address goes where the socket leads already.
    add(
        "sendto",
        Cases.of(Action.NOTIFY, noFastOpen3, when(ALLOW, masked64(4, -1L, 0))),
        effect + "; with an address " + JUDGED,
        reason);
    add("sendmsg", Cases.of(Action.NOTIFY, noFastOpen2), effect + "; else " + JUDGED, reason);
    add("sendmmsg", Cases.of(Action.NOTIFY, noFastOpen3), effect + "; else " + JUDGED, reason);
  }

  private void addIf(String call, boolean granted, String reason) {
    add(call, granted ? ALLOW : REFUSE, granted ? "allowed" : "EPERM", reason);
  }

  private void sockets(String effect) {
    List<Case> cases = new ArrayList<>();
    if (options.tcp()) {
      cases.add(internet(SOCK_STREAM, IPPROTO_TCP, AF_INET, AF_INET6));
    }
    if (options.has(Feature.OWN_NETWORK) || options.has(Feature.UDP)) {
      cases.add(internet(SOCK_DGRAM, IPPROTO_UDP, AF_INET, AF_INET6));
    }
    if (options.has(Feature.ICMP)) {
      cases.add(ping(AF_INET, IPPROTO_ICMP));
      cases.add(ping(AF_INET6, IPPROTO_ICMPV6));
    }
    if (options.has(Feature.UNIX_SOCKETS)) {
      cases.add(
          when(
              ALLOW,
              int32(0, AF_UNIX),
              masked32(1, SOCK_TYPE, SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM)));
    }
    if (options.has(Feature.NETLINK_ROUTE)) {
      cases.add(
          when(
              ALLOW,
              int32(0, AF_NETLINK),
              masked32(1, SOCK_TYPE, SOCK_RAW, SOCK_DGRAM),
              int32(2, 0)));
    }
    add(
        "socket",
        cases.isEmpty() ? REFUSE : new Cases(cases, REFUSE),
        effect,
        "family, type and protocol: what Landlock does not cover is not made");
  }

  /** Sockets of a protocol that is its type's usual one, so that 0 names it as well. */
  private static Case internet(int type, int protocol, int... families) {
    return when(ALLOW, int32(0, families), masked32(1, SOCK_TYPE, type), int32(2, 0, protocol));
  }

  private static Case ping(int family, int protocol) {
    return when(ALLOW, int32(0, family), masked32(1, SOCK_TYPE, SOCK_DGRAM), int32(2, protocol));
  }
}
