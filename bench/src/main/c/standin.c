/*
 * The smallest supervisor of notified calls: what it costs in C. "standin calls PROGRAM ARGUMENTS" lets every getppid of the program go on;
 * "standin births PROGRAM ARGUMENTS" learns of every child while it stands before its first instruction, and keeps nothing of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SET_FLAGS 0x40082104ul /* SECCOMP_IOCTL_NOTIF_SET_FLAGS, Linux 6.6 */
#define SYNC_WAKE_UP 1ul

#define CLONE3 435u
#ifdef __NR_fork
#define FORK __NR_fork
#else
#define FORK __NR_clone
#endif

static int listen_to(int births) {
  struct sock_filter calls[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_filter forks[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLONE3, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FORK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog of_calls = {sizeof calls / sizeof *calls, calls}, of_forks = {sizeof forks / sizeof *forks, forks};
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, births ? &of_forks : &of_calls);
}

/* Lets a fork go on, and then the caller and the child from where they stand. Looks without sleeping, as Paddock does. */
static int attend(int listener, const struct seccomp_notif_resp *answer, pid_t caller) {
  if (ptrace(PTRACE_SEIZE, caller, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE) != 0) return -1;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer);
  pid_t found, early = 0;
  int status;
  while ((found = wait4(-1, &status, __WALL | __WNOTHREAD | WNOHANG, 0)) != caller) {
    if (found < 0) return -1;
    if (found == 0) sched_yield();
    else early = found;
  }
  unsigned long child;
  if (ptrace(PTRACE_GETEVENTMSG, caller, 0, &child) != 0 || ptrace(PTRACE_DETACH, caller, 0, 0) != 0) return -1;
  if (early == 0 && wait4((pid_t)child, &status, __WALL | __WNOTHREAD, 0) != (pid_t)child) return -1;
  return (int)ptrace(PTRACE_DETACH, (pid_t)child, 0, 0);
}

int main(int argc, char **argv) {
  if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 2;
  int births = strcmp(argv[1], "births") == 0, number[2], go[2];
  if (pipe(number) != 0 || pipe(go) != 0) return 2;
  /* The table of descriptors is shared, so the child's listener is ours too. */
  long child = syscall(SYS_clone, 0x400 | 17, 0, 0, 0, 0);
  if (child < 0) return 2;
  if (child == 0) {
    int listener = listen_to(births);
    char byte;
    if (write(number[1], &listener, sizeof listener) != sizeof listener || read(go[0], &byte, 1) != 1) _exit(2);
    execv(argv[2], argv + 2);
    _exit(127);
  }
  int listener;
  if (read(number[0], &listener, sizeof listener) != sizeof listener || listener < 0) return 2;
  ioctl(listener, SET_FLAGS, SYNC_WAKE_UP);
  if (write(go[1], "", 1) != 1) return 2;
  while (1) {
    struct seccomp_notif call;
    memset(&call, 0, sizeof call);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
      struct pollfd end = {.fd = listener, .events = POLLIN};
      if (poll(&end, 1, 0) >= 0 && (end.revents & POLLHUP)) break;
      continue;
    }
    struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    if (births) {
      if (attend(listener, &answer, (pid_t)call.pid) != 0) return 2;
    } else {
      ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
  }
  int status;
  return waitpid((pid_t)child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
