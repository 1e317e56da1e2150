/* Receiving the order and checking every number in it before it is used. */
#include "init.h"

#define FIXED_DESCRIPTORS 2u /* the order itself, the working directory */
#define ROOM (PK_MAX_DESCRIPTORS + 5u)

static int supervisor; /* the socket that an order comes from, for refusing it */

__attribute__((noreturn)) static void refuse(enum pk_fault fault, long error) { give_up(supervisor, PK_STEP_ORDER, (int)fault, error, PK_EXIT_DONE); }

struct arrival {
  int descriptors[ROOM];
  u32 count;
};

/* One message of the right kind with as many descriptors as it says. The supervisor's end closing here is an ordinary end. */
static void receive(int control, struct arrival *arrival) {
  struct pk_order_message message = {.descriptors = 0};
  struct {
    struct control_header header;
    int descriptors[ROOM];
  } rights = {.header = {.size = 0}};
  struct bytes part = {.start = &message, .size = sizeof message};
  struct socket_message envelope = {.parts = &part, .part_count = 1, .control = &rights, .control_size = sizeof rights};
  long size;
  do size = sys3(__NR_recvmsg, control, (long)&envelope, MESSAGE_CLOSE_ON_EXEC | MESSAGE_CUT);
  while (size == -EINTR);
  if (size == 0 || size == -ECONNRESET) leave(PK_EXIT_UNHEARD);
  if (size < 0) refuse(PK_FAULT_MESSAGE, size);
  if (size != sizeof message || message.header.magic != PK_MAGIC || message.header.version != PK_VERSION || message.header.kind != PK_ORDER ||
      message.reserved != 0)
    refuse(PK_FAULT_MESSAGE, EINVAL);
  arrival->count = 0;
  if (envelope.control_size >= sizeof(struct control_header)) {
    if (rights.header.level != SOCKET_LEVEL || rights.header.type != SOCKET_RIGHTS || rights.header.size < sizeof(struct control_header) ||
        rights.header.size > sizeof rights)
      refuse(PK_FAULT_MESSAGE, EINVAL);
    arrival->count = (u32)((rights.header.size - sizeof(struct control_header)) / sizeof(int));
  }
  /* Cut off: too many for us, or this process may not open that many. */
  if ((envelope.flags & MESSAGE_CONTROL_CUT) != 0) refuse(PK_FAULT_COUNT, EMFILE);
  if (arrival->count != message.descriptors || arrival->count < FIXED_DESCRIPTORS) refuse(PK_FAULT_COUNT, EINVAL);
  for (u32 i = 0; i < arrival->count; i++) arrival->descriptors[i] = rights.descriptors[i];
}

static const struct pk_order *map(int fd) {
  long seals = sys3(__NR_fcntl, fd, F_GET_SEALS, 0);
  long wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
  if (seals < 0) refuse(PK_FAULT_SEALS, seals);
  if ((seals & wanted) != wanted) refuse(PK_FAULT_SEALS, EINVAL);
  long size = sys3(__NR_lseek, fd, 0, 2 /* SEEK_END */);
  if (size < (long)sizeof(struct pk_order) || size > (long)PK_MAX_ORDER) refuse(PK_FAULT_SIZE, EINVAL);
  long address = sys6(__NR_mmap, 0, size, MAP_READ, MAP_OWN, fd, 0);
  if (address < 0 && address > -4096) refuse(PK_FAULT_MAP, address);
  const struct pk_order *head = (const struct pk_order *)address;
  if (head->magic != PK_ORDER_MAGIC || head->version != PK_VERSION || head->header_size != sizeof *head) refuse(PK_FAULT_HEADER, EINVAL);
  if (head->total_size != (u32)size) refuse(PK_FAULT_SIZE, EINVAL);
  return head;
}

/* The section's first byte, or null if it has no elements; otherwise its place, alignment and bounds are right. */
static const void *section(const struct pk_order *head, const struct pk_section *part, u32 most, u32 alignment, enum pk_fault fault) {
  if (part->count == 0) {
    if (part->offset != 0 || part->size != 0) refuse(fault, EINVAL);
    return 0;
  }
  if (part->count > most || part->offset < sizeof *head || part->offset % alignment != 0 ||
      (u64)part->offset + part->size > head->total_size)
    refuse(fault, EINVAL);
  return (const u8 *)head + part->offset;
}

/* A section of elements of one size. */
static const void *table(const struct pk_order *head, const struct pk_section *part, u32 most, u32 element, u32 alignment, enum pk_fault fault) {
  const void *start = section(head, part, most, alignment, fault);
  if ((u64)part->count * element != part->size) refuse(fault, EINVAL);
  return start;
}

/* Checks that a section is "count" strings, each ended by a NUL, and, if there is a place, writes a pointer to each. */
static const char *strings(const struct pk_order *head, const struct pk_section *part, const char **place, enum pk_fault fault) {
  const char *start = section(head, part, PK_MAX_STRINGS, 1, fault);
  if (!start) return 0;
  if (part->size == 0 || start[part->size - 1] != 0) refuse(fault, EINVAL);
  u32 found = 0;
  const char *end = start + part->size;
  for (const char *text = start; text < end; found++) {
    if (found == part->count) refuse(fault, EINVAL);
    if (place) place[found] = text;
    while (*text) text++;
    text++;
  }
  if (found != part->count) refuse(fault, EINVAL);
  return start;
}

static void check_flags(u32 flags, const struct pk_order *head) {
  int session = (flags & PK_NEW_SESSION) != 0;
  int job = (flags & PK_JOB_CONTROL) != 0;
  int shared = (flags & PK_SHARED_GROUP) != 0;
  if ((flags & ~PK_ALL_FLAGS) != 0 || session + job + shared != 1) refuse(PK_FAULT_FLAGS, EINVAL);
  if (shared && (flags & PK_REQUIRE_SCOPES) == 0) refuse(PK_FAULT_FLAGS, EINVAL);
  if ((flags & PK_TERMINAL) != 0 && !job) refuse(PK_FAULT_FLAGS, EINVAL);
  if ((flags & PK_OWN_PROCESSES) != 0 && job) refuse(PK_FAULT_FLAGS, EINVAL);
  if ((flags & PK_LISTENER) != 0 && ((flags & PK_WAIT_FOR_GO) == 0 || head->filter.count == 0)) refuse(PK_FAULT_FLAGS, EINVAL);
  if ((flags & PK_RESOLVER) != 0 && (flags & (PK_OWN_LOOPBACK | PK_LISTENER)) != (PK_OWN_LOOPBACK | PK_LISTENER)) refuse(PK_FAULT_FLAGS, EINVAL);
  int view = (flags & (PK_OWN_LOOPBACK | PK_OWN_PROCESSES | PK_OWN_IPC)) != 0 || head->mounts.count > 0;
  if (view && (flags & PK_DROP_CAPABILITIES) == 0) refuse(PK_FAULT_FLAGS, EINVAL);
  if ((flags & PK_DROP_CAPABILITIES) == 0 && head->keep_capabilities != 0) refuse(PK_FAULT_FLAGS, EINVAL);
}

static void check_descriptors(const struct order *order) {
  u32 count = order->head->descriptors.count;
  for (u32 i = 0; i < count; i++) {
    if (order->numbers[i] >= PK_MAX_TARGET_FD) refuse(PK_FAULT_DESCRIPTORS, EINVAL);
    for (u32 j = 0; j < i; j++)
      if (order->numbers[i] == order->numbers[j]) refuse(PK_FAULT_DESCRIPTORS, EINVAL);
  }
}

static const char *path_string(const struct order *order, u32 at) {
  if (at >= order->head->paths.size) refuse(PK_FAULT_MOUNTS, EINVAL);
  return order->paths + at; /* it ends before the section does, whose last byte is a NUL */
}

static void check_mounts(const struct order *order) {
  const struct pk_order *head = order->head;
  int processes = 0;
  for (u32 i = 0; i < head->mounts.count; i++) {
    const struct pk_mount *mount = &order->mounts[i];
    if (mount->kind < PK_MOUNT_ROOT || mount->kind > PK_MOUNT_TEXT || (mount->kind == PK_MOUNT_ROOT) != (i == 0) ||
        (mount->flags & ~PK_MOUNT_ALL_FLAGS) != 0 || (mount->rights != 0 && !ordered(order, PK_LANDLOCK)))
      refuse(PK_FAULT_MOUNTS, EINVAL);
    if (path_string(order, mount->place)[0] != '/') refuse(PK_FAULT_MOUNTS, EINVAL);
    path_string(order, mount->source);
    if (mount->kind == PK_MOUNT_PROC) processes = 1;
    if (mount->kind == PK_MOUNT_MQUEUE && !ordered(order, PK_OWN_IPC)) refuse(PK_FAULT_FLAGS, EINVAL);
  }
  if (ordered(order, PK_OWN_PROCESSES) != processes) refuse(PK_FAULT_FLAGS, EINVAL);
  if (head->directory.count != (head->mounts.count > 0)) refuse(PK_FAULT_DIRECTORY, EINVAL);
}

/* The pointer tables that execve wants; the strings stay where they are, in the sealed file. */
static void point(struct order *order) {
  const struct pk_order *head = order->head;
  /* argv's section was not looked at yet: its count must be bounded before it is multiplied. */
  if (head->argv.count == 0 || head->argv.count > PK_MAX_STRINGS) refuse(PK_FAULT_ARGV, EINVAL);
  if (head->env.count > PK_MAX_STRINGS) refuse(PK_FAULT_ENV, EINVAL);
  unsigned long slots = (unsigned long)head->argv.count + head->env.count + 3;
  long address = sys6(__NR_mmap, 0, (long)(slots * sizeof(char *)), MAP_READ | MAP_WRITE, MAP_OWN | MAP_NO_FILE, -1, 0);
  if (address < 0 && address > -4096) give_up(supervisor, PK_STEP_MEMORY, 0, address, PK_EXIT_DONE);
  order->argv = (const char **)address + 1; /* before it there is room for the name of a shell */
  order->env = order->argv + head->argv.count + 1;
  strings(head, &head->argv, order->argv, PK_FAULT_ARGV);
  strings(head, &head->env, order->env, PK_FAULT_ENV);
}

void order_receive(int control, struct order *order) {
  struct arrival arrival;
  supervisor = control;
  receive(control, &arrival);
  const struct pk_order *head = map(arrival.descriptors[0]);
  order->head = head;
  check_flags(head->flags, head);
  if (head->timeout_ms > PK_MAX_MS || head->grace_ms > PK_MAX_MS) refuse(PK_FAULT_DURATION, EINVAL);
  if (head->umask > 0777) refuse(PK_FAULT_UMASK, EINVAL);
  point(order);
  if (head->path.count != 1 || head->path.size < 2) refuse(PK_FAULT_PATH, EINVAL);
  order->path = strings(head, &head->path, 0, PK_FAULT_PATH);
  order->filter = table(head, &head->filter, PK_MAX_FILTER, sizeof(struct sock_filter), 8, PK_FAULT_FILTER);
  order->rlimits = table(head, &head->rlimits, PK_MAX_RLIMITS, sizeof(struct pk_rlimit), 8, PK_FAULT_RLIMITS);
  for (u32 i = 0; i < head->rlimits.count; i++)
    if (order->rlimits[i].resource >= PK_MAX_RLIMITS || order->rlimits[i].reserved != 0) refuse(PK_FAULT_RLIMITS, EINVAL);
  order->numbers = table(head, &head->descriptors, PK_MAX_DESCRIPTORS, sizeof(u32), 4, PK_FAULT_DESCRIPTORS);
  check_descriptors(order);
  if (head->reserved != 0) refuse(PK_FAULT_HEADER, EINVAL);
  order->paths = strings(head, &head->paths, 0, PK_FAULT_PATHS);
  order->mounts = table(head, &head->mounts, PK_MAX_MOUNTS, sizeof(struct pk_mount), 8, PK_FAULT_MOUNTS);
  order->directory = strings(head, &head->directory, 0, PK_FAULT_DIRECTORY);
  check_mounts(order);

  u32 next = 1;
  u32 wanted = FIXED_DESCRIPTORS + (ordered(order, PK_LANDLOCK) ? 1u : 0u) + (ordered(order, PK_TERMINAL) ? 1u : 0u) + head->descriptors.count;
  if (arrival.count != wanted) refuse(PK_FAULT_COUNT, EINVAL);
  order->cwd = arrival.descriptors[next++];
  order->ruleset = ordered(order, PK_LANDLOCK) ? arrival.descriptors[next++] : NO_FD;
  order->terminal = ordered(order, PK_TERMINAL) ? arrival.descriptors[next++] : NO_FD;
  for (u32 i = 0; i < head->descriptors.count; i++) order->mapped[i] = arrival.descriptors[next++];
  close_fd(arrival.descriptors[0]);
}
