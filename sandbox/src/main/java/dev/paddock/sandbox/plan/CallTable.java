package dev.paddock.sandbox.plan;

/**
 * The system calls that the filter lets through or refuses whatever their arguments are. Those that
 * are judged by their arguments are in {@link CheckedCalls}; a call that is in neither table does
 * not exist for the target: it fails with ENOSYS, so that programs take the way they take on older
 * kernels.
 */
final class CallTable {
  /**
   * System calls of one kind.
   *
   * @param reason why they are treated so
   * @param calls their names, separated by one space
   */
  record Entry(String reason, String calls) {}

  /** Let through. */
  static final Entry[] ALLOWED = {
    new Entry(
        "input and output on descriptors that the target has",
        "read write close lseek pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2"
            + " dup dup2 dup3 close_range pipe pipe2 poll ppoll select pselect6"
            + " epoll_ctl epoll_wait epoll_pwait epoll_pwait2"
            + " eventfd eventfd2 sendfile splice tee vmsplice copy_file_range"
            + " readahead fadvise64 sync_file_range fsync fdatasync syncfs sync"),
    new Entry(
        "opening, listing, creating and removing files: Landlock decides which",
        "open openat openat2 creat access faccessat faccessat2 getdents getdents64 getcwd chdir"
            + " fchdir rename renameat renameat2 mkdir mkdirat rmdir link linkat unlink unlinkat"
            + " symlink symlinkat readlink readlinkat truncate ftruncate fallocate flock"
            + " inotify_init inotify_init1 inotify_add_watch inotify_rm_watch"),
    new Entry(
        "what is known about files: Landlock does not cover it",
        "stat fstat lstat newfstatat statx statfs fstatfs getxattr lgetxattr fgetxattr listxattr"
            + " llistxattr flistxattr chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat"
            + " utime utimes utimensat futimesat"),
    new Entry(
        "a process's own memory",
        "mmap mprotect munmap brk mremap msync mincore madvise mlock mlock2 munlock mlockall"
            + " munlockall mbind get_mempolicy set_mempolicy memfd_create mseal map_shadow_stack"
            + " pkey_alloc pkey_free pkey_mprotect membarrier"),
    new Entry(
        "processes and threads of the tree",
        "fork vfork execve execveat exit exit_group wait4 waitid getpid getppid gettid getpgid"
            + " setpgid getpgrp getsid setsid getrusage getrlimit setrlimit umask arch_prctl"
            + " set_tid_address set_robust_list rseq futex futex_waitv futex_wake futex_wait"
            + " futex_requeue pidfd_open"),
    new Entry(
        "signals: Landlock keeps them inside the tree",
        "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend"
            + " rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack signalfd signalfd4 pause kill tkill"
            + " tgkill pidfd_send_signal restart_syscall"),
    new Entry(
        "clocks and timers",
        "time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep times alarm"
            + " getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun"
            + " timer_delete timerfd_create timerfd_settime timerfd_gettime"),
    new Entry(
        "reading how processes are scheduled",
        "sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr"
            + " sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority"
            + " ioprio_get getcpu"),
    new Entry("facts about the system", "uname sysinfo getrandom"),
    new Entry(
        "user and group ids and capabilities: there is no privilege left to gain",
        "getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid"
            + " setregid setresuid setresgid setfsuid setfsgid setgroups capget capset"),
    new Entry(
        "sockets that the target has: none leads out unless one was granted",
        "accept accept4 getsockname getpeername getsockopt recvfrom recvmsg recvmmsg shutdown"),
    new Entry(
        "restricting oneself further",
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self"),
    new Entry(
        "made by the kernel's own trampolines where an administrator traces a program",
        "uprobe uretprobe"),
  };

  /** Refused with EPERM, because programs should hear that it is not permitted. */
  static final Entry[] REFUSED = {
    new Entry(
        "reads, controls or changes other processes",
        "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd"
            + " kcmp"),
    new Entry(
        "changes what is mounted",
        "mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig"
            + " fsmount fspick mount_setattr"),
    new Entry("enters namespaces", "setns"),
    new Entry("opens files past every path rule", "open_by_handle_at"),
    new Entry(
        "loads code into the kernel",
        "init_module finit_module delete_module kexec_load kexec_file_load bpf"),
    new Entry(
        "watches the whole machine",
        "perf_event_open fanotify_init fanotify_mark syslog acct quotactl quotactl_fd"),
    new Entry("keys shared with every process of the user", "add_key request_key keyctl"),
    new Entry("holds the kernel at memory accesses", "userfaultfd"),
    new Entry(
        "changes the machine",
        "reboot swapon swapoff sethostname setdomainname settimeofday clock_settime"
            + " clock_adjtime adjtimex vhangup"),
    new Entry("reaches hardware or old segments", "iopl ioperm modify_ldt"),
  };

  /**
   * The calls that programs make most among those whose arguments are judged: resolved before the
   * search. What is let through whatever its arguments are does not run the program at all: the
   * kernel knows it from a bitmap since Linux 5.11. But for that bitmap it runs the program once
   * for each number whenever it is loaded, so each name here costs every start 2 µs.
   */
  static final String HOT = "fcntl ioctl";

  private CallTable() {}
}
