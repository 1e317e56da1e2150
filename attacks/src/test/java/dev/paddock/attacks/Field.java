package dev.paddock.attacks;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where one attack takes place: a folder that the sandbox may read, one that it may write, and
 * outside of both the canaries. Made anew for every run.
 */
final class Field implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("\\{([a-z-]+)}");
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final Path root;
  private final Path granted;
  private final Path scratch;
  private final Path outside;
  private final Path program;
  private final Canary canary;
  private final @Nullable HungFile hung;
  private final Map<String, String> names = new HashMap<>();
  private final List<Path> watched = new ArrayList<>();
  private final Map<String, String> before;

  Field(Attack attack) throws IOException {
    root = Files.createTempDirectory("paddock-field-").toRealPath();
    granted = Files.createDirectory(root.resolve("granted"));
    scratch = Files.createDirectory(root.resolve("scratch"));
    outside = Files.createDirectory(root.resolve("outside"));
    Path hidden = Files.createDirectory(root.resolve("hidden"));
    program = Programs.copy(attack.program(), granted);
    Path file = Files.writeString(outside.resolve("canary"), "untouched\n");
    Files.createDirectory(outside.resolve("empty"));
    Files.writeString(granted.resolve("file"), "untouched\n");
    Path outsideProgram = Programs.copy("outside", outside);
    String tag = ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    canary = new Canary(Programs.copy("canary", hidden), hidden, file, tag);
    names.putAll(canary.names());
    names.put("granted", granted.toString());
    names.put("scratch", scratch.toString());
    names.put("outside", outside.toString());
    names.put("canary", file.toString());
    names.put("outside-program", outsideProgram.toString());
    names.put("canary-file", names.getOrDefault("file", ""));
    names.put("file", granted.resolve("file").toString());
    names.put("supervisor", Long.toString(ProcessHandle.current().pid()));
    names.put("races", Integer.toString(races()));
    if (attack.setting().hasPrograms()) {
      names.put("programs", programs(granted).toString());
    }
    hung = attack.setting() == Setting.HUNG_FILE ? new HungFile(hidden, granted) : null;
    if (hung != null) {
      names.put("hung", hung.file().toString());
    }
    if (User.isRoot()) {
      privileged(attack);
    }
    if (attack.setting() == Setting.IN_A_VIEW) {
      held();
    }
    before = look();
  }

  /** What {@link Rules#VIEW} hides and keeps. */
  private void held() throws IOException {
    for (String parent : List.of("", "in/", "hidden-directory/", "kept-directory/")) {
      Files.createDirectories(scratch.resolve(parent));
      for (String name : List.of("hidden", "kept")) {
        watched.add(Files.writeString(scratch.resolve(parent + name), "untouched\n"));
      }
    }
  }

  /** How often an exec is raced: a hundred times, or as the tester says. */
  static int races() {
    return Integer.getInteger("paddock.attacks.races", 100);
  }

  /** Makes a folder of what {@link Rules} tell apart: what ends in "-a" is allowed, "-d" denied. */
  static Path programs(Path where) throws IOException {
    Path folder = Files.createDirectory(where.resolve("programs"));
    Path marker = Programs.copy("marker", folder);
    Path allowed = Files.copy(marker, folder.resolve("marker-a"), COPY_ATTRIBUTES);
    Files.move(marker, folder.resolve("marker-d"));
    for (String name : List.of("script-a", "script-d")) {
      Path script = Files.writeString(folder.resolve(name), "#!" + allowed + "\n");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Programs.copy("preload.so", folder);
    return folder;
  }

  /** The things that only root can lay out; their attacks are for root alone. */
  private void privileged(Attack attack) throws IOException {
    Path sealed = Files.writeString(granted.resolve("sealed"), "sealed\n");
    Files.setAttribute(sealed, "unix:mode", 0);
    names.put("sealed", sealed.toString());
    if (!attack.program().equals("19-privileges")) {
      return;
    }
    Path folder = Files.createDirectory(granted.resolve("special"));
    Path setuid = Files.copy(program, folder.resolve("setuid"));
    Files.setAttribute(setuid, "unix:uid", User.NOBODY);
    Files.setAttribute(setuid, "unix:mode", 0104755);
    names.put("setuid", setuid.toString());
    Path setgid = Files.copy(program, folder.resolve("setgid"));
    Files.setAttribute(setgid, "unix:gid", User.NOBODY);
    Files.setAttribute(setgid, "unix:mode", 0102755);
    names.put("setgid", setgid.toString());
    Path capable = Files.copy(program, folder.resolve("capable"));
    Run run = Bare.run(List.of(program.toString(), "x", "make-capable", capable.toString()), null);
    if (run.status() != 0) {
      throw new IOException("cannot give capabilities to a file: " + run.describe());
    }
    names.put("capable", capable.toString());
    // An ordinary user, whom the attack may become, must get there.
    for (Path path : List.of(root, granted, folder)) {
      Files.setAttribute(path, "unix:mode", 040755);
    }
  }

  Path granted() {
    return granted;
  }

  Path scratch() {
    return scratch;
  }

  String name(String key) {
    String value = names.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no such name in the field: " + key);
    }
    return value;
  }

  /** The command line of the attack, every name replaced by what it stands for here. */
  List<String> command(Attack attack) {
    List<String> words = new ArrayList<>();
    words.add(program.toString());
    words.add(attack.id());
    words.add(attack.way());
    for (String argument : attack.arguments()) {
      Matcher matcher = NAME.matcher(argument);
      words.add(matcher.replaceAll(match -> Matcher.quoteReplacement(name(match.group(1)))));
    }
    return words;
  }

  /** The names of the canaries that are not as they were. */
  Set<String> touched() throws IOException {
    Map<String, String> now = look();
    Set<String> changed = new TreeSet<>();
    for (Map.Entry<String, String> entry : now.entrySet()) {
      if (!entry.getValue().equals(before.get(entry.getKey()))) {
        changed.add(entry.getKey());
      }
    }
    for (String key : before.keySet()) {
      if (!now.containsKey(key)) {
        changed.add(key);
      }
    }
    return changed;
  }

  private Map<String, String> look() throws IOException {
    Map<String, String> seen = new TreeMap<>(canary.state());
    Path waiting = hung == null ? null : hung.file().getParent();
    List<Path> folders = new ArrayList<>(List.of(outside, granted));
    watched.stream().filter(Files::exists).forEach(folders::add);
    for (Path folder : folders) {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              return path.equals(waiting) ? FileVisitResult.SKIP_SUBTREE : note(path);
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
              return note(path);
            }

            private FileVisitResult note(Path path) {
              seen.put(root.relativize(path).toString(), describe(path));
              return FileVisitResult.CONTINUE;
            }
          });
    }
    return seen;
  }

  private static String describe(Path path) {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(
              path,
              "unix:mode,uid,gid,nlink,size,lastModifiedTime,ctime",
              LinkOption.NOFOLLOW_LINKS);
      String content = "";
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
          && Files.size(path) < 100
          && Files.isReadable(path)) {
        content = Files.readString(path, StandardCharsets.ISO_8859_1);
      }
      return new TreeMap<>(attributes) + content;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      canary.close();
      if (hung != null) {
        hung.close();
      }
    } finally {
      Trees.delete(root);
    }
  }
}
