/*
 * The view: what the target has instead of the host's own. Name spaces first, then a root in which nothing is but what was ordered, then into it.
 *
 * A process that may make name spaces (CAP_SYS_ADMIN) makes just those. Any other one makes a user name space first, in which it may; see
 * user_namespaces(7). The capabilities that it has there are the target's only until they are dropped, and the filter refuses to make more name spaces.
 */
#include "init.h"

static int supervisor; /* the socket for saying what failed; NO_FD in a probe, whose status says it */

__attribute__((noreturn)) static void view_failed(u32 part, u32 mount, long error) {
  if (supervisor == NO_FD) leave((int)-error); /* a probe */
  give_up(supervisor, PK_STEP_VIEW, (int)(part + 256 * mount), error, PK_EXIT_DONE);
}

static void must(u32 part, long result) {
  if (result < 0) view_failed(part, 0, result);
}

/* ---------------------------------------------------------------- name spaces */

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
  char *at = append_number(line, id);
  *at++ = ' ';
  at = append_number(at, id);
  *at++ = ' ';
  *at++ = '1';
  return (u32)(at - line);
}

/* A user name space with the caller's own ids. Others' files are shown as the overflow ids'; set-user-id programs gain nothing anyway. */
static void own_users(void) {
  u32 user = (u32)sys1(__NR_geteuid, 0), group = (u32)sys1(__NR_getegid, 0);
  must(PK_VIEW_USER, sys1(__NR_unshare, CLONE_NEWUSER));
  char line[2 * 11 + 1]; /* two numbers of ten digits, two blanks, one digit */
  must(PK_VIEW_IDS, write_file("/proc/self/setgroups", "deny", 4)); /* else an ordinary user may not write the map of groups */
  must(PK_VIEW_IDS, write_file("/proc/self/uid_map", line, identity(line, user)));
  must(PK_VIEW_IDS, write_file("/proc/self/gid_map", line, identity(line, group)));
}

static const struct {
  unsigned long flag;
  enum pk_view_part part;
} name_spaces[] = {
    {CLONE_NEWNS, PK_VIEW_FILES},
    {CLONE_NEWPID, PK_VIEW_PROCESSES},
    {CLONE_NEWIPC, PK_VIEW_IPC},
    {CLONE_NEWNET, PK_VIEW_NETWORK},
};

static void own_name_spaces(unsigned long flags) {
  long result = sys1(__NR_unshare, (long)flags);
  if (result == -EPERM) {
    own_users();
    result = sys1(__NR_unshare, (long)flags);
  }
  if (result == 0) return;
  for (u32 i = 0; i < sizeof name_spaces / sizeof *name_spaces; i++) /* which of them is it? */
    if ((flags & name_spaces[i].flag) != 0) must(name_spaces[i].part, sys1(__NR_unshare, (long)name_spaces[i].flag));
  must(PK_VIEW_FILES, result);
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

/* Where the addresses lie that stand for names. A second address of "lo" has a name of its own; netdevice(7). */
static long names_up(void) {
  long fd = sys3(__NR_socket, FAMILY_INET, SOCKET_DATAGRAM | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  struct {
    char name[16];
    struct internet_address address;
    char rest[8];
  } request = {.name = "lo:1", .address = {.family = FAMILY_INET, .address = network_order(PK_NAMES_ADDRESS)}};
  long result = sys3(__NR_ioctl, fd, SET_INTERFACE_ADDRESS, (long)&request);
  request.address.address = network_order(PK_NAMES_MASK);
  if (result == 0) result = sys3(__NR_ioctl, fd, SET_INTERFACE_MASK, (long)&request);
  close_fd((int)fd);
  return result;
}

/* In a new network nobody may send echo requests. Where /proc/sys cannot be written it stays so. */
static void allow_echo(void) {
  char range[2 * 10 + 2]; /* only groups that this user name space knows can stand in it */
  u32 group = (u32)sys1(__NR_getegid, 0);
  char *at = append_number(range, group);
  *at++ = ' ';
  at = append_number(at, group);
  write_file("/proc/sys/net/ipv4/ping_group_range", range, (u32)(at - range));
}

/* ---------------------------------------------------------------- the root */

#define NAME_MAX 255

/* A file system of the run's own with one option, not yet mounted anywhere; its descriptor. */
static long new_file_system(const char *type, const char *option, const char *value, unsigned long attributes) {
  long context = sys2(__NR_fsopen, (long)type, FSOPEN_CLOEXEC);
  if (context < 0) return context;
  long result = 0;
  if (option) result = sys5(__NR_fsconfig, context, FSCONFIG_SET_STRING, (long)option, (long)value, 0);
  if (result == 0) result = sys5(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (result == 0) result = sys3(__NR_fsmount, context, FSMOUNT_CLOEXEC, (long)(attributes | MOUNT_ATTR_NOSUID));
  close_fd((int)context);
  return result;
}

static long open_under(int directory, const char *path, u64 flags, u64 resolve) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
  return sys4(__NR_openat2, directory, (long)path, (long)&how, sizeof how);
}

/* One step down, made if it is not there; never through a symbolic link. The directory that was left is closed. */
static long step_down(long from, const char *name, long mode) {
  long next = open_under((int)from, name, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
  if (next == -ENOENT) {
    long made = sys3(__NR_mkdirat, from, (long)name, mode);
    next = made < 0 ? made : open_under((int)from, name, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
  }
  close_fd((int)from);
  return next;
}

/* The directory that an absolute path's last name is in, made if it is not there; "name" becomes that last name, empty for the root. */
static long parent_of(int root, const char *path, char name[NAME_MAX + 1]) {
  long at = dup_above(root, 0);
  name[0] = 0;
  while (at >= 0) {
    while (*path == '/') path++;
    if (!*path) return at;
    if (name[0]) at = step_down(at, name, 0755);
    u32 length = 0;
    while (*path && *path != '/' && length < NAME_MAX) name[length++] = *path++;
    name[length] = 0;
    if (*path && *path != '/') {
      if (at >= 0) close_fd((int)at);
      return -ENAMETOOLONG;
    }
  }
  return at;
}

static long make_place(int root, const char *path, int file, long mode) {
  char name[NAME_MAX + 1];
  long at = parent_of(root, path, name);
  if (at < 0 || !name[0]) return at;
  if (!file) return step_down(at, name, mode);
  long result = sys4(__NR_openat, at, (long)name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (result >= 0) {
    close_fd((int)result);
    result = open_under((int)at, name, O_PATH, RESOLVE_NO_SYMLINKS);
  }
  close_fd((int)at);
  return result;
}

static long open_place(int root, const char *path, u32 flags) {
  if ((flags & PK_MOUNT_MAKE) != 0) return make_place(root, path, (flags & PK_MOUNT_FILE) != 0, 0755);
  return open_under(root, path, O_PATH, RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT);
}

static long make_link(int root, const char *to, const char *path) {
  char name[NAME_MAX + 1];
  long at = parent_of(root, path, name);
  if (at < 0) return at;
  long result = sys3(__NR_symlinkat, (long)to, at, (long)name);
  close_fd((int)at);
  return result == -EEXIST ? 0 : result; /* what was ordered for that place before is kept */
}

static long clone_tree(long from, const char *path, u64 attributes) {
  long flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | (*path ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH);
  long tree = sys3(__NR_open_tree, from, (long)path, flags);
  if (tree < 0) return tree;
  struct mount_attr change = {.attr_set = attributes | MOUNT_ATTR_NOSUID};
  long result = sys5(__NR_mount_setattr, tree, (long)"", AT_EMPTY_PATH | AT_RECURSIVE, (long)&change, sizeof change);
  if (result == 0) return tree;
  close_fd((int)tree);
  return result;
}

static long clone_source(const char *source, u64 attributes) {
  long found = open_under(AT_FDCWD, source, O_PATH, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  if (found < 0) return found;
  long tree = clone_tree(found, "", attributes);
  close_fd((int)found);
  return tree;
}

/* An empty file or directory that nobody may open. It has a name in the root until all is mounted. */
static const char empty_file[] = ".empty-file", empty_directory[] = ".empty-directory";

static long clone_cover(int root, const char *place) {
  long directory = open_under(root, place, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT);
  if (directory >= 0) close_fd((int)directory);
  if (directory < 0 && directory != -ENOTDIR) return directory;
  int file = directory < 0;
  const char *name = file ? empty_file : empty_directory;
  long made = file ? sys4(__NR_openat, root, (long)name, O_WRONLY | O_CREAT | O_CLOEXEC, 0) : sys3(__NR_mkdirat, root, (long)name, 0);
  if (made < 0 && made != -EEXIST && made != -EACCES) return made; /* it is there already, and this user may not write to it */
  if (made >= 0 && file) close_fd((int)made);
  return clone_tree(root, name, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static void remove_cover_names(int root) {
  sys3(__NR_unlinkat, root, (long)empty_file, 0);
  sys3(__NR_unlinkat, root, (long)empty_directory, AT_REMOVEDIR);
}

/* What a file of the run's own is mounted from. It has a name in the root until it is: what has none cannot be mounted. */
static const char text_file[] = ".text-file";

static long clone_text(int root, const char *text) {
  long file = sys4(__NR_openat, root, (long)text_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return file;
  u32 length = 0;
  while (text[length]) length++;
  long result = write_fd((int)file, text, length);
  close_fd((int)file);
  if (result >= 0) result = result == (long)length ? clone_tree(root, text_file, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) : -EIO;
  return result;
}

static long allow(int ruleset, u64 rights, long place) {
  if (rights == 0) return 0;
  struct {
    u64 allowed;
    int parent;
  } __attribute__((packed)) rule = {rights, (int)place};
  return sys4(__NR_landlock_add_rule, ruleset, RULE_PATH_BENEATH, (long)&rule, 0);
}

/* Mounts what is not yet anywhere onto a place, and opens what is in it to the target. */
static long attach(long tree, int root, const struct order *order, const struct pk_mount *mount) {
  if (tree < 0) return tree;
  long place = open_place(root, order->paths + mount->place, mount->flags);
  long result = place;
  if (place >= 0) {
    result = sys5(__NR_move_mount, tree, (long)"", place, (long)"", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    if (result == 0) result = allow(order->ruleset, mount->rights, tree);
    close_fd((int)place);
  }
  close_fd((int)tree);
  return result;
}

#define READING 13u /* LANDLOCK_ACCESS_FS_EXECUTE, READ_FILE, READ_DIR */

/* One directory as an option's value: a path's own letters, such as ":", would be read as more than one. */
static long set_directory(long context, const char *option, long directory) {
  if (directory < 0) return directory;
  char value[32] = "/proc/self/fd/";
  append_number(value + sizeof "/proc/self/fd/" - 1, (u32)directory);
  return sys5(__NR_fsconfig, context, FSCONFIG_SET_STRING, (long)option, (long)value, 0);
}

/* What is changed goes to "upper" in the layer, which is closed. */
static long new_overlay(const char *lower_path, long layer) {
  if (layer < 0) return layer;
  long flags = O_PATH | O_DIRECTORY;
  long lower = open_under(AT_FDCWD, lower_path, (u64)flags, RESOLVE_NO_SYMLINKS);
  long upper = open_under((int)layer, "upper", (u64)flags, RESOLVE_NO_SYMLINKS);
  long work = open_under((int)layer, "work", (u64)flags, RESOLVE_NO_SYMLINKS);
  long context = sys2(__NR_fsopen, (long)"overlay", FSOPEN_CLOEXEC);
  long result = context < 0 ? context : set_directory(context, "lowerdir", lower);
  if (result == 0) result = set_directory(context, "upperdir", upper);
  if (result == 0) result = set_directory(context, "workdir", work);
  /* In a user name space the usual attributes may not be written; and what root has written another user could not read. */
  if (result == 0) result = sys5(__NR_fsconfig, context, FSCONFIG_SET_FLAG, (long)"userxattr", 0, 0);
  if (result == 0) result = sys5(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (result == 0) result = sys3(__NR_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  const long all[] = {lower, layer, upper, work, context};
  for (u32 i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i] >= 0) close_fd((int)all[i]);
  return result;
}

/* A layer in memory. It has a place in the root until the overlay holds it: what is mounted nowhere none can be made of. */
static const char memory_layer[] = ".layer";

static long new_memory_layer(int root) {
  long layer = new_file_system("tmpfs", "mode", "0755", MOUNT_ATTR_NODEV);
  if (layer < 0) return layer;
  long result = sys3(__NR_mkdirat, root, (long)memory_layer, 0700);
  if (result == 0 || result == -EEXIST) result = sys5(__NR_move_mount, layer, (long)"", root, (long)memory_layer, MOVE_MOUNT_F_EMPTY_PATH);
  if (result == 0) result = sys3(__NR_mkdirat, layer, (long)"upper", 0755);
  if (result == 0) result = sys3(__NR_mkdirat, layer, (long)"work", 0755);
  if (result == 0) return layer;
  close_fd((int)layer);
  return result;
}

static void forget_memory_layer(int root) {
  if (sys1(__NR_fchdir, root) == 0) sys2(__NR_umount2, (long)memory_layer, DETACH_MOUNT);
  sys3(__NR_unlinkat, root, (long)memory_layer, AT_REMOVEDIR);
}

static long mount_layer(int root, const struct order *order, const struct pk_mount *mount) {
  const char *lower = order->paths + mount->place;
  const char *layer = order->paths + mount->source;
  long tree = new_overlay(lower, open_under(AT_FDCWD, layer, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
  if (tree >= 0 || (mount->flags & PK_MOUNT_OPTIONAL) == 0) return attach(tree, root, order, mount);
  tree = new_overlay(lower, new_memory_layer(root));
  forget_memory_layer(root);
  if (tree >= 0) return attach(tree, root, order, mount);
  struct pk_mount fixed = *mount;
  fixed.rights &= READING;
  return attach(clone_source(lower, MOUNT_ATTR_RDONLY), root, order, &fixed);
}

static long do_mount(int root, const struct order *order, const struct pk_mount *mount) {
  const char *source = order->paths + mount->source;
  u64 attributes = (mount->flags & PK_MOUNT_READ_ONLY) != 0 ? MOUNT_ATTR_RDONLY : 0;
  switch ((enum pk_mount_kind)mount->kind) {
    case PK_MOUNT_BIND:
      return attach(clone_source(source, attributes), root, order, mount);
    case PK_MOUNT_TMPFS:
      return attach(new_file_system("tmpfs", "mode", source, attributes | MOUNT_ATTR_NODEV), root, order, mount);
    case PK_MOUNT_DEVPTS: /* in a new instance ptmx is there for nobody */
      return attach(new_file_system("devpts", "ptmxmode", "0666", attributes | MOUNT_ATTR_NOEXEC), root, order, mount);
    case PK_MOUNT_LAYER:
      return mount_layer(root, order, mount);
    case PK_MOUNT_MQUEUE:
      return attach(new_file_system("mqueue", 0, 0, attributes | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC), root, order, mount);
    case PK_MOUNT_COVER:
      return attach(clone_cover(root, order->paths + mount->place), root, order, mount);
    case PK_MOUNT_TEXT: {
      long result = attach(clone_text(root, source), root, order, mount);
      sys3(__NR_unlinkat, root, (long)text_file, 0);
      return result;
    }
    case PK_MOUNT_LINK:
      return make_link(root, source, order->paths + mount->place);
    case PK_MOUNT_PROC: /* refused in a user name space unless another one, of which nothing is hidden, is still there to be seen */
      return attach(new_file_system("proc", 0, 0, attributes | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC), root, order, mount);
    case PK_MOUNT_DIRECTORY: {
      long place = make_place(root, order->paths + mount->place, 0, 0111);
      if (place >= 0) close_fd((int)place);
      return place;
    }
    case PK_MOUNT_ROOT:
      break;
  }
  return -EINVAL;
}

/*
 * The new root is mounted over the old one, where a path from the old root still leads past it: so every source can be found until the end.
 */
static void own_root(struct order *order) {
  const struct pk_mount *mounts = order->mounts;
  if (order->head->mounts.count == 0) return;
  sys1(__NR_umask, 0);
  must(PK_VIEW_FILES, sys5(__NR_mount, 0, (long)"/", 0, MS_REC | MS_PRIVATE, 0));
  long root = new_file_system("tmpfs", "mode", "0755", MOUNT_ATTR_NODEV);
  must(PK_VIEW_ROOT, root);
  must(PK_VIEW_ROOT, sys5(__NR_move_mount, root, (long)"", AT_FDCWD, (long)"/", MOVE_MOUNT_F_EMPTY_PATH));
  must(PK_VIEW_ROOT, allow(order->ruleset, mounts[0].rights, root));
  for (u32 i = 1; i < order->head->mounts.count; i++) {
    long result = do_mount((int)root, order, &mounts[i]);
    /* What has become something else is left out only where that shows less: inside another mount it would be open or writable as it is there. */
    int gone = result == -ENOENT || ((mounts[i].flags & PK_MOUNT_MAKE) != 0 && (result == -ENOTDIR || result == -ELOOP));
    if (result < 0 && !(gone && (mounts[i].flags & PK_MOUNT_OPTIONAL) != 0)) view_failed(PK_VIEW_MOUNT, i, result);
  }
  remove_cover_names((int)root);
  must(PK_VIEW_ROOT, sys1(__NR_fchdir, root));
  must(PK_VIEW_ROOT, sys2(__NR_pivot_root, (long)".", (long)"."));
  must(PK_VIEW_ROOT, sys2(__NR_umount2, (long)".", DETACH_MOUNT));
  struct mount_attr fixed = {.attr_set = MOUNT_ATTR_RDONLY};
  must(PK_VIEW_ROOT, sys5(__NR_mount_setattr, root, (long)"", AT_EMPTY_PATH, (long)&fixed, sizeof fixed));
  close_fd((int)root);
  /* The descriptor that was sent leads out of the view. */
  close_fd(order->cwd);
  long directory = open_under(AT_FDCWD, order->directory, O_PATH | O_DIRECTORY, 0);
  if (directory < 0) give_up(supervisor, PK_STEP_CHDIR, 0, directory, PK_EXIT_DONE);
  order->cwd = (int)directory;
}

void view_make(int control, struct order *order) {
  supervisor = control;
  unsigned long flags = (order->head->mounts.count > 0 ? CLONE_NEWNS : 0ul) | (ordered(order, PK_OWN_PROCESSES) ? CLONE_NEWPID : 0ul) |
                        (ordered(order, PK_OWN_IPC) ? CLONE_NEWIPC : 0ul) | (ordered(order, PK_OWN_LOOPBACK) ? CLONE_NEWNET : 0ul);
  if (flags == 0) return;
  own_name_spaces(flags);
  if (ordered(order, PK_OWN_LOOPBACK)) must(PK_VIEW_LOOPBACK, loopback_up());
  if (ordered(order, PK_RESOLVER)) {
    must(PK_VIEW_RESOLVER, names_up());
    allow_echo();
  }
  if (!ordered(order, PK_OWN_PROCESSES)) own_root(order);
}

void view_complete(int control, struct order *order) {
  supervisor = control;
  if (ordered(order, PK_OWN_PROCESSES)) own_root(order);
}
