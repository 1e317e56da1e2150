package dev.paddock.linux;

/**
 * Where the members of the kernel's structs lie, in bytes; the same on x86-64 and arm64. A member
 * has its C name in capitals. A test compares all of it with the machine's headers. All structs are
 * of the user-space ABI and can only grow.
 */
final class Layouts {
  private Layouts() {}

  /** linux/stat.h, 4.11: statx(2). */
  static final class Statx {
    static final String NAME = "struct statx";
    static final int SIZE = 256;
    static final int STX_NLINK = 16; // u32
    static final int STX_UID = 20; // u32
    static final int STX_GID = 24; // u32
    static final int STX_MODE = 28; // u16
    static final int STX_INO = 32; // u64
    static final int STX_SIZE = 40; // u64
    static final int STX_CTIME = 96; // struct statx_timestamp: s64 tv_sec, u32 tv_nsec
    static final int STX_DEV_MAJOR = 136; // u32
    static final int STX_DEV_MINOR = 140; // u32

    private Statx() {}
  }

  /** linux/openat2.h, 5.6: openat2(2). */
  static final class OpenHow {
    static final String NAME = "struct open_how";
    static final int SIZE = 24;
    static final int FLAGS = 0; // u64
    static final int MODE = 8; // u64
    static final int RESOLVE = 16; // u64

    private OpenHow() {}
  }

  /** linux/dirent.h of the kernel, dirent.h of the C library: getdents64(2). */
  static final class Dirent {
    static final String NAME = "struct dirent64";
    static final int D_INO = 0; // u64
    static final int D_RECLEN = 16; // u16
    static final int D_TYPE = 18; // u8
    static final int D_NAME = 19; // ends with a NUL

    private Dirent() {}
  }

  /** asm-generic/poll.h: poll(2). */
  static final class PollFd {
    static final String NAME = "struct pollfd";
    static final int SIZE = 8;
    static final int FD = 0; // s32; a negative one is passed over
    static final int EVENTS = 4; // s16
    static final int REVENTS = 6; // s16

    private PollFd() {}
  }

  /** linux/time_types.h: {@code struct __kernel_timespec}. */
  static final class Timespec {
    static final String NAME = "struct timespec";
    static final int SIZE = 16;
    static final int TV_SEC = 0; // s64
    static final int TV_NSEC = 8; // s64

    private Timespec() {}
  }

  /** linux/time.h: {@code struct timeval} of 64 bit. */
  static final class Timeval {
    static final String NAME = "struct timeval";
    static final int SIZE = 16;
    static final int TV_SEC = 0; // s64
    static final int TV_USEC = 8; // s64

    private Timeval() {}
  }

  /** linux/socket.h: {@code struct user_msghdr}; sendmsg(2), recvmsg(2). */
  static final class Msghdr {
    static final String NAME = "struct msghdr";
    static final int SIZE = 56;
    static final int MSG_NAME = 0; // pointer
    static final int MSG_NAMELEN = 8; // s32
    static final int MSG_IOV = 16; // pointer
    static final int MSG_IOVLEN = 24; // u64
    static final int MSG_CONTROL = 32; // pointer
    static final int MSG_CONTROLLEN = 40; // u64
    static final int MSG_FLAGS = 48; // u32

    private Msghdr() {}
  }

  /** linux/socket.h: cmsg(3). Data follow at SIZE; each header starts at a multiple of 8. */
  static final class Cmsghdr {
    static final String NAME = "struct cmsghdr";
    static final int SIZE = 16;
    static final int CMSG_LEN = 0; // u64
    static final int CMSG_LEVEL = 8; // s32
    static final int CMSG_TYPE = 12; // s32

    private Cmsghdr() {}
  }

  /** linux/uio.h. */
  static final class Iovec {
    static final String NAME = "struct iovec";
    static final int SIZE = 16;
    static final int IOV_BASE = 0; // pointer
    static final int IOV_LEN = 8; // u64

    private Iovec() {}
  }

  /** asm-generic/siginfo.h: waitid(2). */
  static final class Siginfo {
    static final String NAME = "siginfo_t";
    static final int SIZE = 128;
    static final int SI_CODE = 8; // s32
    static final int SI_PID = 16; // s32
    static final int SI_UID = 20; // u32
    static final int SI_STATUS = 24; // s32

    private Siginfo() {}
  }

  /** linux/resource.h: getrusage(2), and the fifth argument of the waitid system call. */
  static final class Rusage {
    static final String NAME = "struct rusage";
    static final int SIZE = 144;
    static final int RU_UTIME = 0; // struct timeval
    static final int RU_STIME = 16; // struct timeval
    static final int RU_MAXRSS = 32; // s64, KiB
    static final int RU_NVCSW = 128; // s64
    static final int RU_NIVCSW = 136; // s64

    private Rusage() {}
  }

  /** linux/resource.h: {@code struct rlimit64}; prlimit(2). */
  static final class Rlimit64 {
    static final String NAME = "struct rlimit";
    static final int SIZE = 16;
    static final int RLIM_CUR = 0; // u64
    static final int RLIM_MAX = 8; // u64

    private Rlimit64() {}
  }

  /** linux/utsname.h: {@code struct new_utsname}, strings that end with a NUL. */
  static final class Utsname {
    static final String NAME = "struct utsname";
    static final int SIZE = 390;
    static final int SYSNAME = 0;
    static final int NODENAME = 65;
    static final int RELEASE = 130;
    static final int MACHINE = 260;

    private Utsname() {}
  }

  /** asm-generic/termios.h: ioctl_tty(2). */
  static final class Winsize {
    static final String NAME = "struct winsize";
    static final int SIZE = 8;
    static final int WS_ROW = 0; // u16
    static final int WS_COL = 2; // u16

    private Winsize() {}
  }

  /** linux/un.h: unix(7). */
  static final class SockaddrUn {
    static final String NAME = "struct sockaddr_un";
    static final int SIZE = 110;
    static final int SUN_FAMILY = 0; // u16
    static final int SUN_PATH = 2;

    private SockaddrUn() {}
  }

  /** linux/in.h: ip(7). */
  static final class SockaddrIn {
    static final String NAME = "struct sockaddr_in";
    static final int SIZE = 16;
    static final int SIN_FAMILY = 0; // u16
    static final int SIN_PORT = 2; // u16, big-endian
    static final int SIN_ADDR = 4; // 4 bytes

    private SockaddrIn() {}
  }

  /** linux/in6.h: ipv6(7). The kernel also takes it without the scope: 24 bytes. */
  static final class SockaddrIn6 {
    static final String NAME = "struct sockaddr_in6";
    static final int SIZE = 28;
    static final int SIN6_FAMILY = 0; // u16
    static final int SIN6_PORT = 2; // u16, big-endian
    static final int SIN6_FLOWINFO = 4; // u32, big-endian
    static final int SIN6_ADDR = 8; // 16 bytes
    static final int SIN6_SCOPE_ID = 24; // u32

    private SockaddrIn6() {}
  }

  /** linux/netlink.h: netlink(7). */
  static final class SockaddrNl {
    static final String NAME = "struct sockaddr_nl";
    static final int SIZE = 12;
    static final int NL_FAMILY = 0; // u16
    static final int NL_PID = 4; // u32
    static final int NL_GROUPS = 8; // u32

    private SockaddrNl() {}
  }

  /** linux/vm_sockets.h: vsock(7). */
  static final class SockaddrVm {
    static final String NAME = "struct sockaddr_vm";
    static final int SIZE = 16;
    static final int SVM_FAMILY = 0; // u16
    static final int SVM_PORT = 4; // u32
    static final int SVM_CID = 8; // u32

    private SockaddrVm() {}
  }

  /** linux/netlink.h: netlink(7). Messages and attributes start at multiples of 4. */
  static final class Nlmsghdr {
    static final String NAME = "struct nlmsghdr";
    static final int SIZE = 16;
    static final int NLMSG_LEN = 0; // u32, with the header
    static final int NLMSG_TYPE = 4; // u16
    static final int NLMSG_FLAGS = 6; // u16
    static final int NLMSG_SEQ = 8; // u32

    private Nlmsghdr() {}
  }

  /** linux/netlink.h: an attribute; the value follows. */
  static final class Nlattr {
    static final String NAME = "struct nlattr";
    static final int SIZE = 4;
    static final int NLA_LEN = 0; // u16, with the header
    static final int NLA_TYPE = 2; // u16

    private Nlattr() {}
  }

  /** linux/unix_diag.h: sock_diag(7). */
  static final class UnixDiagReq {
    static final String NAME = "struct unix_diag_req";
    static final int SIZE = 24;
    static final int SDIAG_FAMILY = 0; // u8
    static final int UDIAG_STATES = 4; // u32, a mask
    static final int UDIAG_SHOW = 12; // u32, a mask

    private UnixDiagReq() {}
  }

  /** linux/inet_diag.h: sock_diag(7). */
  static final class InetDiagReq {
    static final String NAME = "struct inet_diag_req_v2";
    static final int SIZE = 56;
    static final int SDIAG_FAMILY = 0; // u8
    static final int SDIAG_PROTOCOL = 1; // u8
    static final int IDIAG_STATES = 4; // u32, a mask

    private InetDiagReq() {}
  }

  /** linux/inet_diag.h: sock_diag(7); attributes follow. */
  static final class InetDiagMsg {
    static final String NAME = "struct inet_diag_msg";
    static final int SIZE = 72;
    static final int ID__IDIAG_SPORT = 4; // be16
    static final int IDIAG_INODE = 68; // u32

    private InetDiagMsg() {}
  }

  /** linux/unix_diag.h: sock_diag(7); attributes follow. */
  static final class UnixDiagMsg {
    static final String NAME = "struct unix_diag_msg";
    static final int SIZE = 16;
    static final int UDIAG_TYPE = 1; // u8
    static final int UDIAG_STATE = 2; // u8
    static final int UDIAG_INO = 4; // u32

    private UnixDiagMsg() {}
  }

  /** linux/unix_diag.h: sock_diag(7). */
  static final class UnixDiagVfs {
    static final String NAME = "struct unix_diag_vfs";
    static final int SIZE = 8;
    static final int UDIAG_VFS_INO = 0; // u32: the lower half
    static final int UDIAG_VFS_DEV = 4; // u32: major << 20 | minor

    private UnixDiagVfs() {}
  }

  /** linux/seccomp.h, 5.0: seccomp_unotify(2); {@code struct seccomp_data} lies inside. */
  static final class SeccompNotif {
    static final String NAME = "struct seccomp_notif";
    static final int SIZE = 80;
    static final int ID = 0; // u64
    static final int PID = 8; // u32: the thread
    static final int FLAGS = 12; // u32
    static final int DATA = 16; // struct seccomp_data

    private SeccompNotif() {}
  }

  /** linux/seccomp.h, 3.5: seccomp(2). */
  static final class SeccompData {
    static final String NAME = "struct seccomp_data";
    static final int SIZE = 64;
    static final int NR = 0; // s32
    static final int ARCH = 4; // u32
    static final int INSTRUCTION_POINTER = 8; // u64
    static final int ARGS = 16; // six u64

    private SeccompData() {}
  }

  /** linux/seccomp.h, 5.0: seccomp_unotify(2). */
  static final class SeccompNotifResp {
    static final String NAME = "struct seccomp_notif_resp";
    static final int SIZE = 24;
    static final int ID = 0; // u64
    static final int VAL = 8; // s64
    static final int ERROR = 16; // s32, negative
    static final int FLAGS = 20; // u32

    private SeccompNotifResp() {}
  }

  /** linux/seccomp.h, 5.9: seccomp_unotify(2). */
  static final class SeccompNotifAddfd {
    static final String NAME = "struct seccomp_notif_addfd";
    static final int SIZE = 24;
    static final int ID = 0; // u64
    static final int FLAGS = 8; // u32
    static final int SRCFD = 12; // u32
    static final int NEWFD = 16; // u32
    static final int NEWFD_FLAGS = 20; // u32

    private SeccompNotifAddfd() {}
  }
}
