/*
 * The launch protocol between the supervisor (Java) and init (paddock-init).
 *
 * Wire rules
 *  - One SOCK_SEQPACKET socket pair; init's end is descriptor 3 when it starts. One message = one struct below.
 *  - Little-endian, fixed width, no implicit padding: every struct has the size stated in its comment (checked when compiled).
 *  - Every message begins with struct pk_header. A message of another size than its kind's, of another magic or version,
 *    or of an unknown kind is an error: init kills the tree and answers PK_FAILED.
 *  - Reserved fields are zero when sent; init refuses an order whose reserved fields are not.
 *  - End of file on the socket means that the supervisor is gone: init kills the tree, reaps it and exits.
 *
 * How init is started
 *      argv: "paddock-init" [option ...]
 *        no-scopes        behave as on a kernel without Landlock scopes (ABI < 6); for tests
 *        order-ms=N       how long to wait for the order, in milliseconds; 0 = for ever; 10000 if not given
 *      envp: ignored (empty is best).   descriptor 3: the control socket.   Everything else open is closed by init.
 *      It must be started as an ordinary child in the supervisor's own process group (no setsid, no setpgid): without
 *      PK_JOB_CONTROL it leaves that group by itself, with it the group is remembered as the one that owns the terminal.
 *      What is started is the partner (process A); it takes the order, makes the view, and forks init proper (process B). The supervisor waits for A
 *      only; A ends after B and after the whole tree. Its exit status is one of PK_EXIT_*.
 *
 * The course of a run
 *      supervisor                                   init
 *      PK_ORDER + descriptors  ------------------>
 *                              <------------------  PK_READY + pidfd [+ listener [+ two sockets] [+ diagnosis]]
 *      PK_GO                   ------------------>    only if PK_WAIT_FOR_GO was ordered
 *                              <------------------  PK_EXECED
 *      PK_SIGNAL, PK_TERMINATE, PK_KILL, PK_RESUME    at any time after the order
 *                              <------------------  PK_STOPPED, PK_CONTINUED   only with PK_JOB_CONTROL or PK_SHARED_GROUP
 *                              <------------------  PK_RESULT                  the last message, or
 *                              <------------------  PK_FAILED                  the last message, at any point instead
 *                              <------------------  PK_STUCK                   the tree was killed and does not end: what comes after it may never come
 *  - With PK_WAIT_FOR_GO, PK_READY says that the target exists, is completely confined, and waits for PK_GO.
 *    Without it, the target does not wait: PK_READY and PK_EXECED come together when its execve has succeeded.
 *  - When PK_RESULT or PK_FAILED arrives, no process of the tree is left: they are sent after the last one was reaped.
 *    Before it, init stops reading: a message sent too late fails with EPIPE, which only means that the last message waits to be read.
 *    If the target is killed before its execve by an order (PK_KILL, PK_TERMINATE, the timeout), PK_RESULT comes without PK_EXECED (and without
 *    PK_READY, if that was not sent yet).
 */
#ifndef PADDOCK_PROTOCOL_H
#define PADDOCK_PROTOCOL_H

typedef unsigned short pk_u16;
typedef unsigned int pk_u32;
typedef int pk_s32;
typedef unsigned long long pk_u64;

#define PK_MAGIC 0x314b4450u       /* "PDK1": first field of every message */
#define PK_ORDER_MAGIC 0x444f4450u /* "PDOD": first field of the order's memory file */
#define PK_VERSION 1

/* ---------------------------------------------------------------- limits */
#define PK_MAX_ORDER (16u << 20)     /* bytes of the order's memory file */
#define PK_MAX_STRINGS (1u << 20)    /* argv and env, each */
#define PK_MAX_DESCRIPTORS 248u      /* mapped descriptors; with the fixed ones they fit one message (SCM_MAX_FD is 253) */
#define PK_MAX_TARGET_FD (1u << 16)  /* exclusive bound of a mapped descriptor's number in the target */
#define PK_MAX_FILTER 4096u          /* BPF instructions; the kernel's BPF_MAXINSNS */
#define PK_MAX_RLIMITS 16u           /* RLIM_NLIMITS */
#define PK_MAX_MOUNTS 4096u
#define PK_MAX_MS 315360000000ull    /* ten years: bound of every duration */

/* ---------------------------------------------------------------- header */
enum pk_kind {
  /* supervisor to init */
  PK_ORDER = 1,
  PK_GO = 2,
  PK_SIGNAL = 3,
  PK_TERMINATE = 4,
  PK_KILL = 5,
  PK_RESUME = 6,
  /* init to supervisor */
  PK_READY = 65,
  PK_EXECED = 66,
  PK_FAILED = 67,
  PK_STOPPED = 68,
  PK_CONTINUED = 69,
  PK_RESULT = 70,
  PK_STUCK = 71,
};

struct pk_header { /* 8 bytes; PK_GO, PK_KILL, PK_RESUME, PK_EXECED, PK_CONTINUED are nothing else */
  pk_u32 magic;    /* 0: PK_MAGIC */
  pk_u16 version;  /* 4: PK_VERSION */
  pk_u16 kind;     /* 6: enum pk_kind */
};

/* ---------------------------------------------------------------- the order */
/*
 * PK_ORDER carries, in this sequence, as SCM_RIGHTS:
 *   order      a memfd with the seals F_SEAL_WRITE, F_SEAL_SHRINK and F_SEAL_GROW, holding struct pk_order and its sections
 *   cwd        the target's working directory (O_PATH|O_DIRECTORY will do)
 *   ruleset    only with PK_LANDLOCK: the Landlock ruleset of the target
 *   terminal   only with PK_TERMINAL: the controlling terminal, open for reading and writing
 *   mapped[i]  one for each entry of the section "descriptors", in its order
 */
struct pk_order_message { /* 16 bytes */
  struct pk_header header; /* 0 */
  pk_u32 descriptors;      /* 8: how many descriptors the message carries; another number arriving is an error */
  pk_u32 reserved;         /* 12: 0 */
};

enum pk_flags {
  PK_NEW_SESSION = 1 << 0,       /* setsid in the target. Exactly one of this, PK_JOB_CONTROL and PK_SHARED_GROUP is given */
  PK_JOB_CONTROL = 1 << 1,       /* the target gets a process group in the supervisor's session; stops are reported */
  PK_TERMINAL = 1 << 2,          /* a terminal descriptor is sent, to be handed to and taken from the target; needs PK_JOB_CONTROL */
  PK_LANDLOCK = 1 << 3,          /* a ruleset is sent. Without it the target still enters a domain of the two scopes, if there are scopes */
  PK_LISTENER = 1 << 4,          /* the filter is loaded with a listener, which PK_READY hands over; needs a filter and PK_WAIT_FOR_GO */
  PK_WAIT_FOR_GO = 1 << 5,       /* the target waits for PK_GO before its execve */
  PK_DROP_CAPABILITIES = 1 << 6, /* drop all capabilities but keep_capabilities: bounding, inheritable, permitted, effective, ambient */
  PK_REQUIRE_SCOPES = 1 << 7,    /* refuse (PK_STEP_SCOPES) where the kernel has no signal scope, rather than fall back */
  PK_SHELL = 1 << 8,             /* if execve says ENOEXEC, /bin/sh gets the program as its script, as execvp(3) does it */
  PK_SHARED_GROUP = 1 << 9,      /* the target stays in the supervisor's session and process group, where the terminal and a shell reach both;
                                    stops by SIGSTOP are reported. Needs PK_REQUIRE_SCOPES, which keep its own signals inside */
  PK_OWN_LOOPBACK = 1 << 10,     /* the target's network is its own: a loopback that is up, and nothing else. Needs PK_DROP_CAPABILITIES, for in a user
                                    name space it would have all of them */
  PK_OWN_PROCESSES = 1 << 11,    /* init is process 1 of a pid name space: its end is the kernel's end of the tree. Needs a PK_MOUNT_PROC.
                                    Not with PK_JOB_CONTROL: from inside the supervisor's group can neither be seen nor given the terminal */
  PK_OWN_IPC = 1 << 12,          /* System V IPC and POSIX message queues of the target's own; needs PK_DROP_CAPABILITIES */
  PK_RESOLVER = 1 << 13,         /* PK_READY hands over where the target's questions for names arrive; "lo" has PK_NAMES_ADDRESS too, and echo requests may be
                                    sent. Needs PK_OWN_LOOPBACK and PK_LISTENER */
};
#define PK_ALL_FLAGS 0x3fffu

/* The target's name server, port 53, and the network whose addresses stand for names; see RFC 2544: nobody routes it. */
#define PK_NAME_SERVER 0x7f000035u   /* 127.0.0.53 */
#define PK_NAMES_ADDRESS 0xc6120001u /* 198.18.0.1 */
#define PK_NAMES_MASK 0xfffe0000u    /* 15 bits */

struct pk_section { /* 12 bytes; a section without content is all zero */
  pk_u32 offset;    /* 0: from the start of the memory file; at least sizeof(struct pk_order) */
  pk_u32 size;      /* 4: bytes */
  pk_u32 count;     /* 8: elements */
};

/*
 * argv, env     count strings, one after the other, each ended by one NUL; size counts the NULs. argv has at least one. env may have none.
 * path          the executable as given to execve: one string, not empty, ended by a NUL that is its only one; count is 1
 * filter        count BPF instructions of 8 bytes (struct sock_filter); offset a multiple of 8. None: no filter is loaded
 * rlimits       count times struct pk_rlimit; offset a multiple of 8
 * descriptors   count times pk_u32, the number that mapped[i] gets in the target; each once; offset a multiple of 4. 0, 1 and 2 are nothing
 *               special: what is not listed is closed in the target
 * mounts        count times struct pk_mount, done in this sequence; offset a multiple of 8. None: the target's root is the host's. The first one, and
 *               no other, is PK_MOUNT_ROOT. Needs PK_DROP_CAPABILITIES
 * paths         the strings that pk_mount names, one after the other; count is how many, as for argv
 * directory     with mounts: the target's working directory in its own root, one string; "cwd" is not used then. None without mounts
 */
struct pk_order { /* 168 bytes, at offset 0 of the memory file */
  pk_u32 magic;             /* 0: PK_ORDER_MAGIC */
  pk_u16 version;           /* 4: PK_VERSION */
  pk_u16 header_size;       /* 6: sizeof(struct pk_order) */
  pk_u32 total_size;        /* 8: size of the memory file in bytes */
  pk_u32 flags;             /* 12: enum pk_flags */
  pk_u64 keep_capabilities; /* 16: bit n = keep capability n, if it is there; 0 without PK_DROP_CAPABILITIES */
  pk_u64 timeout_ms;        /* 24: from the execve on; then TERM, grace_ms, KILL. 0 = none */
  pk_u64 grace_ms;          /* 32: between TERM and KILL after the timeout; 0 = KILL at once */
  pk_u32 handshake_ms;      /* 40: from the order until the target is about to execve (so it includes waiting for PK_GO); 0 = none */
  pk_u32 umask;             /* 44: 0 to 0777 */
  struct pk_section argv;        /* 48 */
  struct pk_section env;         /* 60 */
  struct pk_section path;        /* 72 */
  struct pk_section filter;      /* 84 */
  struct pk_section rlimits;     /* 96 */
  struct pk_section descriptors; /* 108 */
  pk_u64 ignored_signals;        /* 120: bit n-1 = the target begins with signal n ignored, as nohup(1) has it; others are at their default */
  struct pk_section mounts;      /* 128 */
  struct pk_section paths;       /* 140 */
  struct pk_section directory;   /* 152 */
  pk_u32 reserved;               /* 164: 0 */
};

enum pk_mount_kind {
  PK_MOUNT_ROOT = 1,      /* the target's root: an empty file system in memory, read-only when all the others are in it; place is "/" */
  PK_MOUNT_BIND = 2,      /* source, a path of the host without symbolic links, with all that is mounted below it */
  PK_MOUNT_TMPFS = 3,     /* an empty file system in memory; source is the mode of its root, in octal digits */
  PK_MOUNT_DEVPTS = 4,    /* pseudo-terminals of its own */
  PK_MOUNT_PROC = 5,      /* the processes of its own pid name space; needs PK_OWN_PROCESSES */
  PK_MOUNT_LINK = 6,      /* a symbolic link to source, in the root */
  PK_MOUNT_DIRECTORY = 7, /* an empty directory that can be entered and not listed, unless something is there already */
  PK_MOUNT_COVER = 8,     /* nothing is seen of what is at the place, a file or a directory: it is empty, and nobody may open it */
  PK_MOUNT_LAYER = 10,    /* the directory of the host with the path of the place, seen as it is; what is changed goes to the directory "upper" in source, which
                             has an empty "work" beside it (overlayfs). Where that cannot be had and it is optional: a layer in memory that ends with
                             the run, or else the directory, read-only */
  PK_MOUNT_TEXT = 11,     /* a file with source as its content, over one that is there */
  PK_MOUNT_MQUEUE = 9,    /* the POSIX message queues of its own IPC name space; needs PK_OWN_IPC */
};

enum pk_mount_flags {
  PK_MOUNT_READ_ONLY = 1 << 0, /* also of what is mounted below */
  PK_MOUNT_MAKE = 1 << 1,      /* the place, and directories on the way, are made if they are not there: only for places in the root or in what is the run's own */
  PK_MOUNT_FILE = 1 << 2,      /* the place is no directory */
  PK_MOUNT_OPTIONAL = 1 << 3,  /* left out if the source or the place is not there (any more); with PK_MOUNT_MAKE also if it has become something else */
};
#define PK_MOUNT_ALL_FLAGS 0xfu

struct pk_mount { /* 24 bytes */
  pk_u32 kind;    /* 0: enum pk_mount_kind */
  pk_u32 flags;   /* 4: enum pk_mount_flags */
  pk_u32 source;  /* 8: where a string begins, from the start of "paths"; 0 if the kind has none */
  pk_u32 place;   /* 12: the same: an absolute path in the target's root, without symbolic links, "." and ".." */
  pk_u64 rights;  /* 16: the Landlock rights that the ruleset gets below what is mounted; 0 = none. Needs PK_LANDLOCK */
};

struct pk_rlimit { /* 24 bytes */
  pk_u32 resource; /* 0: RLIMIT_*, below 16 */
  pk_u32 reserved; /* 4: 0 */
  pk_u64 soft;     /* 8: RLIM_INFINITY is 2^64-1 */
  pk_u64 hard;     /* 16 */
};

/* ---------------------------------------------------------------- supervisor to init, while it runs */
enum pk_scope {
  PK_TO_TARGET = 1,     /* the target process only */
  PK_TO_TREE = 2,       /* every process of the tree (without scopes: as many as can be found) */
  PK_TO_FOREGROUND = 3, /* the terminal's foreground group if it belongs to the tree, else the target's group; needs PK_JOB_CONTROL */
};

struct pk_signal { /* 16 bytes */
  struct pk_header header; /* 0 */
  pk_u32 signal;           /* 8: 1 to 64 */
  pk_u32 scope;            /* 12: enum pk_scope */
};

struct pk_terminate { /* 16 bytes: TERM (and CONT) to the tree, after grace_ms KILL. A second one may only shorten the time */
  struct pk_header header; /* 0 */
  pk_u64 grace_ms;         /* 8: 0 = KILL at once */
};
/* PK_KILL: KILL to the tree at once. PK_GO: open the gate, once. PK_RESUME: the answer to PK_STOPPED, see there. */

/* ---------------------------------------------------------------- init to supervisor */
/* With PK_OWN_PROCESSES the numbers are those of the name space; the target's outside is "Pid:" in the fdinfo of its pidfd, init's is its parent. */
struct pk_ready { /* 24 bytes; carries pidfd of the target [, listener [, two sockets] [, diagnosis]] as SCM_RIGHTS */
  struct pk_header header; /* 0 */
  pk_s32 init_pid;         /* 8: process B */
  pk_s32 target_pid;       /* 12 */
  pk_u32 scopes;           /* 16: 1 = the outer domains are in force and were proven; 0 = fallback without them */
  pk_u32 descriptors;      /* 20: how many: the pidfd; the listener, if there is one; with PK_RESOLVER, a UDP socket and a listening TCP socket, neither of
                              which blocks, at its name server's address; with PK_OWN_LOOPBACK, where the kernel has it, a socket of sock_diag(7) in
                              the target's network */
};

/*
 * The target was stopped by a signal (with PK_SHARED_GROUP: by SIGSTOP; all others reach the supervisor as well, from whoever sent them). The terminal is the supervisor's group's again. The supervisor stops its own
 * group with kill(0, SIGSTOP) (init is not in it) and sends PK_RESUME when it runs again: the terminal then goes to the target's group if the
 * supervisor's is in the foreground, and the target's group (PK_SHARED_GROUP: what of that is in the tree) gets SIGCONT. PK_CONTINUED: somebody else than
 * PK_RESUME made the target run again; nothing needs to be done. Quick changes may be merged into their last state.
 */
struct pk_stopped { /* 16 bytes */
  struct pk_header header; /* 0 */
  pk_u32 signal;           /* 8: SIGTSTP, SIGSTOP, SIGTTIN or SIGTTOU */
  pk_u32 reserved;         /* 12: 0 */
};

enum pk_reason {
  PK_ENDED = 1,      /* the target ended by itself (or by a signal of somebody's) */
  PK_TIMED_OUT = 2,  /* timeout_ms had passed */
  PK_TERMINATED = 3, /* PK_TERMINATE was received */
  PK_KILLED = 4,     /* PK_KILL was received */
};

struct pk_result { /* 112 bytes */
  struct pk_header header;  /* 0 */
  pk_u32 reason;            /* 8: enum pk_reason */
  pk_u32 status;            /* 12: the target's wait status, as wait4(2) gives it */
  pk_u64 wall_ns;           /* 16: from just before the execve (of the clone, without PK_WAIT_FOR_GO) to the target's end */
  pk_u64 user_us;           /* 24: the rest: the whole tree, getrusage(RUSAGE_CHILDREN) after everything was reaped */
  pk_u64 system_us;         /* 32 */
  pk_u64 maxrss_kib;        /* 40: of the largest process */
  pk_u64 minor_faults;      /* 48 */
  pk_u64 major_faults;      /* 56 */
  pk_u64 blocks_in;         /* 64: 512-byte units, as ru_inblock */
  pk_u64 blocks_out;        /* 72 */
  pk_u64 voluntary_switches;   /* 80 */
  pk_u64 involuntary_switches; /* 88 */
  pk_u64 killed;            /* 96: processes other than the target that were alive at its end and were killed */
  pk_u64 reserved;          /* 104: 0 */
};

/*
 * PK_STUCK_MS after the tree was killed something of it is still there: it waits in the kernel where not even SIGKILL is heard, or a tracer from outside
 * keeps it. Init goes on waiting for it, whether or not the supervisor does.
 */
#define PK_STUCK_MS 10000u
struct pk_stuck {          /* 16 bytes */
  struct pk_header header; /* 0 */
  pk_s32 process;          /* 8: one of init's children that are left; 0 if it is not to be seen */
  pk_u32 reserved;         /* 12: 0 */
};

/* ---------------------------------------------------------------- failures */
/* What was being done, in the words for the message; "index" is the meaning of pk_failed.index where it has one. */
enum pk_step {
  PK_STEP_START = 1,          /* "start init" (index: 1 no control socket, 2 unknown option) */
  PK_STEP_SCOPES = 2,         /* "enter the outer Landlock domain" (errno; EOPNOTSUPP: this kernel has no scopes, or they could not be proven) */
  PK_STEP_FORK_INIT = 3,      /* "fork init" */
  PK_STEP_ORDER = 4,          /* "check the order" (index: enum pk_fault) */
  PK_STEP_ORDER_DEADLINE = 5, /* "wait for the order" (ETIMEDOUT) */
  PK_STEP_DESCRIPTORS = 6,    /* "place descriptor N" (index: position in the section "descriptors", or -1: one of init's own) */
  PK_STEP_MEMORY = 7,         /* "map memory for the arguments" */
  PK_STEP_PIPE = 8,           /* "make a pipe" */
  PK_STEP_SIGNALFD = 9,       /* "make a signalfd" */
  PK_STEP_FORK_TARGET = 10,   /* "fork the target" */
  PK_STEP_SESSION = 11,       /* "setsid" */
  PK_STEP_GROUP = 12,         /* "setpgid" */
  PK_STEP_TERMINAL = 13,      /* "hand over the terminal" (ENOTTY: it is not the controlling terminal of the supervisor's session) */
  PK_STEP_CHDIR = 14,         /* "chdir" */
  PK_STEP_RLIMIT = 15,        /* "setrlimit" (index: the resource) */
  PK_STEP_NO_NEW_PRIVS = 16,  /* "set no_new_privs" */
  PK_STEP_LANDLOCK = 17,      /* "landlock_restrict_self" (E2BIG: too many nested domains) */
  PK_STEP_BOUNDING = 18,      /* "drop capability N from the bounding set" (index: the capability) */
  PK_STEP_CAPABILITIES = 19,  /* "drop capabilities" */
  PK_STEP_AMBIENT = 20,       /* "set ambient capability N" (index: the capability, or -1: clearing them) */
  PK_STEP_FILTER = 21,        /* "load the system call filter" (EINVAL: the kernel refuses the program) */
  PK_STEP_LISTENER = 22,      /* "make the notification listener" (EBUSY: this process already runs under a listener, i.e. inside another sandbox) */
  PK_STEP_LISTENER_FLAG = 23, /* "make the notification listener": this kernel lacks SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (before 5.19) */
  PK_STEP_PARENT = 24,        /* "watch init": init died while the target was being set up */
  PK_STEP_HANDSHAKE = 25,     /* "set the target up, or wait for GO, in time" (ETIMEDOUT; index: 0 setting up, 1 waiting for GO) */
  PK_STEP_EXEC = 26,          /* "exec PATH" */
  PK_STEP_DIED = 27,          /* "run the target until its exec": a signal killed it before (index: the signal; SIGSYS: the filter kills on execve) */
  PK_STEP_MESSAGE = 28,       /* "understand the supervisor's message" (index: its kind, or -1; EPROTO) */
  PK_STEP_PARTNER = 29,       /* "keep the partner": process A was killed, so the tree was */
  PK_STEP_POLL = 30,          /* "wait for events" */
  PK_STEP_SUBREAPER = 31,     /* "become the subreaper" */
  PK_STEP_VIEW = 32,          /* "make the view" (index: enum pk_view_part; for PK_VIEW_MOUNT plus 256 times the number of the mount) */
};

/* pk_failed.index of PK_STEP_VIEW */
enum pk_view_part {
  PK_VIEW_USER = 1,      /* a user name space, where this process may make no others without */
  PK_VIEW_IDS = 2,       /* the caller's own ids in it */
  PK_VIEW_NETWORK = 3,   /* a network name space */
  PK_VIEW_LOOPBACK = 4,  /* "lo" up */
  PK_VIEW_PROCESSES = 5, /* a pid name space */
  PK_VIEW_IPC = 6,       /* an IPC name space */
  PK_VIEW_FILES = 7,     /* a mount name space, detached from the host's */
  PK_VIEW_ROOT = 8,      /* the root, and going into it */
  PK_VIEW_MOUNT = 9,     /* one of the mounts */
  PK_VIEW_RESOLVER = 10, /* the addresses of PK_RESOLVER */
};

/*
 * What a view can have here: "probe-view" as the only option of init's command line tries each in a child and leaves with those that there are;
 * "probe-NAME" tries one and leaves with its errno, or 0.
 */
enum pk_probe {
  PK_PROBE_LOOPBACK = 1 << 0,  /* "probe-loopback" */
  PK_PROBE_ROOT = 1 << 1,      /* "probe-root": a root of its own, with a tmpfs, a bind and pseudo-terminals in it */
  PK_PROBE_PROCESSES = 1 << 2, /* "probe-processes": besides, a pid name space with its own /proc */
  PK_PROBE_IPC = 1 << 3,       /* "probe-ipc" */
};

/* pk_failed.index of PK_STEP_ORDER; errno is EINVAL unless a system call failed */
enum pk_fault {
  PK_FAULT_MESSAGE = 1,      /* not a PK_ORDER message of the right size, magic and version */
  PK_FAULT_COUNT = 2,        /* fewer or more descriptors than the message, the flags or the section say */
  PK_FAULT_SEALS = 3,        /* the order is not a memfd with all three seals */
  PK_FAULT_SIZE = 4,         /* the memory file's size is not total_size, too small or too large */
  PK_FAULT_MAP = 5,          /* mmap of the order failed (errno) */
  PK_FAULT_HEADER = 6,       /* magic, version or header_size of the order */
  PK_FAULT_FLAGS = 7,        /* unknown flags, or a combination that is not allowed */
  PK_FAULT_DURATION = 8,     /* timeout_ms, grace_ms above PK_MAX_MS */
  PK_FAULT_UMASK = 9,        /* umask above 0777 */
  PK_FAULT_ARGV = 10,        /* section: outside the file, too many, not ended by NUL, not count strings */
  PK_FAULT_ENV = 11,
  PK_FAULT_PATH = 12,
  PK_FAULT_FILTER = 13,
  PK_FAULT_RLIMITS = 14,
  PK_FAULT_DESCRIPTORS = 15, /* section, or a number too large or given twice */
  PK_FAULT_MOUNTS = 16,      /* section, or a mount with an unknown kind or flag, or a string outside "paths" */
  PK_FAULT_PATHS = 17,
  PK_FAULT_DIRECTORY = 18,
};

struct pk_failed { /* 24 bytes */
  struct pk_header header; /* 0 */
  pk_u32 step;             /* 8: enum pk_step */
  pk_s32 index;            /* 12: see the step; 0 if it has none */
  pk_s32 error;            /* 16: errno, positive; 0 if there is none */
  pk_u32 reserved;         /* 20: 0 */
};

/* ---------------------------------------------------------------- exit status of the process that was started (A) */
enum pk_exit {
  PK_EXIT_DONE = 0,        /* PK_RESULT or PK_FAILED was sent */
  PK_EXIT_UNHEARD = 3,     /* the supervisor was gone; the tree was killed */
  PK_EXIT_INIT_KILLED = 4, /* B was killed from outside; A killed and reaped the tree; no PK_RESULT was sent */
  PK_EXIT_START = 5,       /* bad start: options or descriptor 3 */
};

#define PK_CHECK(type, size) _Static_assert(sizeof(struct type) == (size), #type)
PK_CHECK(pk_header, 8);
PK_CHECK(pk_order_message, 16);
PK_CHECK(pk_section, 12);
PK_CHECK(pk_order, 168);
PK_CHECK(pk_mount, 24);
PK_CHECK(pk_rlimit, 24);
PK_CHECK(pk_signal, 16);
PK_CHECK(pk_terminate, 16);
PK_CHECK(pk_ready, 24);
PK_CHECK(pk_stopped, 16);
PK_CHECK(pk_result, 112);
PK_CHECK(pk_stuck, 16);
PK_CHECK(pk_failed, 24);
#undef PK_CHECK

#endif
