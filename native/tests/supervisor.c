/* The supervisor's side of the protocol, for the tests. */
#include "supervisor.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

const char *init_path;
const char *self_path;
int no_scopes;
uint64_t seed;
const char *marker;
static uint64_t random_state;

void test_failed(const char *file, int line, const char *format, ...) {
  fflush(stdout);
  fprintf(stderr, "not ok: %s:%d: ", file, line);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "  (init %s, %s, uid %d, seed %llu)\n", init_path, no_scopes ? "no-scopes" : "scopes", (int)getuid(), (unsigned long long)seed);
  _exit(1);
}

uint64_t random_next(void) { /* splitmix64 */
  if (random_state == 0) random_state = seed;
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint32_t random_below(uint32_t bound) { return (uint32_t)(random_next() % bound); }

/* ---------------------------------------------------------------- orders */

struct buffer {
  uint8_t *bytes;
  size_t size, room;
};

static uint32_t append(struct buffer *buffer, const void *bytes, size_t size, size_t alignment) {
  while (buffer->size % alignment != 0) append(buffer, "", 1, 1);
  if (buffer->size + size > buffer->room) {
    buffer->room = (buffer->size + size) * 2 + 4096;
    buffer->bytes = realloc(buffer->bytes, buffer->room);
    REQUIRE(buffer->bytes, "out of memory");
  }
  size_t offset = buffer->size;
  if (size > 0) memcpy(buffer->bytes + offset, bytes, size);
  buffer->size += size;
  return (uint32_t)offset;
}

static struct pk_section append_strings(struct buffer *buffer, char *const *strings) {
  struct pk_section section = {.offset = (uint32_t)buffer->size};
  for (; *strings; strings++, section.count++) append(buffer, *strings, strlen(*strings) + 1, 1);
  section.size = (uint32_t)buffer->size - section.offset;
  if (section.count == 0) section.offset = 0;
  return section;
}

static struct pk_section append_table(struct buffer *buffer, const void *from, uint32_t count, size_t element) {
  struct pk_section section = {0};
  if (count > 0) section = (struct pk_section){append(buffer, from, count * element, 8), (uint32_t)(count * element), count};
  return section;
}

uint32_t host_mounts(struct mount mounts[HOST_MOUNTS]) {
  static char links[3][100], directory[4096];
  static const char *const linked[] = {"/bin", "/lib", "/lib64"};
  uint32_t count = 0;
  mounts[count++] = (struct mount){PK_MOUNT_ROOT, 0, NULL, "/"};
  mounts[count++] = (struct mount){PK_MOUNT_BIND, PK_MOUNT_MAKE | PK_MOUNT_READ_ONLY, "/usr", "/usr"};
  for (size_t i = 0; i < 3; i++) {
    ssize_t length = readlink(linked[i], links[i], sizeof links[i] - 1);
    if (length > 0) links[i][length] = 0;
    mounts[count++] = length > 0 ? (struct mount){PK_MOUNT_LINK, 0, links[i], linked[i]}
                                 : (struct mount){PK_MOUNT_BIND, PK_MOUNT_MAKE | PK_MOUNT_READ_ONLY | PK_MOUNT_OPTIONAL, linked[i], linked[i]};
  }
  mounts[count++] = (struct mount){PK_MOUNT_BIND, PK_MOUNT_MAKE | PK_MOUNT_FILE, "/dev/null", "/dev/null"};
  mounts[count++] = (struct mount){PK_MOUNT_PROC, PK_MOUNT_MAKE, NULL, "/proc"};
  snprintf(directory, sizeof directory, "%s", self_path);
  *strrchr(directory, '/') = 0;
  mounts[count++] = (struct mount){PK_MOUNT_BIND, PK_MOUNT_MAKE | PK_MOUNT_READ_ONLY, directory, directory};
  return count;
}

static void append_mounts(struct buffer *buffer, struct pk_order *head, const struct wish *wish) {
  struct pk_mount *mounts = calloc(wish->mount_count, sizeof *mounts);
  char **strings = calloc(2 * wish->mount_count + 1, sizeof *strings);
  REQUIRE(mounts && strings, "out of memory");
  uint32_t at = 0;
  for (uint32_t i = 0; i < wish->mount_count; i++) {
    const struct mount *mount = &wish->mounts[i];
    const char *source = mount->source ? mount->source : "";
    mounts[i] = (struct pk_mount){.kind = mount->kind, .flags = mount->flags, .source = at, .place = at + (uint32_t)strlen(source) + 1};
    strings[2 * i] = (char *)(uintptr_t)source;
    strings[2 * i + 1] = (char *)(uintptr_t)mount->place;
    at = mounts[i].place + (uint32_t)strlen(mount->place) + 1;
  }
  head->paths = append_strings(buffer, strings);
  head->mounts = append_table(buffer, mounts, wish->mount_count, sizeof *mounts);
  char *const directory[] = {(char *)(uintptr_t)(wish->directory ? wish->directory : "/"), NULL};
  head->directory = append_strings(buffer, directory);
  free(mounts);
  free(strings);
}

static const uint32_t standard_numbers[] = {0, 1, 2};

uint8_t *order_bytes(const struct wish *wish, size_t *size) {
  char *const marker_only[] = {(char *)(uintptr_t)marker, NULL};
  const char *path = wish->path ? wish->path : self_path;
  char *const path_list[] = {(char *)(uintptr_t)path, NULL};
  struct pk_order head = {
      .magic = PK_ORDER_MAGIC,
      .version = PK_VERSION,
      .header_size = sizeof head,
      .flags = wish->flags,
      .keep_capabilities = wish->keep_capabilities,
      .timeout_ms = wish->timeout_ms,
      .grace_ms = wish->grace_ms,
      .handshake_ms = wish->handshake_ms,
      .umask = wish->umask,
  };
  struct buffer buffer = {0};
  append(&buffer, &head, sizeof head, 1);
  head.argv = append_strings(&buffer, wish->argv);
  head.env = append_strings(&buffer, wish->env ? wish->env : marker_only);
  head.path = append_strings(&buffer, path_list);
  head.filter = append_table(&buffer, wish->filter, wish->filter_count, 8);
  head.rlimits = append_table(&buffer, wish->rlimits, wish->rlimit_count, sizeof(struct pk_rlimit));
  if (wish->sources)
    head.descriptors = append_table(&buffer, wish->numbers, wish->descriptor_count, 4);
  else
    head.descriptors = append_table(&buffer, standard_numbers, 3, 4);
  if (wish->mount_count > 0) append_mounts(&buffer, &head, wish);
  head.total_size = (uint32_t)buffer.size;
  memcpy(buffer.bytes, &head, sizeof head);
  *size = buffer.size;
  return buffer.bytes;
}

int sealed_memfd(const void *bytes, size_t size, int seals) {
  int fd = memfd_create("order", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  REQUIRE(fd >= 0, "memfd_create: %s", strerror(errno));
  size_t done = 0;
  while (done < size) {
    ssize_t now = write(fd, (const uint8_t *)bytes + done, size - done);
    REQUIRE(now > 0, "write: %s", strerror(errno));
    done += (size_t)now;
  }
  if (seals) EXPECT(fcntl(fd, F_ADD_SEALS, seals), 0);
  return fd;
}

int scopes_ruleset(void) {
  struct {
    uint64_t files, network, scoped;
  } attributes = {1u << 11 /* MAKE_BLOCK */, 0, 3};
  long fd = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (fd < 0) fd = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.files, 0);
  REQUIRE(fd >= 0, "landlock_create_ruleset: %s", strerror(errno));
  fcntl((int)fd, F_SETFD, FD_CLOEXEC);
  return (int)fd;
}

/* ---------------------------------------------------------------- starting and talking */

pid_t start_init(int *control, const char *const *options) {
  int pair[2];
  EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  const char *argv[8] = {"paddock-init"};
  int count = 1;
  for (; options && *options; options++) argv[count++] = *options;
  if (no_scopes) argv[count++] = "no-scopes";
  argv[count] = NULL;
  const char *asan = getenv("ASAN_OPTIONS"), *ubsan = getenv("UBSAN_OPTIONS");
  char asan_text[512], ubsan_text[512];
  snprintf(asan_text, sizeof asan_text, "ASAN_OPTIONS=%s", asan ? asan : "");
  snprintf(ubsan_text, sizeof ubsan_text, "UBSAN_OPTIONS=%s", ubsan ? ubsan : "");
  char *env[] = {asan_text, ubsan_text, NULL};
  fflush(NULL);
  pid_t child = fork();
  REQUIRE(child >= 0, "fork: %s", strerror(errno));
  if (child == 0) {
    if (pair[1] == 3)
      fcntl(3, F_SETFD, 0);
    else
      dup2(pair[1], 3);
    execve(init_path, (char **)(uintptr_t)argv, env);
    _exit(126);
  }
  close(pair[1]);
  *control = pair[0];
  return child;
}

void send_bytes(int control, const void *bytes, size_t size, const int *descriptors, int count) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(253 * sizeof(int))];
  } rights = {0};
  struct iovec part = {(void *)(uintptr_t)bytes, size};
  struct msghdr envelope = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    envelope.msg_control = &rights;
    envelope.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    rights.header = (struct cmsghdr){.cmsg_len = CMSG_LEN((size_t)count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&rights.header), descriptors, (size_t)count * sizeof(int));
  }
  ssize_t sent = sendmsg(control, &envelope, MSG_NOSIGNAL);
  REQUIRE(sent == (ssize_t)size || errno == EPIPE || errno == ECONNRESET, "sendmsg: %s", strerror(errno));
}

static struct pk_header header(uint32_t kind) { return (struct pk_header){PK_MAGIC, PK_VERSION, (uint16_t)kind}; }

void send_bare(int control, uint32_t kind) {
  struct pk_header message = header(kind);
  send_bytes(control, &message, sizeof message, NULL, 0);
}

void send_signal_message(int control, int signal, uint32_t scope) {
  struct pk_signal message = {header(PK_SIGNAL), (uint32_t)signal, scope};
  send_bytes(control, &message, sizeof message, NULL, 0);
}

void send_terminate(int control, uint64_t grace_ms) {
  struct pk_terminate message = {header(PK_TERMINATE), grace_ms};
  send_bytes(control, &message, sizeof message, NULL, 0);
}

/* "descriptors" are what follows the order's memfd. */
void send_order(int control, const void *bytes, size_t size, const int *descriptors, int count) {
  int all[253];
  all[0] = sealed_memfd(bytes, size, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
  if (count > 0) memcpy(all + 1, descriptors, (size_t)count * sizeof(int));
  struct pk_order_message message = {header(PK_ORDER), (uint32_t)count + 1, 0};
  send_bytes(control, &message, sizeof message, all, count + 1);
  close(all[0]);
}

struct launch launch(const struct wish *given) {
  struct wish wish = *given;
  if (wish.flags == 0) wish.flags = PK_NEW_SESSION | PK_LANDLOCK;
  struct launch run = {.output = -1, .pidfd = -1, .listener = -1};
  int descriptors[253], count = 0, closing[4], closing_count = 0;
  int cwd = open(wish.cwd ? wish.cwd : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(cwd >= 0, "open cwd: %s", strerror(errno));
  closing[closing_count++] = descriptors[count++] = cwd;
  if (wish.flags & PK_LANDLOCK) closing[closing_count++] = descriptors[count++] = scopes_ruleset();
  if (wish.flags & PK_TERMINAL) descriptors[count++] = wish.terminal;
  int pipe_ends[2];
  if (wish.sources) {
    for (uint32_t i = 0; i < wish.descriptor_count; i++) descriptors[count++] = wish.sources[i];
  } else {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    EXPECT(pipe2(pipe_ends, O_CLOEXEC), 0);
    run.output = pipe_ends[0];
    closing[closing_count++] = descriptors[count++] = null;
    closing[closing_count++] = descriptors[count++] = pipe_ends[1];
    descriptors[count++] = pipe_ends[1];
  }
  size_t size;
  uint8_t *bytes = order_bytes(&wish, &size);
  run.partner = start_init(&run.control, NULL);
  send_order(run.control, bytes, size, descriptors, count);
  free(bytes);
  for (int i = 0; i < closing_count; i++) close(closing[i]);
  return run;
}

struct message receive(struct launch *run) {
  struct message message = {.descriptor_count = 0};
  struct pollfd entry = {run->control, POLLIN, 0};
  int polled;
  do polled = poll(&entry, 1, PATIENCE_MS);
  while (polled < 0 && errno == EINTR);
  REQUIRE(polled == 1, "no message in time");
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(16 * sizeof(int))];
  } rights = {0};
  struct iovec part = {&message.is, sizeof message.is};
  struct msghdr envelope = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
  message.size = recvmsg(run->control, &envelope, MSG_CMSG_CLOEXEC);
  REQUIRE(message.size >= 0 && !(envelope.msg_flags & MSG_TRUNC), "recvmsg: %s, flags %x", strerror(errno), envelope.msg_flags);
  struct cmsghdr *control = CMSG_FIRSTHDR(&envelope);
  if (control) {
    message.descriptor_count = (int)((control->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    REQUIRE(message.descriptor_count <= 4, "%d descriptors", message.descriptor_count);
    memcpy(message.descriptors, CMSG_DATA(control), (size_t)message.descriptor_count * sizeof(int));
  }
  if (message.size > 0) {
    EXPECT(message.is.header.magic, PK_MAGIC);
    EXPECT(message.is.header.version, PK_VERSION);
    size_t wanted = message.is.header.kind == PK_READY     ? sizeof(struct pk_ready)
                    : message.is.header.kind == PK_FAILED  ? sizeof(struct pk_failed)
                    : message.is.header.kind == PK_STOPPED ? sizeof(struct pk_stopped)
                    : message.is.header.kind == PK_RESULT  ? sizeof(struct pk_result)
                                                           : sizeof(struct pk_header);
    EXPECT(message.size, wanted);
  }
  return message;
}

struct message receive_kind(struct launch *run, uint32_t kind) {
  struct message message = receive(run);
  REQUIRE(message.size > 0, "end of file instead of message %u", kind);
  if (message.is.header.kind == PK_FAILED && kind != PK_FAILED)
    test_failed(__FILE__, __LINE__, "step %u failed, index %d: %s", message.is.failed.step, message.is.failed.index, strerror(message.is.failed.error));
  EXPECT(message.is.header.kind, kind);
  return message;
}

void expect_ready(struct launch *run) {
  struct message message = receive_kind(run, PK_READY);
  run->ready = message.is.ready;
  EXPECT(message.descriptor_count, run->ready.descriptors);
  run->pidfd = message.descriptors[0];
  if (message.descriptor_count == 2) run->listener = message.descriptors[1];
}

void expect_running(struct launch *run) {
  expect_ready(run);
  receive_kind(run, PK_EXECED);
}

struct pk_result expect_result(struct launch *run) { return receive_kind(run, PK_RESULT).is.result; }

void expect_failed(struct launch *run, uint32_t step, int index, int error) {
  struct pk_failed failed = receive_kind(run, PK_FAILED).is.failed;
  REQUIRE(failed.step == step && failed.index == index && failed.error == error, "failed at step %u, index %d, %s; not %u, %d, %s", failed.step,
          failed.index, strerror(failed.error), step, index, strerror(error));
}

void finish(struct launch *run, int status) {
  close(run->control);
  if (run->output >= 0) close(run->output);
  if (run->pidfd >= 0) close(run->pidfd);
  if (run->listener >= 0) close(run->listener);
  int actual;
  EXPECT(waitpid(run->partner, &actual, 0), run->partner);
  REQUIRE(WIFEXITED(actual) && WEXITSTATUS(actual) == status, "A ended with %x, not %d", actual, status);
  require_nothing_left();
}

char *read_all(int fd) {
  struct buffer buffer = {0};
  char chunk[65536];
  for (;;) {
    struct pollfd entry = {fd, POLLIN, 0};
    REQUIRE(poll(&entry, 1, PATIENCE_MS) == 1, "no end of the output; so far: %.*s", (int)buffer.size, buffer.bytes ? (char *)buffer.bytes : "");
    ssize_t size = read(fd, chunk, sizeof chunk);
    REQUIRE(size >= 0, "read: %s", strerror(errno));
    if (size == 0) break;
    append(&buffer, chunk, (size_t)size, 1);
  }
  append(&buffer, "", 1, 1);
  return (char *)buffer.bytes;
}

void expect_text(int fd, const char *text) {
  size_t done = 0;
  while (done < strlen(text)) {
    struct pollfd entry = {fd, POLLIN, 0};
    char byte;
    REQUIRE(poll(&entry, 1, PATIENCE_MS) == 1, "no output in time, wanted %s", text);
    REQUIRE(read(fd, &byte, 1) == 1, "end of the output, wanted %s", text);
    REQUIRE(byte == text[done], "output differs from %s at %zu: %c", text, done, byte);
    done++;
  }
}

/* ---------------------------------------------------------------- nothing survives */

static int is_ours(int proc, const char *pid, const struct stat *init) {
  char path[64], text[4096];
  struct stat exe;
  snprintf(path, sizeof path, "%s/exe", pid);
  if (fstatat(proc, path, &exe, 0) == 0 && exe.st_dev == init->st_dev && exe.st_ino == init->st_ino) return 1;
  snprintf(path, sizeof path, "%s/environ", pid);
  int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t size = read(fd, text, sizeof text);
  close(fd);
  return size > 0 && memmem(text, (size_t)size, marker, strlen(marker) + 1) != NULL;
}

/* A pidfd of one process that is left, or -1. Zombies that their new parent has not reaped yet are no more: they have neither image nor environment. */
static int somebody(int proc, const struct stat *init, int *pid) {
  DIR *directory = fdopendir(openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(directory, "open /proc: %s", strerror(errno));
  int found = -1;
  for (struct dirent *entry; found < 0 && (entry = readdir(directory));) {
    *pid = atoi(entry->d_name);
    if (*pid <= 0 || *pid == getpid() || !is_ours(proc, entry->d_name, init)) continue;
    found = (int)syscall(SYS_pidfd_open, *pid, 0);
    if (found >= 0 && !is_ours(proc, entry->d_name, init)) {
      close(found);
      found = -1;
    }
  }
  closedir(directory);
  return found;
}

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void require_nothing_left(void) {
  int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat init;
  EXPECT(stat(init_path, &init), 0);
  long long end = now_ms() + 1000;
  int pid;
  for (int fd; (fd = somebody(proc, &init, &pid)) >= 0;) {
    struct pollfd entry = {fd, POLLIN, 0};
    long long left = end - now_ms();
    int gone = left > 0 && poll(&entry, 1, (int)left) == 1;
    close(fd);
    REQUIRE(gone, "process %d is left", pid);
  }
  close(proc);
}
