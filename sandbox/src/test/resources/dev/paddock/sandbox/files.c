/*
 * What calls on files answer: files FOLDER OTHER. Both are empty directories. Prints a line for each call: its name and what came of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static const char *folders[2];
static const char *names[2] = {"here", "there"};

static void show(long result, const char *format, ...) {
  int error = errno;
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf(": %s\n", result < 0 ? strerrorname_np(error) : "ok");
}

static long rename_with(const char *from, const char *to, unsigned flags) { return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags); }

/* Makes one thing of a kind: (f)ile, (d)irectory, (D)irectory with something in it, (s)ymbolic link, (p)ipe, or (-) nothing. */
static void make(char kind, const char *path) {
  int fd;
  char inner[4200];
  switch (kind) {
    case 'f':
      fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      if (fd < 0 || write(fd, "12345", 5) != 5) show(-1, "make file %s", path);
      if (fd >= 0) close(fd);
      break;
    case 'd':
    case 'D':
      if (mkdir(path, 0755) != 0) show(-1, "make directory");
      snprintf(inner, sizeof inner, "%s/inner", path);
      if (kind == 'D') make('f', inner);
      break;
    case 's':
      if (symlink("nowhere", path) != 0) show(-1, "make link");
      break;
    case 'p':
      if (mkfifo(path, 0644) != 0) show(-1, "make pipe");
      break;
    default:
      break;
  }
}

static void clear(const char *path) {
  char inner[4200];
  snprintf(inner, sizeof inner, "%s/inner", path);
  unlink(inner);
  if (unlink(path) != 0) rmdir(path);
}

static void pairs(int to) {
  static const char kinds[] = "fdDsp-";
  static const struct {
    const char *name;
    unsigned flags;
  } ways[] = {{"rename", 0}, {"noreplace", RENAME_NOREPLACE}, {"exchange", RENAME_EXCHANGE}};
  char a[4096], b[4096];
  snprintf(a, sizeof a, "%s/a", folders[0]);
  snprintf(b, sizeof b, "%s/b", folders[to]);
  for (const char *from = kinds; *from; from++)
    for (const char *over = kinds; *over; over++) {
      for (unsigned way = 0; way < 3; way++) {
        make(*from, a);
        make(*over, b);
        show(rename_with(a, b, ways[way].flags), "%s %c over %c %s", ways[way].name, *from, *over, names[to]);
        clear(a);
        clear(b);
      }
      make(*from, a);
      make(*over, b);
      show(link(a, b), "link %c over %c %s", *from, *over, names[to]);
      clear(a);
      clear(b);
      make(*from, a);
      make(*over, b);
      show(linkat(AT_FDCWD, a, AT_FDCWD, b, AT_SYMLINK_FOLLOW), "linkat following %c over %c %s", *from, *over, names[to]);
      clear(a);
      clear(b);
    }
  int fd = open(folders[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  show(fd, "open unnamed");
  char unnamed[64];
  snprintf(unnamed, sizeof unnamed, "/proc/self/fd/%d", fd);
  show(linkat(AT_FDCWD, unnamed, AT_FDCWD, b, AT_SYMLINK_FOLLOW), "link unnamed %s", names[to]);
  show(linkat(AT_FDCWD, unnamed, AT_FDCWD, b, AT_SYMLINK_FOLLOW), "link unnamed again %s", names[to]);
  clear(b);
  close(fd);
  make('D', a);
  snprintf(b, sizeof b, "%s/a/within", folders[0]);
  show(rename(a, b), "rename into itself");
  clear(a);
}

static void single(void) {
  char a[4096], b[4200];
  snprintf(a, sizeof a, "%s/a", folders[0]);
  static const char kinds[] = "fdDsp-";
  for (const char *kind = kinds; *kind; kind++) {
    make(*kind, a);
    if (*kind != 'p') {
      show(truncate(a, 3), "truncate %c", *kind);
      show(truncate(a, 30), "lengthen %c", *kind);
      int fd = open(a, O_WRONLY | O_TRUNC | O_CLOEXEC);
      show(fd, "open truncating %c", *kind);
      if (fd >= 0) show(ftruncate(fd, 7), "ftruncate %c", *kind);
      if (fd >= 0) close(fd);
    }
    show(symlink("x", a), "symlink over %c", *kind);
    show(mkdir(a, 0755), "mkdir over %c", *kind);
    show(mkfifo(a, 0644), "mkfifo over %c", *kind);
    show(rmdir(a), "rmdir %c", *kind);
    show(unlink(a), "unlink %c", *kind);
    snprintf(b, sizeof b, "%s/inner", a);
    show(unlink(b), "unlink within %c", *kind);
    clear(a);
  }
  memset(a, 'n', sizeof a);
  snprintf(b, sizeof b, "%s/%.300s", folders[0], a);
  show(mkdir(b, 0755), "mkdir of a long name");
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  umask(022);
  folders[0] = argv[1];
  folders[1] = argv[2];
  single();
  pairs(0);
  pairs(1);
  return 0;
}
