package dev.paddock.linux;

/**
 * Numbers of the kernel's interface by their C names, the same on x86-64 and arm64. Those that the
 * two define differently, and those that callers need, stand with their topic: {@link Paths},
 * {@link Poll}, {@link Errno}, {@link Signals}, {@link Seccomp}, {@link Nr}. A test compares all of
 * them with the machine's headers; the kernel version is the one that brought the number, if that
 * is later than 4.0.
 */
final class Constants {
  // linux/fcntl.h, asm-generic/fcntl.h: fcntl(2) and the *at calls
  static final int F_GETFD = 1;
  static final int F_GETFL = 3;
  static final int F_SETFL = 4;
  static final int F_DUPFD_CLOEXEC = 1030;
  static final int F_ADD_SEALS = 1033;
  static final int F_GET_SEALS = 1034;
  static final int F_SEAL_SEAL = 1;
  static final int F_SEAL_SHRINK = 2;
  static final int F_SEAL_GROW = 4;
  static final int F_SEAL_WRITE = 8;
  static final int FD_CLOEXEC = 1;
  static final int O_EXCL = 0200;
  static final int O_NONBLOCK = 04000;
  static final int O_CLOEXEC = 02000000;
  static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_EACCESS = 0x200;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_EMPTY_PATH = 0x1000;

  // linux/openat2.h: openat2(2), 5.6
  static final int RESOLVE_NO_MAGICLINKS = 2;
  static final int RESOLVE_NO_SYMLINKS = 4;
  static final int RESOLVE_BENEATH = 8;
  static final int RESOLVE_IN_ROOT = 16;

  // linux/stat.h: statx(2) (4.11) and inode(7)
  static final int STATX_BASIC_STATS = 0x7ff;
  static final int S_IFMT = 0170000;
  static final int S_IFIFO = 0010000;
  static final int S_IFSOCK = 0140000;
  static final int S_IFDIR = 0040000;
  static final int S_IFREG = 0100000;
  static final int S_IFLNK = 0120000;
  static final int S_IFCHR = 0020000;
  static final int S_IFBLK = 0060000;

  // linux/limits.h
  static final int PATH_MAX = 4096;

  // linux/eventfd.h
  static final int EFD_CLOEXEC = 02000000;
  static final int EFD_NONBLOCK = 04000;

  // linux/eventpoll.h: epoll(7)
  static final int EPOLL_CLOEXEC = 02000000;
  static final int EPOLL_CTL_ADD = 1;
  static final int EPOLL_CTL_DEL = 2;
  static final int EPOLLIN = 1;
  static final int EPOLLOUT = 4;

  // linux/memfd.h; the last two 6.3
  static final int MFD_CLOEXEC = 1;
  static final int MFD_ALLOW_SEALING = 2;
  static final int MFD_NOEXEC_SEAL = 8;
  static final int MFD_EXEC = 16;

  // linux/socket.h, asm-generic/socket.h, linux/net.h: socket(2), sendmsg(2), recvmsg(2), unix(7)
  static final int AF_UNSPEC = 0;
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int AF_NETLINK = 16;
  static final int AF_VSOCK = 40;
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_SEQPACKET = 5;
  static final int SOCK_CLOEXEC = 02000000;
  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_TYPE = 3;
  static final int SO_BROADCAST = 6;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_KEEPALIVE = 9;
  static final int SO_OOBINLINE = 10;
  static final int SO_PRIORITY = 12;
  static final int SO_LINGER = 13;
  static final int SO_REUSEPORT = 15;
  static final int SO_RCVLOWAT = 18;
  static final int SO_RCVTIMEO = 20;
  static final int SO_SNDTIMEO = 21;
  static final int SO_TIMESTAMP = 29;
  static final int SO_TIMESTAMPNS = 35;
  static final int SO_PROTOCOL = 38;
  static final int SO_DOMAIN = 39;
  static final int SO_NETNS_COOKIE = 71; // 5.14
  static final int SO_BUF_LOCK = 72; // 5.14
  static final int SOCK_SNDBUF_LOCK = 1;
  static final int SOCK_RCVBUF_LOCK = 2;
  static final int SCM_RIGHTS = 1;
  static final int MSG_CTRUNC = 0x08;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // netinet/in.h, netinet/tcp.h, netinet/udp.h: ip(7), ipv6(7), tcp(7), udp(7)
  static final int IPPROTO_IP = 0;
  static final int IPPROTO_TCP = 6;
  static final int IPPROTO_UDP = 17;
  static final int IPPROTO_IPV6 = 41;
  static final int IP_TOS = 1;
  static final int IP_TTL = 2;
  static final int IP_PKTINFO = 8;
  static final int IP_MTU_DISCOVER = 10;
  static final int IP_RECVERR = 11;
  static final int IP_RECVTTL = 12;
  static final int IP_RECVTOS = 13;
  static final int IP_MULTICAST_TTL = 33;
  static final int IP_MULTICAST_LOOP = 34;
  static final int IPV6_UNICAST_HOPS = 16;
  static final int IPV6_MTU_DISCOVER = 23;
  static final int IPV6_RECVERR = 25;
  static final int IPV6_V6ONLY = 26;
  static final int IPV6_RECVPKTINFO = 49;
  static final int IPV6_RECVHOPLIMIT = 51;
  static final int IPV6_RECVTCLASS = 66;
  static final int IPV6_TCLASS = 67;
  static final int TCP_NODELAY = 1;
  static final int TCP_MAXSEG = 2;
  static final int TCP_CORK = 3;
  static final int TCP_KEEPIDLE = 4;
  static final int TCP_KEEPINTVL = 5;
  static final int TCP_KEEPCNT = 6;
  static final int TCP_SYNCNT = 7;
  static final int TCP_LINGER2 = 8;
  static final int TCP_DEFER_ACCEPT = 9;
  static final int TCP_WINDOW_CLAMP = 10;
  static final int TCP_INFO = 11;
  static final int TCP_CONGESTION = 13;
  static final int TCP_USER_TIMEOUT = 18;
  static final int TCP_NOTSENT_LOWAT = 25;
  static final int TCP_CLOSE = 7;
  static final int UDP_CORK = 1;
  static final int UDP_SEGMENT = 103; // 4.18
  static final int UDP_GRO = 104; // 5.0

  // linux/netlink.h, linux/sock_diag.h, linux/unix_diag.h: netlink(7), sock_diag(7)
  static final int NETLINK_SOCK_DIAG = 4;
  static final int NLM_F_REQUEST = 1;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_DUMP_INTR = 0x10;
  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;
  static final int SOCK_DIAG_BY_FAMILY = 20;
  static final int UDIAG_SHOW_NAME = 1;
  static final int UDIAG_SHOW_VFS = 2;
  static final int UNIX_DIAG_NAME = 0;
  static final int UNIX_DIAG_VFS = 1;

  // linux/capability.h: capget(2)
  static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;

  // linux/sched.h: unshare(2)
  static final int CLONE_FS = 0x200;
  static final int CLONE_FILES = 0x400;

  // linux/kcmp.h: kcmp(2), 4.13
  static final int KCMP_EPOLL_TFD = 7;

  // linux/wait.h, asm-generic/siginfo.h: waitid(2); P_PIDFD 5.4
  static final int P_PID = 1;
  static final int P_PIDFD = 3;
  static final int WNOHANG = 1;
  static final int WEXITED = 4;
  static final int CLD_EXITED = 1;
  static final int CLD_KILLED = 2;
  static final int CLD_DUMPED = 3;

  // spawn.h of glibc and musl, which agree
  static final int POSIX_SPAWN_SETSIGDEF = 4;
  static final int POSIX_SPAWN_SETSIGMASK = 8;

  // asm-generic/ioctls.h: ioctl_tty(2)
  static final long TCGETS = 0x5401;
  static final long TCSETS = 0x5402;
  static final long TIOCGPGRP = 0x540f;
  static final long TIOCSPGRP = 0x5410;
  static final long TIOCGWINSZ = 0x5413;
  static final long TIOCSWINSZ = 0x5414;
  static final long FIONREAD = 0x541b;

  // linux/prctl.h: prctl(2)
  static final int PR_GET_DUMPABLE = 3;
  static final int PR_SET_NO_NEW_PRIVS = 38;
  static final int PR_GET_NO_NEW_PRIVS = 39;

  // linux/seccomp.h: seccomp(2); 4.14 and 5.0
  static final int SECCOMP_GET_ACTION_AVAIL = 2;
  static final int SECCOMP_SET_MODE_FILTER = 1;
  static final int SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
  static final int SECCOMP_GET_NOTIF_SIZES = 3;

  // linux/seccomp.h: seccomp_unotify(2), 5.0; CONTINUE 5.5, ADDFD 5.9, SET_FLAGS 6.6
  static final long SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100L;
  static final long SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101L;
  static final long SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102L;
  static final long SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103L;
  static final int SECCOMP_ADDFD_FLAG_SETFD = 1;
  static final long SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104L;
  static final int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
  static final int SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

  // linux/ptrace.h: ptrace(2); SEIZE, INTERRUPT and LISTEN 3.4, GET_SYSCALL_INFO 5.3
  static final int PTRACE_CONT = 7;
  static final int PTRACE_DETACH = 17;
  static final int PTRACE_SYSCALL = 24;
  static final int PTRACE_GETEVENTMSG = 0x4201;
  static final int PTRACE_GETSIGINFO = 0x4202;
  static final int PTRACE_GETREGSET = 0x4204;
  static final int PTRACE_SEIZE = 0x4206;
  static final int PTRACE_INTERRUPT = 0x4207;
  static final int PTRACE_LISTEN = 0x4208;
  static final int PTRACE_GETSIGMASK = 0x420a;
  static final int PTRACE_GET_SYSCALL_INFO = 0x420e;
  static final int PTRACE_O_TRACESYSGOOD = 1;
  static final int PTRACE_O_TRACEFORK = 1 << 1;
  static final int PTRACE_O_TRACEVFORK = 1 << 2;
  static final int PTRACE_O_TRACECLONE = 1 << 3;
  static final int PTRACE_O_TRACEEXEC = 1 << 4;
  static final int PTRACE_O_TRACEVFORKDONE = 1 << 5;
  static final int PTRACE_O_TRACEEXIT = 1 << 6;
  static final int PTRACE_O_TRACESECCOMP = 1 << 7;
  static final int PTRACE_O_EXITKILL = 1 << 20;
  static final int PTRACE_EVENT_FORK = 1;
  static final int PTRACE_EVENT_VFORK = 2;
  static final int PTRACE_EVENT_CLONE = 3;
  static final int PTRACE_EVENT_EXEC = 4;
  static final int PTRACE_EVENT_VFORK_DONE = 5;
  static final int PTRACE_EVENT_EXIT = 6;
  static final int PTRACE_EVENT_SECCOMP = 7;
  static final int PTRACE_EVENT_STOP = 128;

  // linux/elf.h
  static final int NT_PRSTATUS = 1;

  // linux/auxvec.h: getauxval(3)
  static final int AT_NULL = 0;
  static final int AT_EXECFN = 31;

  // linux/wait.h: wait4(2) on Linux
  static final int WUNTRACED = 2;
  static final int __WNOTHREAD = 0x20000000;
  static final int __WALL = 0x40000000;

  // asm-generic/fcntl.h: flock(2)
  static final int LOCK_SH = 1;
  static final int LOCK_EX = 2;
  static final int LOCK_NB = 4;

  private Constants() {}
}
