// Runs a program under a filter that notifies of execve and execveat, and of nothing else.
// Prints the listener's number, waits for a byte, exits like the program (128 + signal).
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int said[2], go[2];
  if (argc < 2 || pipe2(said, O_CLOEXEC) || pipe2(go, O_CLOEXEC)) return 125;
  // Shared descriptors: the listener of the child is ours to give away.
  int child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                           SECCOMP_FILTER_FLAG_NEW_LISTENER | 32 /* WAIT_KILLABLE_RECV */, &program);
    char byte;
    if (write(said[1], &listener, sizeof listener) < 0 || read(go[0], &byte, 1) != 1) _exit(125);
    unshare(CLONE_FILES);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(126);
  }
  int listener;
  char byte;
  if (read(said[0], &listener, sizeof listener) != sizeof listener || listener < 0) return 125;
  printf("%d\n", listener);
  fflush(stdout);
  if (read(0, &byte, 1) != 1) return 125;
  close(listener);
  if (write(go[1], "g", 1) != 1) return 125;
  int status;
  while (waitpid(child, &status, 0) != child) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
