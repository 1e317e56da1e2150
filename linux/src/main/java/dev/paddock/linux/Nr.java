package dev.paddock.linux;

/**
 * Numbers of the system calls that Paddock itself makes; {@code
 * arch/x86/entry/syscalls/syscall_64.tbl} and {@code scripts/syscall.tbl} (arm64) of Linux 6.18.
 * The full table is SystemCalls.
 */
final class Nr {
  private static final boolean X86 = Arch.current() == Arch.X86_64;

  static final int READ = X86 ? 0 : 63;
  static final int WRITE = X86 ? 1 : 64;
  static final int CLOSE = X86 ? 3 : 57;
  static final int LSEEK = X86 ? 8 : 62;
  static final int RT_SIGACTION = X86 ? 13 : 134;
  static final int IOCTL = X86 ? 16 : 29;
  static final int SOCKET = X86 ? 41 : 198;
  static final int CONNECT = X86 ? 42 : 203;
  static final int SENDTO = X86 ? 44 : 206;
  static final int RECVFROM = X86 ? 45 : 207;
  static final int BIND = X86 ? 49 : 200;
  static final int LISTEN = X86 ? 50 : 201;
  static final int ACCEPT4 = X86 ? 288 : 242;
  static final int GETSOCKNAME = X86 ? 51 : 204;
  static final int SETSOCKOPT = X86 ? 54 : 208;
  static final int GETSOCKOPT = X86 ? 55 : 209;
  static final int CAPGET = X86 ? 125 : 90;
  static final int CAPSET = X86 ? 126 : 91;
  static final int SENDMSG = X86 ? 46 : 211;
  static final int RECVMSG = X86 ? 47 : 212;
  static final int SOCKETPAIR = X86 ? 53 : 199;
  static final int UNAME = X86 ? 63 : 160;
  static final int KILL = X86 ? 62 : 129;
  static final int FCHDIR = X86 ? 81 : 50;
  static final int UMASK = X86 ? 95 : 166;
  static final int UNSHARE = X86 ? 272 : 97;
  static final int FCNTL = X86 ? 72 : 25;
  static final int DUP3 = X86 ? 292 : 24;
  static final int KCMP = X86 ? 312 : 272;
  static final int FLOCK = X86 ? 73 : 32;
  static final int FTRUNCATE = X86 ? 77 : 46;
  static final int GETCWD = X86 ? 79 : 17;
  static final int GETPID = X86 ? 39 : 172;
  static final int GETUID = X86 ? 102 : 174;
  static final int GETEUID = X86 ? 107 : 175;
  static final int GETGID = X86 ? 104 : 176;
  static final int GETPPID = X86 ? 110 : 173;
  static final int GETPGID = X86 ? 121 : 155;
  static final int GETSID = X86 ? 124 : 156;
  static final int GETTID = X86 ? 186 : 178;
  static final int PRCTL = X86 ? 157 : 167;
  static final int PTRACE = X86 ? 101 : 117;
  static final int TGKILL = X86 ? 234 : 131;
  static final int WAIT4 = X86 ? 61 : 260;
  static final int PROCESS_VM_READV = X86 ? 310 : 270;
  static final int PROCESS_VM_WRITEV = X86 ? 311 : 271;
  static final int SCHED_SETAFFINITY = X86 ? 203 : 122;
  static final int SCHED_GETAFFINITY = X86 ? 204 : 123;
  static final int GETDENTS64 = X86 ? 217 : 61;
  static final int WAITID = X86 ? 247 : 95;
  static final int OPENAT = X86 ? 257 : 56;
  static final int MKDIRAT = X86 ? 258 : 34;
  static final int UNLINKAT = X86 ? 263 : 35;
  static final int READLINKAT = X86 ? 267 : 78;
  static final int FCHMODAT = X86 ? 268 : 53;
  static final int PPOLL = X86 ? 271 : 73;
  static final int EPOLL_CTL = X86 ? 233 : 21;
  static final int EPOLL_PWAIT = X86 ? 281 : 22;
  static final int EPOLL_CREATE1 = X86 ? 291 : 20;
  static final int EVENTFD2 = X86 ? 290 : 19;
  static final int PIPE2 = X86 ? 293 : 59;
  static final int PRLIMIT64 = X86 ? 302 : 261;
  static final int RENAMEAT2 = X86 ? 316 : 276;
  static final int SECCOMP = X86 ? 317 : 277;
  static final int MEMFD_CREATE = X86 ? 319 : 279;
  static final int GETRANDOM = X86 ? 318 : 278;
  static final int STATX = X86 ? 332 : 291;
  static final int PIDFD_SEND_SIGNAL = 424;
  static final int PIDFD_OPEN = 434;
  static final int OPENAT2 = 437;
  static final int PIDFD_GETFD = 438;
  static final int FACCESSAT2 = 439;
  static final int LANDLOCK_CREATE_RULESET = 444;
  static final int LANDLOCK_ADD_RULE = 445;
  static final int LANDLOCK_RESTRICT_SELF = 446;

  private Nr() {}
}
