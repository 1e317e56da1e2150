/* Messages to the supervisor. */
#include "init.h"

struct pk_header message_header(u32 kind) {
  struct pk_header header = {.magic = PK_MAGIC, .version = PK_VERSION, .kind = (pk_u16)kind};
  return header;
}

long message_send(int control, const void *message, unsigned long size, const int *descriptors, u32 count, int flags) {
  struct {
    struct control_header header;
    int descriptors[READY_DESCRIPTORS];
  } rights = {.header = {.size = sizeof(struct control_header) + count * sizeof(int), .level = SOCKET_LEVEL, .type = SOCKET_RIGHTS}};
  struct bytes part = {.start = (void *)(unsigned long)message, .size = size};
  struct socket_message envelope = {.parts = &part, .part_count = 1};
  if (count > 0) {
    for (u32 i = 0; i < count && i < READY_DESCRIPTORS; i++) rights.descriptors[i] = descriptors[i];
    envelope.control = &rights;
    envelope.control_size = sizeof(struct control_header) + count * sizeof(int);
  }
  long sent;
  do sent = sys3(__NR_sendmsg, control, (long)&envelope, flags | MESSAGE_NO_SIGNAL);
  while (sent == -EINTR);
  return sent;
}

long message_send_last(int control, const void *message, unsigned long size) {
  u8 unread[16];
  sys2(__NR_shutdown, control, SOCKET_NO_MORE_READS);
  while (sys6(__NR_recvfrom, control, (long)unread, sizeof unread, MESSAGE_NO_WAIT, 0, 0) > 0) {
  }
  return message_send(control, message, size, 0, 0, 0);
}

void message_failed(int control, u32 step, int index, long error) {
  struct pk_failed failed = {
      .header = message_header(PK_FAILED), .step = step, .index = index, .error = (pk_s32)(error < 0 ? -error : error)};
  message_send_last(control, &failed, sizeof failed);
}

void give_up(int control, u32 step, int index, long error, int status) {
  message_failed(control, step, index, error);
  leave(status);
}
