/*
 * The kernel, called directly: system calls without a C library, for x86-64 and arm64. A call returns its value, or -errno.
 * Numbers and constants come from the kernel's own headers; what Debian's 6.1 headers lack is defined here with its source.
 */
#ifndef PADDOCK_SYS_H
#define PADDOCK_SYS_H

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/wait.h>

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int pid;

#define SIGNAL_KILL 9
#define SIGNAL_TERM 15
#define SIGNAL_CHILD 17
#define SIGNAL_CONTINUE 18
#define SIGNAL_STOP 19
#define SIGNAL_TTY_INPUT 21  /* SIGTTIN */
#define SIGNAL_TTY_OUTPUT 22 /* SIGTTOU */
#define SIGNAL_MAX 64

#define SIGNALS_SETMASK 2 /* SIG_SETMASK, asm-generic/signal-defs.h */

#define FAMILY_INET 2              /* AF_INET, linux/socket.h (kernel only) */
#define SOCKET_DATAGRAM 2          /* SOCK_DGRAM, linux/net.h (kernel only) */
#define GET_INTERFACE_FLAGS 0x8913 /* SIOCGIFFLAGS, linux/sockios.h */
#define SET_INTERFACE_FLAGS 0x8914 /* SIOCSIFFLAGS */
#define INTERFACE_UP 1             /* IFF_UP, linux/if.h */
#define SET_INTERFACE_ADDRESS 0x8916 /* SIOCSIFADDR */
#define SET_INTERFACE_MASK 0x891c  /* SIOCSIFNETMASK */
#define SOCKET_STREAM 1            /* SOCK_STREAM, linux/net.h (kernel only) */
#define SOCKET_NO_WAIT 04000       /* SOCK_NONBLOCK */
#define SOCKET_LEVEL 1             /* SOL_SOCKET */
#define SOCKET_TYPE 3              /* SO_TYPE */
#define SOCKET_SEQPACKET 5         /* SOCK_SEQPACKET, linux/net.h (kernel only) */
#define SOCKET_NO_MORE_READS 0     /* SHUT_RD */
#define SOCKET_RAW 3               /* SOCK_RAW, linux/net.h (kernel only) */
#define FAMILY_NETLINK 16          /* AF_NETLINK, linux/socket.h (kernel only) */
#define NETLINK_DIAGNOSIS 4        /* NETLINK_SOCK_DIAG, linux/netlink.h */
#define SOCKET_RIGHTS 1            /* SCM_RIGHTS */
#define MESSAGE_CONTROL_CUT 0x08   /* MSG_CTRUNC, linux/socket.h (kernel only), as the following */
#define MESSAGE_CUT 0x20           /* MSG_TRUNC */
#define MESSAGE_NO_WAIT 0x40       /* MSG_DONTWAIT */
#define MESSAGE_NO_SIGNAL 0x4000   /* MSG_NOSIGNAL */
#define MESSAGE_CLOSE_ON_EXEC 0x40000000 /* MSG_CMSG_CLOEXEC */

#define MAP_READ 1              /* PROT_READ */
#define MAP_WRITE 2             /* PROT_WRITE */
#define MAP_OWN 0x02            /* MAP_PRIVATE */
#define MAP_NO_FILE 0x20        /* MAP_ANONYMOUS */

#define DETACH_MOUNT 2           /* MNT_DETACH of umount2(2), linux/fs.h (kernel only) */
#define RANGE_UNSHARE 2         /* CLOSE_RANGE_UNSHARE, linux/close_range.h */
#define LIMIT_DESCRIPTORS 7     /* RLIMIT_NOFILE */
#define USAGE_CHILDREN (-1)     /* RUSAGE_CHILDREN */
#define CLOCK_STEADY 1          /* CLOCK_MONOTONIC */
#define PROCESS_FORKED_ONLY 0x40 /* PF_FORKNOEXEC, linux/sched.h (kernel only) */
#define WAIT_PID 1              /* P_PID of waitid */
#define SIGNALFD_NO_WAIT O_NONBLOCK

#define RIGHT_REFER (1ull << 13)  /* LANDLOCK_ACCESS_FS_REFER, linux/landlock.h of 5.19 */
#define RULE_PATH_BENEATH 1      /* LANDLOCK_RULE_PATH_BENEATH */
#define SCOPE_ABSTRACT_SOCKETS 1 /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, linux/landlock.h of 6.12 */
#define SCOPE_SIGNALS 2          /* LANDLOCK_SCOPE_SIGNAL */

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* linux/seccomp.h of 5.19 */
#endif

struct moment { /* struct timespec */
  long seconds;
  long nanoseconds;
};

struct usage { /* struct rusage: the kernel's, all longs */
  struct {
    long seconds;
    long microseconds;
  } user, system;
  long maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};

struct poll_entry { /* struct pollfd */
  int fd;
  short events;
  short happened;
};

struct bytes { /* struct iovec */
  void *start;
  unsigned long size;
};

struct socket_message { /* struct msghdr as the kernel has it (struct user_msghdr) */
  void *name;
  int name_size;
  struct bytes *parts;
  unsigned long part_count;
  void *control;
  unsigned long control_size;
  u32 flags;
};

struct control_header { /* struct cmsghdr */
  unsigned long size;
  int level;
  int type;
};

#if defined(__x86_64__)
static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
#error "paddock-init knows x86-64 and arm64 only"
#endif

static inline long sys1(long n, long a) { return sys6(n, a, 0, 0, 0, 0, 0); }
static inline long sys2(long n, long a, long b) { return sys6(n, a, b, 0, 0, 0, 0); }
static inline long sys3(long n, long a, long b, long c) { return sys6(n, a, b, c, 0, 0, 0); }
static inline long sys4(long n, long a, long b, long c, long d) { return sys6(n, a, b, c, d, 0, 0); }
static inline long sys5(long n, long a, long b, long c, long d, long e) { return sys6(n, a, b, c, d, e, 0); }

static inline __attribute__((noreturn)) void leave(int status) {
  for (;;) sys1(__NR_exit_group, status);
}

static inline long close_fd(int fd) { return sys1(__NR_close, fd); }
static inline long close_range(u32 first, u32 last, u32 flags) { return sys3(__NR_close_range, (long)first, (long)last, (long)flags); }
static inline long dup_above(int fd, int least) { return sys3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, least); }
static inline long read_fd(int fd, void *to, unsigned long size) { return sys3(__NR_read, fd, (long)to, (long)size); }
static inline long write_fd(int fd, const void *from, unsigned long size) { return sys3(__NR_write, fd, (long)from, (long)size); }
static inline long make_pipe(int ends[2], int flags) { return sys2(__NR_pipe2, (long)ends, flags); }
static inline long send_signal(pid to, int signal) { return sys2(__NR_kill, to, signal); }
static inline pid own_pid(void) { return (pid)sys1(__NR_getpid, 0); }
static inline pid parent_pid(void) { return (pid)sys1(__NR_getppid, 0); }
static inline long control_process(long option, long a) { return sys5(__NR_prctl, option, a, 0, 0, 0); }
/* Whether two texts are equal. */
static inline int same(const char *text, const char *word) {
  while (*word)
    if (*text++ != *word++) return 0;
  return !*text;
}
/* Appends a number in decimal digits, without a NUL; where they end. */
static inline char *append_number(char *to, u32 number) {
  char digits[10];
  u32 count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0) *to++ = digits[--count];
  return to;
}
/* Waits until a blocked signal of the set comes, and takes it; the signal or -errno (EAGAIN: none came in time). */
static inline long take_signal(u64 set, const struct moment *longest) {
  return sys4(__NR_rt_sigtimedwait, (long)&set, 0, (long)longest, sizeof set);
}
static inline long wait_for(pid which, int *status, int options) { return sys4(__NR_wait4, which, (long)status, options, 0); }

static inline u64 now_ns(void) {
  struct moment moment = {0, 0};
  sys2(__NR_clock_gettime, CLOCK_STEADY, (long)&moment);
  return (u64)moment.seconds * 1000000000u + (u64)moment.nanoseconds;
}
static inline u64 after_ms(u64 now, u64 ms) { return now + ms * 1000000u; }

/* fork, without a libc to tell: the child returns 0 on its own copy of this stack. */
static inline long fork_process(unsigned long flags, int *pidfd) {
#if defined(__x86_64__)
  return sys5(__NR_clone, (long)(flags | SIGNAL_CHILD), 0, (long)pidfd, 0, 0);
#else
  return sys5(__NR_clone, (long)(flags | SIGNAL_CHILD), 0, (long)pidfd, 0, 0); /* tls and child_tid change places; both are 0 */
#endif
}

#ifndef PADDOCK_HOSTED
/*
 * A child in the same memory that begins at "run" on a stack of its own: no page tables are copied, no page is copied on write. "run" does not return.
 * What the caller changes afterwards, the child sees.
 */
static inline long fork_sharing(unsigned long flags, int *pidfd, void *stack_end, void (*run)(void)) {
#if defined(__x86_64__)
  long result = __NR_clone;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "call *%[run]\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "D"(flags | CLONE_VM | SIGNAL_CHILD), "S"(stack_end), "d"(pidfd), "r"(r10), "r"(r8), [run] "r"(run)
      : "rcx", "r11", "memory", "cc");
  return result;
#else
  register long x8 __asm__("x8") = __NR_clone;
  register long x0 __asm__("x0") = (long)(flags | CLONE_VM | SIGNAL_CHILD);
  register long x1 __asm__("x1") = (long)stack_end;
  register long x2 __asm__("x2") = (long)pidfd;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "blr %[run]\n\t"
      "brk #0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [run] "r"(run)
      : "memory", "cc");
  return x0;
#endif
}
#endif

/* Wait statuses as wait4(2) gives them. */
static inline int status_stopped(int status) { return (status & 0xff) == 0x7f; }
static inline int status_stop_signal(int status) { return (status >> 8) & 0xff; }
static inline int status_continued(int status) { return status == 0xffff; }
static inline int status_exited(int status) { return (status & 0x7f) == 0; }
static inline int status_exit_code(int status) { return (status >> 8) & 0xff; }

#endif
