/* The supervisor's side of the protocol, for the tests: orders, messages, and a look for processes that were left. */
#ifndef PADDOCK_TESTS_SUPERVISOR_H
#define PADDOCK_TESTS_SUPERVISOR_H

#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../protocol.h"

#define PATIENCE_MS 20000 /* for anything that must come: the machine may be busy */

extern const char *init_path;   /* the init under test */
extern const char *self_path;   /* this program, which is also every target: "self_path MODE ..." */
extern int no_scopes;           /* run init with the option of that name */
extern uint64_t seed;           /* of the random generator; printed when a test fails */

extern const char *marker;      /* in the environment of every target: NAME=the number of this run */

__attribute__((noreturn, format(printf, 3, 4))) void test_failed(const char *file, int line, const char *format, ...);
#define REQUIRE(condition, ...) \
  do {                          \
    if (!(condition)) test_failed(__FILE__, __LINE__, __VA_ARGS__); \
  } while (0)
#define EXPECT(actual, expected)                                                                                      \
  do {                                                                                                                \
    long long a_ = (long long)(actual), e_ = (long long)(expected);                                                   \
    if (a_ != e_) test_failed(__FILE__, __LINE__, "%s is %lld, not %s (%lld)", #actual, a_, #expected, e_);           \
  } while (0)

uint64_t random_next(void);
uint32_t random_below(uint32_t bound);

struct mount;

/* What to order; zero-initialise, then fill what matters. Strings are not copied. */
struct wish {
  uint32_t flags;          /* 0: PK_NEW_SESSION | PK_LANDLOCK */
  const char *path;        /* null: self_path */
  char *const *argv;       /* ended by null */
  char *const *env;        /* null: only the marker */
  const char *cwd;         /* null: "/" */
  uint64_t timeout_ms, grace_ms, keep_capabilities;
  uint32_t handshake_ms, umask;
  const void *filter;
  uint32_t filter_count;
  const struct pk_rlimit *rlimits;
  uint32_t rlimit_count;
  const int *sources;      /* null: /dev/null, output, /dev/null at 0, 1, 2 */
  const uint32_t *numbers;
  uint32_t descriptor_count;
  int terminal;            /* with PK_TERMINAL */
  const struct mount *mounts;
  uint32_t mount_count;
  const char *directory;   /* with mounts; null: "/" */
};

struct mount { /* of a view; no rights */
  uint32_t kind, flags;
  const char *source, *place;
};

struct launch {
  pid_t partner;
  int control;
  int output;     /* read end of the target's standard output and error, if the wish did not say otherwise; else -1 */
  struct pk_ready ready;
  int pidfd, listener;
};

struct message {
  union {
    struct pk_header header;
    struct pk_ready ready;
    struct pk_failed failed;
    struct pk_stopped stopped;
    struct pk_result result;
  } is;
  ssize_t size;   /* 0: end of file */
  int descriptors[4];
  int descriptor_count;
};

/* A root in which the tests' targets run, with its own /proc; how many mounts that are. The strings live as long as the program. */
#define HOST_MOUNTS 8
uint32_t host_mounts(struct mount mounts[HOST_MOUNTS]);

/* The bytes of an order; the caller frees them. */
uint8_t *order_bytes(const struct wish *wish, size_t *size);
int sealed_memfd(const void *bytes, size_t size, int seals);
int scopes_ruleset(void); /* handles hardly anything but carries the scopes where there are any */
pid_t start_init(int *control, const char *const *options);
void send_order(int control, const void *bytes, size_t size, const int *descriptors, int count);
void send_bytes(int control, const void *bytes, size_t size, const int *descriptors, int count);
void send_bare(int control, uint32_t kind);
void send_signal_message(int control, int signal, uint32_t scope);
void send_terminate(int control, uint64_t grace_ms);

/* Starts init and sends it the order. */
struct launch launch(const struct wish *wish);
/* The next message, waiting for it; REQUIREs one, or the end. */
struct message receive(struct launch *launch);
struct message receive_kind(struct launch *launch, uint32_t kind);
void expect_ready(struct launch *launch);
void expect_running(struct launch *launch); /* READY and EXECED */
struct pk_result expect_result(struct launch *launch);
void expect_failed(struct launch *launch, uint32_t step, int index, int error);
/* Closes the socket, waits for A, and checks that it left with this status. */
void finish(struct launch *launch, int status);
/* Everything that the target wrote until it closed its output; the caller frees it. */
char *read_all(int fd);
/* Waits for exactly this text on fd. */
void expect_text(int fd, const char *text);

/* Waits until no process of the tests' trees and no init is left; fails after a second. */
void require_nothing_left(void);

/* targets.c */
int target_mode(int argc, char **argv);

/* the groups of tests */
void test_terminal(void);
void test_fuzz(int rounds);
void test_deaths(int rounds);
int play_interactive(int argc, char **argv);

#endif
