package dev.paddock.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A control group of version 2: a directory of a cgroup2 file system; see cgroups(7) and
 * Documentation/admin-guide/cgroup-v2.rst.
 *
 * @param path of the directory, without a slash at its end
 * @param mount where the file system is mounted
 */
public record ControlGroup(String path, String mount) {
  private static final String V2 = "0::";

  /**
   * The group that this process is in.
   *
   * @return empty if no cgroup2 is mounted where this process can see its group
   */
  public static Optional<ControlGroup> own() throws KernelException {
    String groups = text("/proc/self/cgroup");
    String own = null;
    for (String line : groups.split("\n", -1)) {
      if (line.startsWith(V2)) {
        own = line.substring(V2.length());
      }
    }
    return own == null ? Optional.empty() : find(text("/proc/self/mountinfo"), own);
  }

  /**
   * Finds a group below a mount that shows it.
   *
   * @param mountinfo of proc_pid_mountinfo(5)
   * @param group as {@code /proc/PID/cgroup} names it
   */
  static Optional<ControlGroup> find(String mountinfo, String group) {
    ControlGroup found = null;
    for (String line : mountinfo.split("\n", -1)) {
      // ID PARENT MAJOR:MINOR ROOT MOUNT OPTIONS … - TYPE SOURCE OPTIONS
      int dash = line.indexOf(" - ");
      String[] fields = line.split(" ", 6);
      if (dash < 0 || fields.length < 6 || !line.startsWith("cgroup2 ", dash + 3)) {
        continue;
      }
      String root = fields[3].equals("/") ? "" : unescape(fields[3]);
      String mount = unescape(fields[4]);
      if (group.equals(root) || (group + "/").startsWith(root + "/")) {
        String below = group.substring(root.length());
        found = new ControlGroup(mount + (below.equals("/") ? "" : below), mount);
      }
    }
    return Optional.ofNullable(found);
  }

  /** Octal escapes of blanks and backslashes. */
  private static String unescape(String field) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 3 < field.length()) {
        text.append((char) Integer.parseInt(field, i + 1, i + 4, 8));
        i += 3;
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  /** The group that this one is in; empty for the uppermost that is to be seen. */
  public Optional<ControlGroup> parent() {
    return path.equals(mount)
        ? Optional.empty()
        : Optional.of(new ControlGroup(path.substring(0, path.lastIndexOf('/')), mount));
  }

  /** The group of this name in this one. */
  public ControlGroup child(String name) {
    return new ControlGroup(path + "/" + name, mount);
  }

  /** Which controllers the groups in this one have. */
  public Set<String> granted() throws KernelException {
    Set<String> names = new TreeSet<>(Arrays.asList(get("cgroup.subtree_control").split(" ", -1)));
    names.remove("");
    return names;
  }

  /** Whether this process may make groups in this one, and move processes into them. */
  public boolean isWritable() {
    return Paths.accessible(bytes(path), Paths.W_OK | Paths.X_OK)
        && Paths.accessible(bytes(path + "/cgroup.procs"), Paths.W_OK);
  }

  /** Whether it has a file: which ones depends on the kernel and the controllers. */
  public boolean has(String file) {
    return Paths.accessible(bytes(path + "/" + file), 0);
  }

  /** Makes the group; see mkdir(2). */
  public void make() throws KernelException {
    Paths.makeDirectory(bytes(path), 0755);
  }

  /**
   * Removes the group.
   *
   * @throws KernelException with EBUSY if processes or groups are in it
   */
  public void remove() throws KernelException {
    Paths.remove(bytes(path), true);
  }

  /** The groups in this one, by name. */
  public Set<String> children() throws KernelException {
    Set<String> names = new TreeSet<>();
    try (Fd directory = Paths.open(bytes(path), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      for (byte[] name : Paths.names(directory)) {
        String text = new String(name, StandardCharsets.UTF_8);
        if (child(text).has("cgroup.procs")) {
          names.add(text);
        }
      }
    }
    return names;
  }

  /**
   * Moves a process into the group; what it forks from then on is in it as well.
   *
   * @throws KernelException with ESRCH if it has ended
   */
  public void add(int process) throws KernelException {
    set("cgroup.procs", "" + process);
  }

  /** What a file of the group says, without the line's end. */
  public String get(String file) throws KernelException {
    return text(path + "/" + file).strip();
  }

  /** The number that follows a key in a file of lines such as {@code frozen 1}; 0 if none does. */
  public long number(String file, String key) throws KernelException {
    for (String line : get(file).split("\n", -1)) {
      if (line.startsWith(key + " ")) {
        return Long.parseLong(line, key.length() + 1, line.length(), 10);
      }
    }
    return 0;
  }

  /** Writes to a file of the group. */
  public void set(String file, String value) throws KernelException {
    byte[] content = bytes(value);
    try (Fd fd = Paths.open(bytes(path + "/" + file), Paths.O_WRONLY, 0)) {
      int _ = fd.write(content, 0, content.length); // All or nothing.
    }
  }

  private static String text(String path) throws KernelException {
    return new String(Paths.readAll(bytes(path)), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
