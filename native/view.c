/*
 * The view: what the target has instead of the host's own. So far a network in which nothing but the loopback is, so that servers and clients of one run
 * find each other on 127.0.0.1 and ::1, every port is free, and nobody outside is there to be reached.
 *
 * A process that may make name spaces (CAP_SYS_ADMIN) makes just those. Any other one makes a user name space first, in which it may; see
 * user_namespaces(7). The capabilities that it has there are the target's only until they are dropped, and the filter refuses to make more name spaces.
 */
#include "init.h"

static long write_file(const char *path, const char *text, u32 size) {
  long fd = sys4(__NR_openat, AT_FDCWD, (long)path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  long written = write_fd((int)fd, text, size);
  close_fd((int)fd);
  if (written < 0) return written;
  return written == (long)size ? 0 : -EIO;
}

/* "ID ID 1": one id, the same on both sides. */
static u32 identity(char *line, u32 id) {
  char digits[10];
  u32 count = 0, length = 0;
  do digits[count++] = (char)('0' + id % 10);
  while ((id /= 10) > 0);
  for (int side = 0; side < 2; side++) {
    for (u32 i = count; i > 0; i--) line[length++] = digits[i - 1];
    line[length++] = ' ';
  }
  line[length++] = '1';
  return length;
}

/* A user name space with the caller's own ids. Others' files are shown as the overflow ids'; set-user-id programs gain nothing anyway. */
static long own_users(enum pk_view_part *part) {
  u32 user = (u32)sys1(__NR_geteuid, 0), group = (u32)sys1(__NR_getegid, 0);
  *part = PK_VIEW_USER;
  long result = sys1(__NR_unshare, CLONE_NEWUSER);
  if (result != 0) return result;
  *part = PK_VIEW_IDS;
  char line[2 * 11 + 1];
  result = write_file("/proc/self/setgroups", "deny", 4); /* else an ordinary user may not write the map of groups */
  if (result != 0) return result;
  result = write_file("/proc/self/uid_map", line, identity(line, user));
  if (result != 0) return result;
  return write_file("/proc/self/gid_map", line, identity(line, group));
}

static long loopback_up(void) {
  long fd = sys3(__NR_socket, FAMILY_INET, SOCKET_DATAGRAM | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  struct {
    char name[16];
    short flags;
    char rest[22];
  } request = {.name = "lo"}; /* struct ifreq, linux/if.h */
  long result = sys3(__NR_ioctl, fd, GET_INTERFACE_FLAGS, (long)&request);
  if (result == 0) {
    request.flags = (short)(request.flags | INTERFACE_UP);
    result = sys3(__NR_ioctl, fd, SET_INTERFACE_FLAGS, (long)&request);
  }
  close_fd((int)fd);
  return result;
}

long view_own_loopback(enum pk_view_part *part) {
  *part = PK_VIEW_NETWORK;
  long result = sys1(__NR_unshare, CLONE_NEWNET);
  if (result == -EPERM) {
    result = own_users(part);
    if (result != 0) return result;
    *part = PK_VIEW_NETWORK;
    result = sys1(__NR_unshare, CLONE_NEWNET);
  }
  if (result != 0) return result;
  *part = PK_VIEW_LOOPBACK;
  return loopback_up();
}

void view_probe_main(void) {
  enum pk_view_part part;
  long result = view_own_loopback(&part);
  leave(result == 0 ? 0 : (int)-result);
}
