/* What the parts of init share. One process, one run: the state is static, and every failure ends in fail(). */
#ifndef PADDOCK_INIT_H
#define PADDOCK_INIT_H

#include "protocol.h"
#include "sys.h"

#define NO_FD (-1)

/* ---- tree.c: the outer domain, and killing everything below */
struct tree {
  int scopes;     /* the ruleset of the two scopes, or NO_FD */
  int proven;     /* kill(-1) reaches the tree and nobody else: this process is in a domain that was seen to keep signals in, or process 1 of its name space */
};
void scopes_open(struct tree *tree);
/* Enters one more domain. "witness" is a process outside: it must be reachable before and EPERM afterwards. */
void scopes_enter(struct tree *tree, pid witness);
/* Whether the fallback without scopes can find this process's children; 0 or -errno. */
long tree_fallback_usable(void);
void tree_signal(const struct tree *tree, int signal);
/*
 * Kills and reaps until no child is left. "reaped" is told of every child, "stuck" once of a child that is still there PK_STUCK_MS after it was killed;
 * returns how many had to be killed.
 */
u64 tree_end(const struct tree *tree, void (*reaped)(pid child, int status), void (*stuck)(pid child));

/* ---- message.c */
#define READY_DESCRIPTORS 5 /* the most that a message carries: PK_READY's */
long message_send(int control, const void *message, unsigned long size, const int *descriptors, u32 count, int flags);
struct pk_header message_header(u32 kind);
/*
 * The last message. A socket that is closed with something unread in it answers the other side's next read with ECONNRESET instead of what was sent: so
 * first nothing more is let in, then what came is thrown away.
 */
long message_send_last(int control, const void *message, unsigned long size);
void message_failed(int control, u32 step, int index, long error);
/* Before there is a tree: says what failed ("error" is positive or -errno), and leaves. */
__attribute__((noreturn)) void give_up(int control, u32 step, int index, long error, int status);

/* ---- order.c */
struct order {
  const struct pk_order *head;
  const char **argv;
  const char **env;
  const char *path;
  const struct sock_filter *filter;
  const struct pk_rlimit *rlimits;
  const u32 *numbers;                 /* of the mapped descriptors in the target */
  const struct pk_mount *mounts;
  const char *paths, *directory;
  int cwd, ruleset, terminal;         /* NO_FD if not sent */
  int mapped[PK_MAX_DESCRIPTORS];
};
/* Receives and checks everything; fails by itself. */
void order_receive(int control, struct order *order);
static inline int ordered(const struct order *order, u32 flag) { return (order->head->flags & flag) != 0; }

/* Whether the target is in the supervisor's session, as a job of its own or as a part of the supervisor's. */
static inline int in_session(const struct order *order) { return ordered(order, PK_JOB_CONTROL | PK_SHARED_GROUP); }

/* ---- target.c: runs in the child */
struct report { /* what the target tells init through the pipe that its execve closes */
  u32 step;     /* enum pk_step, or 0: it is confined and waits at the gate */
  int index;    /* of the step; at the gate: the listener's number in the shared table, or NO_FD */
  int error;
};
struct target_pipes {
  int report; /* write end */
  int gate;   /* read end, or NO_FD */
};
__attribute__((noreturn)) void target_main(const struct order *order, const struct tree *tree, struct target_pipes pipes, pid init, pid group);

/* ---- job.c: the terminal */
struct job {
  int terminal; /* NO_FD: there is none */
  pid owner;    /* the supervisor's process group */
  pid group;    /* the target's process group */
};
/* Makes "group" the foreground if the owner is; 0 or -errno. */
long job_hand_over(const struct job *job);
/* Gives the terminal back to its owner if a group of the tree, or nobody, has it. */
void job_give_back(const struct job *job, int proven);
/* Whether the tree has the terminal, after it was handed over if the owner had it. Without a terminal: yes, there is nothing to wait for. */
int job_has_terminal(const struct job *job, int proven);
int job_owner_has_terminal(const struct job *job);
void job_continue(const struct job *job);
void job_signal_foreground(const struct job *job, int proven, int signal);

/* struct sockaddr_in, linux/in.h */
struct internet_address {
  unsigned short family;
  unsigned short port; /* in network order, as the address */
  u32 address;
  char rest[8];
};

static inline u32 network_order(u32 number) {
  return __builtin_bswap32(number);
}

/* ---- view.c: what the target sees instead of the host's */
/*
 * Gives this process and what it forks the name spaces and the root that were ordered; leaves, with a message, if it cannot. The working directory of
 * the order is then the one in that root.
 */
void view_make(int control, struct order *order);
/* The rest, by process 1 of a new pid name space, if one was ordered: only it can mount that name space's /proc, and only before the host's is gone. */
void view_complete(int control, struct order *order);

/* ---- probe.c */
/* Tries the parts of a view that the option names, and leaves; returns if it names none. */
void probe_main(const char *option);

/* ---- init.c, ending.c: process B; run.h has what only its parts share */
__attribute__((noreturn)) void init_main(struct order *order, struct tree *tree, int control, int partner, pid partner_pid, pid owner_group);
/* Kills the tree, tells the supervisor, leaves. "error" is positive or -errno. */
__attribute__((noreturn)) void fail(u32 step, int index, long error);

/* ---- partner.c: process A */
__attribute__((noreturn)) void partner_main(int argc, char **argv);

/* ---- wakeup.c */
__attribute__((noreturn)) void wakeup_main(void);

#endif
