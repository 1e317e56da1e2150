package dev.paddock.linux;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every system call up to Linux 6.18, as data: the one table from which filters, decoders and
 * documents are made. Sources: arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl (Arm).
 */
public final class SystemCalls {
  private static final int NONE = SystemCall.NONE;

  private static final int FILE_READ = SystemCallGroup.FILE_READ.bit();
  private static final int FILE_WRITE = SystemCallGroup.FILE_WRITE.bit();
  private static final int FILE_METADATA = SystemCallGroup.FILE_METADATA.bit();
  private static final int NETWORK = SystemCallGroup.NETWORK.bit();
  private static final int PROCESS = SystemCallGroup.PROCESS.bit();
  private static final int MEMORY = SystemCallGroup.MEMORY.bit();
  private static final int TIME = SystemCallGroup.TIME.bit();
  private static final int IPC = SystemCallGroup.IPC.bit();
  private static final int IO = SystemCallGroup.IO.bit();
  private static final int SIGNAL = SystemCallGroup.SIGNAL.bit();
  private static final int SCHEDULING = SystemCallGroup.SCHEDULING.bit();
  private static final int SYSTEM = SystemCallGroup.SYSTEM.bit();
  private static final int IDENTITY = SystemCallGroup.IDENTITY.bit();
  private static final int RESTRICTION = SystemCallGroup.RESTRICTION.bit();
  private static final int DANGEROUS = SystemCallGroup.DANGEROUS.bit();
  private static final int DEBUG = SystemCallGroup.DEBUG.bit();
  private static final int OBSOLETE = SystemCallGroup.OBSOLETE.bit();

  /** one more than the highest number of either. */
  private static final int LIMIT = 470;

  private static final List<SystemCall> ALL = new ArrayList<>(400);
  private static final Map<String, SystemCall> BY_NAME = new HashMap<>(1024);
  private static final SystemCall[] X86 = new SystemCall[LIMIT];
  private static final SystemCall[] ARM64 = new SystemCall[LIMIT];

  // Name, number on x86-64, number on arm64, arguments (the letters of SystemCallArgument), groups.
  static {
    row("read", 0, 63, "fbz", IO);
    row("write", 1, 64, "fbz", IO);
    row("open", 2, NONE, "pom", FILE_READ | FILE_WRITE);
    row("close", 3, 57, "f", IO);
    row("stat", 4, NONE, "p*", FILE_METADATA);
    row("fstat", 5, 80, "f*", FILE_METADATA);
    row("lstat", 6, NONE, "p*", FILE_METADATA);
    row("poll", 7, NONE, "*zi", IO);
    row("lseek", 8, 62, "fxi", IO);
    row("mmap", 9, 222, "azoofx", MEMORY);
    row("mprotect", 10, 226, "azo", MEMORY);
    row("munmap", 11, 215, "az", MEMORY);
    row("brk", 12, 214, "a", MEMORY);
    row("rt_sigaction", 13, 134, "g**z", SIGNAL);
    row("rt_sigprocmask", 14, 135, "c**z", SIGNAL);
    row("rt_sigreturn", 15, 139, "", SIGNAL);
    row("ioctl", 16, 29, "fc*", IO);
    row("pread64", 17, 67, "fbzx", IO);
    row("pwrite64", 18, 68, "fbzx", IO);
    row("readv", 19, 65, "f*z", IO);
    row("writev", 20, 66, "f*z", IO);
    row("access", 21, NONE, "pm", FILE_METADATA);
    row("pipe", 22, NONE, "*", IO);
    row("select", 23, NONE, "z****", IO);
    row("sched_yield", 24, 124, "", SCHEDULING);
    row("mremap", 25, 216, "azzoa", MEMORY);
    row("msync", 26, 227, "azo", MEMORY);
    row("mincore", 27, 232, "az*", MEMORY);
    row("madvise", 28, 233, "azc", MEMORY);
    row("shmget", 29, 194, "kzo", IPC);
    row("shmat", 30, 196, "kao", IPC);
    row("shmctl", 31, 195, "kc*", IPC);
    row("dup", 32, 23, "f", IO);
    row("dup2", 33, NONE, "ff", IO);
    row("pause", 34, NONE, "", SIGNAL);
    row("nanosleep", 35, 101, "**", TIME);
    row("getitimer", 36, 102, "c*", TIME);
    row("alarm", 37, NONE, "i", TIME);
    row("setitimer", 38, 103, "c**", TIME);
    row("getpid", 39, 172, "", PROCESS);
    row("sendfile", 40, 71, "ff*z", IO);
    row("socket", 41, 198, "ioi", NETWORK);
    row("connect", 42, 203, "fnz", NETWORK);
    row("accept", 43, 202, "fn*", NETWORK);
    row("sendto", 44, 206, "fbzonz", NETWORK);
    row("recvfrom", 45, 207, "fbzon*", NETWORK);
    row("sendmsg", 46, 211, "f*o", NETWORK);
    row("recvmsg", 47, 212, "f*o", NETWORK);
    row("shutdown", 48, 210, "fi", NETWORK);
    row("bind", 49, 200, "fnz", NETWORK);
    row("listen", 50, 201, "fi", NETWORK);
    row("getsockname", 51, 204, "fn*", NETWORK);
    row("getpeername", 52, 205, "fn*", NETWORK);
    row("socketpair", 53, 199, "ioi*", NETWORK);
    row("setsockopt", 54, 208, "fic*z", NETWORK);
    row("getsockopt", 55, 209, "fic**", NETWORK);
    row("clone", 56, 220, "oa**a", PROCESS);
    row("fork", 57, NONE, "", PROCESS);
    row("vfork", 58, NONE, "", PROCESS);
    row("execve", 59, 221, "pvv", PROCESS);
    row("exit", 60, 93, "i", PROCESS);
    row("wait4", 61, 260, "P*o*", PROCESS);
    row("kill", 62, 129, "Pg", SIGNAL);
    row("uname", 63, 160, "*", SYSTEM);
    row("semget", 64, 190, "kio", IPC);
    row("semop", 65, 193, "k*z", IPC);
    row("semctl", 66, 191, "kic*", IPC);
    row("shmdt", 67, 197, "a", IPC);
    row("msgget", 68, 186, "ko", IPC);
    row("msgsnd", 69, 189, "kbzo", IPC);
    row("msgrcv", 70, 188, "kbzio", IPC);
    row("msgctl", 71, 187, "kc*", IPC);
    row("fcntl", 72, 25, "fc*", IO);
    row("flock", 73, 32, "fo", IO);
    row("fsync", 74, 82, "f", IO);
    row("fdatasync", 75, 83, "f", IO);
    row("truncate", 76, 45, "px", FILE_WRITE);
    row("ftruncate", 77, 46, "fx", FILE_WRITE);
    row("getdents", 78, NONE, "f*z", FILE_READ);
    row("getcwd", 79, 17, "*z", FILE_READ);
    row("chdir", 80, 49, "p", FILE_READ);
    row("fchdir", 81, 50, "f", FILE_READ);
    row("rename", 82, NONE, "pp", FILE_WRITE);
    row("mkdir", 83, NONE, "pm", FILE_WRITE);
    row("rmdir", 84, NONE, "p", FILE_WRITE);
    row("creat", 85, NONE, "pm", FILE_WRITE);
    row("link", 86, NONE, "pp", FILE_WRITE);
    row("unlink", 87, NONE, "p", FILE_WRITE);
    row("symlink", 88, NONE, "sp", FILE_WRITE);
    row("readlink", 89, NONE, "pbz", FILE_READ);
    row("chmod", 90, NONE, "pm", FILE_METADATA);
    row("fchmod", 91, 52, "fm", FILE_METADATA);
    row("chown", 92, NONE, "puu", FILE_METADATA);
    row("fchown", 93, 55, "fuu", FILE_METADATA);
    row("lchown", 94, NONE, "puu", FILE_METADATA);
    row("umask", 95, 166, "m", PROCESS);
    row("gettimeofday", 96, 169, "**", TIME);
    row("getrlimit", 97, 163, "c*", PROCESS);
    row("getrusage", 98, 165, "c*", PROCESS);
    row("sysinfo", 99, 179, "*", SYSTEM);
    row("times", 100, 153, "*", TIME);
    row("ptrace", 101, 117, "cPa*", DANGEROUS | DEBUG);
    row("getuid", 102, 174, "", IDENTITY);
    row("syslog", 103, 116, "cbz", DANGEROUS);
    row("getgid", 104, 176, "", IDENTITY);
    row("setuid", 105, 146, "u", IDENTITY);
    row("setgid", 106, 144, "u", IDENTITY);
    row("geteuid", 107, 175, "", IDENTITY);
    row("getegid", 108, 177, "", IDENTITY);
    row("setpgid", 109, 154, "PP", PROCESS);
    row("getppid", 110, 173, "", PROCESS);
    row("getpgrp", 111, NONE, "", PROCESS);
    row("setsid", 112, 157, "", PROCESS);
    row("setreuid", 113, 145, "uu", IDENTITY);
    row("setregid", 114, 143, "uu", IDENTITY);
    row("getgroups", 115, 158, "i*", IDENTITY);
    row("setgroups", 116, 159, "i*", IDENTITY);
    row("setresuid", 117, 147, "uuu", IDENTITY);
    row("getresuid", 118, 148, "***", IDENTITY);
    row("setresgid", 119, 149, "uuu", IDENTITY);
    row("getresgid", 120, 150, "***", IDENTITY);
    row("getpgid", 121, 155, "P", PROCESS);
    row("setfsuid", 122, 151, "u", IDENTITY);
    row("setfsgid", 123, 152, "u", IDENTITY);
    row("getsid", 124, 156, "P", PROCESS);
    row("capget", 125, 90, "**", IDENTITY);
    row("capset", 126, 91, "**", IDENTITY);
    row("rt_sigpending", 127, 136, "*z", SIGNAL);
    row("rt_sigtimedwait", 128, 137, "***z", SIGNAL);
    row("rt_sigqueueinfo", 129, 138, "Pg*", SIGNAL);
    row("rt_sigsuspend", 130, 133, "*z", SIGNAL);
    row("sigaltstack", 131, 132, "**", SIGNAL);
    row("utime", 132, NONE, "p*", FILE_METADATA);
    row("mknod", 133, NONE, "pmi", FILE_WRITE);
    row("uselib", 134, NONE, "p", OBSOLETE);
    row("personality", 135, 92, "i", PROCESS);
    row("ustat", 136, NONE, "i*", SYSTEM);
    row("statfs", 137, 43, "p*", FILE_METADATA);
    row("fstatfs", 138, 44, "f*", FILE_METADATA);
    row("sysfs", 139, NONE, "c**", SYSTEM);
    row("getpriority", 140, 141, "cP", SCHEDULING);
    row("setpriority", 141, 140, "cPi", SCHEDULING);
    row("sched_setparam", 142, 118, "P*", SCHEDULING);
    row("sched_getparam", 143, 121, "P*", SCHEDULING);
    row("sched_setscheduler", 144, 119, "Pi*", SCHEDULING);
    row("sched_getscheduler", 145, 120, "P", SCHEDULING);
    row("sched_get_priority_max", 146, 125, "i", SCHEDULING);
    row("sched_get_priority_min", 147, 126, "i", SCHEDULING);
    row("sched_rr_get_interval", 148, 127, "P*", SCHEDULING);
    row("mlock", 149, 228, "az", MEMORY);
    row("munlock", 150, 229, "az", MEMORY);
    row("mlockall", 151, 230, "o", MEMORY);
    row("munlockall", 152, 231, "", MEMORY);
    row("vhangup", 153, 58, "", DANGEROUS);
    row("modify_ldt", 154, NONE, "c*z", DANGEROUS);
    row("pivot_root", 155, 41, "pp", DANGEROUS);
    row("_sysctl", 156, NONE, "*", OBSOLETE);
    row("prctl", 157, 167, "ciiii", PROCESS);
    row("arch_prctl", 158, NONE, "c*", PROCESS);
    row("adjtimex", 159, 171, "*", TIME);
    row("setrlimit", 160, 164, "c*", PROCESS);
    row("chroot", 161, 51, "p", DANGEROUS);
    row("sync", 162, 81, "", FILE_WRITE);
    row("acct", 163, 89, "p", DANGEROUS);
    row("settimeofday", 164, 170, "**", DANGEROUS);
    row("mount", 165, 40, "spsob", DANGEROUS);
    row("umount2", 166, 39, "po", DANGEROUS);
    row("swapon", 167, 224, "po", DANGEROUS);
    row("swapoff", 168, 225, "p", DANGEROUS);
    row("reboot", 169, 142, "iic*", DANGEROUS);
    row("sethostname", 170, 161, "sz", DANGEROUS);
    row("setdomainname", 171, 162, "sz", DANGEROUS);
    row("iopl", 172, NONE, "i", DANGEROUS);
    row("ioperm", 173, NONE, "iii", DANGEROUS);
    row("create_module", 174, NONE, "sz", OBSOLETE);
    row("init_module", 175, 105, "bzs", DANGEROUS);
    row("delete_module", 176, 106, "so", DANGEROUS);
    row("get_kernel_syms", 177, NONE, "*", OBSOLETE);
    row("query_module", 178, NONE, "sc*z*", OBSOLETE);
    row("quotactl", 179, 60, "cpi*", DANGEROUS);
    row("nfsservctl", 180, 42, "c**", OBSOLETE);
    row("getpmsg", 181, NONE, "", OBSOLETE);
    row("putpmsg", 182, NONE, "", OBSOLETE);
    row("afs_syscall", 183, NONE, "", OBSOLETE);
    row("tuxcall", 184, NONE, "", OBSOLETE);
    row("security", 185, NONE, "", OBSOLETE);
    row("gettid", 186, 178, "", PROCESS);
    row("readahead", 187, 213, "fxz", IO);
    row("setxattr", 188, 5, "psbzo", FILE_METADATA);
    row("lsetxattr", 189, 6, "psbzo", FILE_METADATA);
    row("fsetxattr", 190, 7, "fsbzo", FILE_METADATA);
    row("getxattr", 191, 8, "psbz", FILE_METADATA);
    row("lgetxattr", 192, 9, "psbz", FILE_METADATA);
    row("fgetxattr", 193, 10, "fsbz", FILE_METADATA);
    row("listxattr", 194, 11, "pbz", FILE_METADATA);
    row("llistxattr", 195, 12, "pbz", FILE_METADATA);
    row("flistxattr", 196, 13, "fbz", FILE_METADATA);
    row("removexattr", 197, 14, "ps", FILE_METADATA);
    row("lremovexattr", 198, 15, "ps", FILE_METADATA);
    row("fremovexattr", 199, 16, "fs", FILE_METADATA);
    row("tkill", 200, 130, "Pg", SIGNAL);
    row("time", 201, NONE, "*", TIME);
    row("futex", 202, 98, "*ci**i", PROCESS);
    row("sched_setaffinity", 203, 122, "Pz*", SCHEDULING);
    row("sched_getaffinity", 204, 123, "Pz*", SCHEDULING);
    row("set_thread_area", 205, NONE, "*", PROCESS);
    row("io_setup", 206, 0, "i*", IO);
    row("io_destroy", 207, 1, "k", IO);
    row("io_getevents", 208, 4, "kii**", IO);
    row("io_submit", 209, 2, "kz*", IO);
    row("io_cancel", 210, 3, "k**", IO);
    row("get_thread_area", 211, NONE, "*", PROCESS);
    row("lookup_dcookie", 212, 18, "xbz", DANGEROUS);
    row("epoll_create", 213, NONE, "i", IO);
    row("epoll_ctl_old", 214, NONE, "", OBSOLETE);
    row("epoll_wait_old", 215, NONE, "", OBSOLETE);
    row("remap_file_pages", 216, 234, "azoxo", MEMORY);
    row("getdents64", 217, 61, "f*z", FILE_READ);
    row("set_tid_address", 218, 96, "*", PROCESS);
    row("restart_syscall", 219, 128, "", SIGNAL);
    row("semtimedop", 220, 192, "k*z*", IPC);
    row("fadvise64", 221, 223, "fxzc", IO);
    row("timer_create", 222, 107, "t**", TIME);
    row("timer_settime", 223, 110, "ko**", TIME);
    row("timer_gettime", 224, 108, "k*", TIME);
    row("timer_getoverrun", 225, 109, "k", TIME);
    row("timer_delete", 226, 111, "k", TIME);
    row("clock_settime", 227, 112, "t*", DANGEROUS);
    row("clock_gettime", 228, 113, "t*", TIME);
    row("clock_getres", 229, 114, "t*", TIME);
    row("clock_nanosleep", 230, 115, "to**", TIME);
    row("exit_group", 231, 94, "i", PROCESS);
    row("epoll_wait", 232, NONE, "f*ii", IO);
    row("epoll_ctl", 233, 21, "fcf*", IO);
    row("tgkill", 234, 131, "PPg", SIGNAL);
    row("utimes", 235, NONE, "p*", FILE_METADATA);
    row("vserver", 236, NONE, "", OBSOLETE);
    row("mbind", 237, 235, "azi*zo", MEMORY);
    row("set_mempolicy", 238, 237, "i*z", MEMORY);
    row("get_mempolicy", 239, 236, "**zao", MEMORY);
    row("mq_open", 240, 180, "som*", IPC);
    row("mq_unlink", 241, 181, "s", IPC);
    row("mq_timedsend", 242, 182, "fbzi*", IPC);
    row("mq_timedreceive", 243, 183, "fb***", IPC);
    row("mq_notify", 244, 184, "f*", IPC);
    row("mq_getsetattr", 245, 185, "f**", IPC);
    row("kexec_load", 246, 104, "az*o", DANGEROUS);
    row("waitid", 247, 95, "cP*o*", PROCESS);
    row("add_key", 248, 217, "ssbzk", DANGEROUS);
    row("request_key", 249, 218, "sssk", DANGEROUS);
    row("keyctl", 250, 219, "c****", DANGEROUS);
    row("ioprio_set", 251, 30, "cPi", SCHEDULING);
    row("ioprio_get", 252, 31, "cP", SCHEDULING);
    row("inotify_init", 253, NONE, "", FILE_READ);
    row("inotify_add_watch", 254, 27, "fpo", FILE_READ);
    row("inotify_rm_watch", 255, 28, "fk", FILE_READ);
    row("migrate_pages", 256, 238, "Pz**", MEMORY);
    row("openat", 257, 56, "dpom", FILE_READ | FILE_WRITE);
    row("mkdirat", 258, 34, "dpm", FILE_WRITE);
    row("mknodat", 259, 33, "dpmi", FILE_WRITE);
    row("fchownat", 260, 54, "dpuuo", FILE_METADATA);
    row("futimesat", 261, NONE, "dp*", FILE_METADATA);
    row("newfstatat", 262, 79, "dp*o", FILE_METADATA);
    row("unlinkat", 263, 35, "dpo", FILE_WRITE);
    row("renameat", 264, 38, "dpdp", FILE_WRITE);
    row("linkat", 265, 37, "dpdpo", FILE_WRITE);
    row("symlinkat", 266, 36, "sdp", FILE_WRITE);
    row("readlinkat", 267, 78, "dpbz", FILE_READ);
    row("fchmodat", 268, 53, "dpm", FILE_METADATA);
    row("faccessat", 269, 48, "dpm", FILE_METADATA);
    row("pselect6", 270, 72, "z*****", IO);
    row("ppoll", 271, 73, "*z**z", IO);
    row("unshare", 272, 97, "o", DANGEROUS);
    row("set_robust_list", 273, 99, "*z", PROCESS);
    row("get_robust_list", 274, 100, "P**", PROCESS);
    row("splice", 275, 76, "f*f*zo", IO);
    row("tee", 276, 77, "ffzo", IO);
    row("sync_file_range", 277, 84, "fxxo", IO);
    row("vmsplice", 278, 75, "f*zo", IO);
    row("move_pages", 279, 239, "Pz***o", MEMORY);
    row("utimensat", 280, 88, "dp*o", FILE_METADATA);
    row("epoll_pwait", 281, 22, "f*ii*z", IO);
    row("signalfd", 282, NONE, "f*z", SIGNAL);
    row("timerfd_create", 283, 85, "to", TIME);
    row("eventfd", 284, NONE, "i", IO);
    row("fallocate", 285, 47, "foxx", FILE_WRITE);
    row("timerfd_settime", 286, 86, "fo**", TIME);
    row("timerfd_gettime", 287, 87, "f*", TIME);
    row("accept4", 288, 242, "fn*o", NETWORK);
    row("signalfd4", 289, 74, "f*zo", SIGNAL);
    row("eventfd2", 290, 19, "io", IO);
    row("epoll_create1", 291, 20, "o", IO);
    row("dup3", 292, 24, "ffo", IO);
    row("pipe2", 293, 59, "*o", IO);
    row("inotify_init1", 294, 26, "o", FILE_READ);
    row("preadv", 295, 69, "f*zxx", IO);
    row("pwritev", 296, 70, "f*zxx", IO);
    row("rt_tgsigqueueinfo", 297, 240, "PPg*", SIGNAL);
    row("perf_event_open", 298, 241, "*Pifo", DANGEROUS);
    row("recvmmsg", 299, 243, "f*zo*", NETWORK);
    row("fanotify_init", 300, 262, "oo", DANGEROUS);
    row("fanotify_mark", 301, 263, "foxdp", DANGEROUS);
    row("prlimit64", 302, 261, "Pc**", PROCESS);
    row("name_to_handle_at", 303, 264, "dp**o", DANGEROUS);
    row("open_by_handle_at", 304, 265, "d*o", DANGEROUS);
    row("clock_adjtime", 305, 266, "t*", TIME);
    row("syncfs", 306, 267, "f", FILE_WRITE);
    row("sendmmsg", 307, 269, "f*zo", NETWORK);
    row("setns", 308, 268, "fo", DANGEROUS);
    row("getcpu", 309, 168, "***", SCHEDULING);
    row("process_vm_readv", 310, 270, "P*z*zo", DANGEROUS | DEBUG);
    row("process_vm_writev", 311, 271, "P*z*zo", DANGEROUS | DEBUG);
    row("kcmp", 312, 272, "PPcff", DANGEROUS | DEBUG);
    row("finit_module", 313, 273, "fso", DANGEROUS);
    row("sched_setattr", 314, 274, "P*o", SCHEDULING);
    row("sched_getattr", 315, 275, "P*zo", SCHEDULING);
    row("renameat2", 316, 276, "dpdpo", FILE_WRITE);
    row("seccomp", 317, 277, "co*", RESTRICTION);
    row("getrandom", 318, 278, "bzo", SYSTEM);
    row("memfd_create", 319, 279, "so", MEMORY);
    row("kexec_file_load", 320, 294, "ffzso", DANGEROUS);
    row("bpf", 321, 280, "c*z", DANGEROUS);
    row("execveat", 322, 281, "dpvvo", PROCESS);
    row("userfaultfd", 323, 282, "o", DANGEROUS);
    row("membarrier", 324, 283, "coi", PROCESS);
    row("mlock2", 325, 284, "azo", MEMORY);
    row("copy_file_range", 326, 285, "f*f*zo", IO);
    row("preadv2", 327, 286, "f*zxxo", IO);
    row("pwritev2", 328, 287, "f*zxxo", IO);
    row("pkey_mprotect", 329, 288, "azok", MEMORY);
    row("pkey_alloc", 330, 289, "oo", MEMORY);
    row("pkey_free", 331, 290, "k", MEMORY);
    row("statx", 332, 291, "dpoo*", FILE_METADATA);
    row("io_pgetevents", 333, 292, "kii***", IO);
    row("rseq", 334, 293, "*zoi", PROCESS);
    row("uretprobe", 335, NONE, "", PROCESS);
    row("uprobe", 336, NONE, "", PROCESS);
    row("pidfd_send_signal", 424, 424, "fg*o", SIGNAL);
    row("io_uring_setup", 425, 425, "i*", DANGEROUS);
    row("io_uring_enter", 426, 426, "fiio*z", DANGEROUS);
    row("io_uring_register", 427, 427, "fc*i", DANGEROUS);
    row("open_tree", 428, 428, "dpo", DANGEROUS);
    row("move_mount", 429, 429, "dpdpo", DANGEROUS);
    row("fsopen", 430, 430, "so", DANGEROUS);
    row("fsconfig", 431, 431, "fcsbi", DANGEROUS);
    row("fsmount", 432, 432, "foo", DANGEROUS);
    row("fspick", 433, 433, "dpo", DANGEROUS);
    row("pidfd_open", 434, 434, "Po", PROCESS);
    row("clone3", 435, 435, "*z", PROCESS);
    row("close_range", 436, 436, "ffo", IO);
    row("openat2", 437, 437, "dp*z", FILE_READ | FILE_WRITE);
    row("pidfd_getfd", 438, 438, "ffo", DANGEROUS);
    row("faccessat2", 439, 439, "dpmo", FILE_METADATA);
    row("process_madvise", 440, 440, "f*zco", MEMORY);
    row("epoll_pwait2", 441, 441, "f*i**z", IO);
    row("mount_setattr", 442, 442, "dpo*z", DANGEROUS);
    row("quotactl_fd", 443, 443, "fci*", DANGEROUS);
    row("landlock_create_ruleset", 444, 444, "*zo", RESTRICTION);
    row("landlock_add_rule", 445, 445, "fc*o", RESTRICTION);
    row("landlock_restrict_self", 446, 446, "fo", RESTRICTION);
    row("memfd_secret", 447, 447, "o", MEMORY);
    row("process_mrelease", 448, 448, "fo", DANGEROUS);
    row("futex_waitv", 449, 449, "*io*t", PROCESS);
    row("set_mempolicy_home_node", 450, 450, "azio", MEMORY);
    row("cachestat", 451, 451, "f**o", IO);
    row("fchmodat2", 452, 452, "dpmo", FILE_METADATA);
    row("map_shadow_stack", 453, 453, "azo", MEMORY);
    row("futex_wake", 454, 454, "*xio", PROCESS);
    row("futex_wait", 455, 455, "*xxo*t", PROCESS);
    row("futex_requeue", 456, 456, "*oii", PROCESS);
    row("statmount", 457, 457, "**zo", SYSTEM);
    row("listmount", 458, 458, "**zo", SYSTEM);
    row("lsm_get_self_attr", 459, 459, "c**o", SYSTEM);
    row("lsm_set_self_attr", 460, 460, "c*zo", DANGEROUS);
    row("lsm_list_modules", 461, 461, "**o", SYSTEM);
    row("mseal", 462, 462, "azo", MEMORY);
    row("setxattrat", 463, 463, "dposbz", FILE_METADATA);
    row("getxattrat", 464, 464, "dposbz", FILE_METADATA);
    row("listxattrat", 465, 465, "dpobz", FILE_METADATA);
    row("removexattrat", 466, 466, "dpos", FILE_METADATA);
    row("open_tree_attr", 467, 467, "dpo*z", DANGEROUS);
    row("file_getattr", 468, 468, "dp*zo", FILE_METADATA);
    row("file_setattr", 469, 469, "dp*zo", FILE_METADATA);
  }

  private SystemCalls() {}

  private static void row(String name, int x86, int arm64, String signature, int groups) {
    SystemCall call = new SystemCall(name, x86, arm64, signature, groups);
    ALL.add(call);
    BY_NAME.put(name, call);
    if (x86 != NONE) {
      X86[x86] = call;
    }
    if (arm64 != NONE) {
      ARM64[arm64] = call;
    }
  }

  /** Every system call that either architecture has, ordered by the number on x86-64. */
  public static List<SystemCall> all() {
    return Collections.unmodifiableList(ALL);
  }

  /**
   * The system call of a name.
   *
   * @param name the kernel's name, such as {@code openat}
   */
  public static Optional<SystemCall> byName(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * The system call of a number.
   *
   * @param arch whose number it is
   * @param number any number, also one that no call has
   */
  public static Optional<SystemCall> byNumber(Arch arch, int number) {
    if (number < 0 || number >= LIMIT) {
      return Optional.empty();
    }
    SystemCall[] table =
        switch (arch) {
          case X86_64 -> X86;
          case AARCH64 -> ARM64;
        };
    return Optional.ofNullable(table[number]);
  }

  /** The system calls of a group, ordered as {@link #all()}. */
  public static List<SystemCall> group(SystemCallGroup group) {
    List<SystemCall> calls = new ArrayList<>();
    for (SystemCall call : ALL) {
      if (call.in(group)) {
        calls.add(call);
      }
    }
    return List.copyOf(calls);
  }
}
