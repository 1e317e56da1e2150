/* Opens and closes a file COUNT times, the best of 9 rounds; prints nanoseconds for one pair. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long count = atol(argv[2]);
  double best = 1e18;
  for (int round = 0; round < 9; round++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (long i = 0; i < count; i++) {
      int fd = open(argv[1], O_RDONLY);
      if (fd < 0 || close(fd) != 0) return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    double each = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / (double)count;
    if (each < best) best = each;
  }
  printf("%.0f\n", best);
  return 0;
}
