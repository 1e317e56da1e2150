/* Orders that are wrong: random damage to a right one. init refuses, or runs what is still right; it never crashes and leaves nobody. */
#include "supervisor.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

static uint32_t interesting(uint32_t now) {
  static const uint32_t values[] = {0, 1, 2, 7, 8, 119, 120, 121, 4095, 4096, 65535, 65536, 1u << 20, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
  switch (random_below(4)) {
    case 0: return values[random_below(sizeof values / sizeof *values)];
    case 1: return now + 1;
    case 2: return now - 1;
    default: return (uint32_t)random_next();
  }
}

static void damage(uint8_t *bytes, size_t size) {
  /* Mostly in the header, which is where the numbers are. */
  size_t reach = random_below(4) ? sizeof(struct pk_order) : size;
  size_t at = random_below((uint32_t)reach);
  if (random_below(2)) {
    bytes[at] ^= (uint8_t)(1u << random_below(8));
    return;
  }
  at &= ~(size_t)3;
  if (at + 4 > size) return;
  uint32_t value;
  memcpy(&value, bytes + at, 4);
  value = interesting(value);
  memcpy(bytes + at, &value, 4);
}

static void one(int round) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct pk_rlimit limits[2] = {{.resource = 4, .soft = 0, .hard = 0}, {.resource = 7, .soft = 100, .hard = 100}};
  char *argv[] = {(char *)(uintptr_t) "true", (char *)(uintptr_t) "", (char *)(uintptr_t) "third", NULL};
  uint32_t flags = random_below(2) ? PK_NEW_SESSION | PK_LANDLOCK : PK_NEW_SESSION | PK_LANDLOCK | PK_LISTENER | PK_WAIT_FOR_GO;
  struct wish wish = {.flags = flags, .path = "/bin/true", .argv = argv, .filter = &allow, .filter_count = 1, .rlimits = limits, .rlimit_count = 2};
  size_t size;
  uint8_t *bytes = order_bytes(&wish, &size);
  for (uint32_t i = random_below(3); i > 0; i--) damage(bytes, size);
  if (random_below(8) == 0) size = random_below((uint32_t)size + 1);

  int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
  if (random_below(16) == 0) seals &= 1 << random_below(4);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC), cwd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), ruleset = scopes_ruleset();
  int memory = sealed_memfd(bytes, size, seals);
  free(bytes);
  int all[] = {memory, cwd, ruleset, null, null, null, null}, count = 6;
  if (random_below(16) == 0) count = (int)random_below(8);
  if (random_below(16) == 0) all[random_below(6)] = all[random_below(6)];
  struct pk_order_message message = {{PK_MAGIC, PK_VERSION, PK_ORDER}, (uint32_t)count, 0};
  if (random_below(16) == 0) ((uint8_t *)&message)[random_below(sizeof message)] ^= (uint8_t)(1u << random_below(8));
  size_t message_size = random_below(16) == 0 ? 1 + random_below(sizeof message) : sizeof message;

  struct launch run = {.output = -1, .pidfd = -1, .listener = -1};
  run.partner = start_init(&run.control, NULL);
  send_bytes(run.control, &message, message_size, all, count);
  close(memory);
  close(ruleset);
  close(cwd);
  close(null);

  for (int told = 0;;) {
    struct message answer = receive(&run);
    for (int i = 0; i < answer.descriptor_count; i++) close(answer.descriptors[i]);
    REQUIRE(answer.size > 0, "init closed the socket without a word, round %d", round);
    if (answer.is.header.kind == PK_FAILED || answer.is.header.kind == PK_RESULT) break;
    if (told++) continue;
    if (random_below(2)) {
      send_bare(run.control, PK_KILL);
    } else { /* rubbish as a message in the run */
      uint8_t rubbish[32];
      for (size_t i = 0; i < sizeof rubbish; i++) rubbish[i] = (uint8_t)random_next();
      send_bytes(run.control, rubbish, 1 + random_below(sizeof rubbish), NULL, 0);
    }
  }
  close(run.control);
  int status;
  EXPECT(waitpid(run.partner, &status, 0), run.partner);
  REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == PK_EXIT_DONE, "A ended with %x, round %d", status, round);
  if (round % 64 == 0) require_nothing_left();
}

void test_fuzz(int rounds) {
  for (int round = 0; round < rounds; round++) one(round);
  require_nothing_left();
  printf("ok: %d damaged orders\n", rounds);
}
