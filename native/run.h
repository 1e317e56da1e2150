/* The one run of this process, as the parts of init (process B) share it. */
#ifndef PADDOCK_RUN_H
#define PADDOCK_RUN_H

#include "init.h"

enum phase {
  PHASE_ORDER,    /* no target yet */
  PHASE_SETUP,    /* the target confines itself */
  PHASE_GATE,     /* it waits for GO */
  PHASE_EXEC,     /* it is on its way into execve */
  PHASE_RUNNING,  /* its program runs */
};

struct run {
  struct tree tree;
  struct order order;
  struct job job;
  int control, partner, children; /* socket, pipe from A, signalfd */
  int report, gate;               /* our ends of the pipes to the target */
  int target_report, target_gate; /* the target's ends, until it has them to itself */
  int pidfd, listener;
  u32 highest;                    /* the target's highest descriptor number: our own lie above */
  enum phase phase;
  enum pk_reason reason;
  pid target;
  int target_dead, target_status;
  u64 started, ended;             /* ns */
  u64 handshake_at, timeout_at, kill_at; /* ns; 0 = none */
  u64 patrol_at;                  /* ns; when to look next whether the supervisor's group has come to the foreground; 0 = no need */
  u32 stop_signal, stop_told;     /* the target's stop: as it is, and as the supervisor knows it; 0 = it runs */
};

extern struct run run;


/* ---- ending.c */
void note_reaped(pid child, int status);
/* Nobody is there to be told. */
__attribute__((noreturn)) void end_unheard(void);
__attribute__((noreturn)) void end_with_result(void);
/* Begins the end: TERM now and KILL after the grace, or KILL at once. */
void terminate(enum pk_reason reason, u64 grace_ms);

/* ---- launch.c */
void start_target(void);
/* Closes what is the target's only, unsharing the descriptor table first if it is shared. */
void let_go(void);
/* Opens the gate. */
void go(void);
void on_report(void);
int target_ended(int options, int *signal);
void claim_terminal(void);

/* ---- children.c */
void on_children(void);
void collect(void);
void tell_stop_state(void);
void on_resume(void);

#endif
