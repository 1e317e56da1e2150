// Does what it is told by its input, letter by letter, and says so; to be traced meanwhile.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *idle(void *x) { return x; }
static void *execute(void *x) {
  execl("/bin/true", "true", "of a thread", NULL);
  return x;
}
static volatile int rang;
static void ring(int number) { rang = number; }

int main(void) {
  pthread_t thread;
  char letter;
  signal(SIGUSR1, ring);
  while (read(0, &letter, 1) == 1) {
    int child = 0;
    switch (letter) {
      case 'f':
        if ((child = fork()) == 0) _exit(0);
        break;
      case 'v':
        if ((child = vfork()) == 0) _exit(0);
        break;
      case 't':
        pthread_create(&thread, NULL, idle, NULL);
        pthread_join(thread, NULL);
        break;
      case 's': raise(SIGUSR1); break;
      case 'g': raise(SIGSTOP); break;
      case 'e': execl("/bin/true", "true", "a b", "", NULL); break;
      case 'x': pthread_create(&thread, NULL, execute, NULL); pause(); break;
      case 'k': raise(SIGKILL); break;
      case 'q': return 7;
    }
    if (child) waitpid(child, NULL, 0);
    printf("%c %d\n", letter, rang);
    fflush(stdout);
  }
  return 0;
}
