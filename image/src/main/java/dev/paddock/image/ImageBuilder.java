package dev.paddock.image;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Builds the image: links the modules, teaches the image the method handle shapes that our start
 * needs, records its AOT cache, writes manual pages and completion, and only then puts it where the
 * start script looks.
 *
 * <p>The image is a folder of its own beside the link {@code paddock}, which is swapped at the end:
 * a start during a build gets the old image or the new one, and a Paddock that is running keeps its
 * own until the build after the next.
 */
final class ImageBuilder {
  private static final String MODULE = "dev.paddock.cli";
  private static final String MAIN = MODULE + "/dev.paddock.cli.Main";
  private static final String TRAINING = MODULE + "/dev.paddock.cli.Training";
  private static final String DOCUMENTS = MODULE + "/dev.paddock.cli.Documents";

  /** What the whole training ends with, through {@code Main} itself. */
  private static final List<String> LAST_COMMAND = List.of("run", "--", "/bin/true");

  /** Options of every Paddock; part of the image, so that training and use cannot differ. */
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:+UseSerialGC",
          "-Xmx256m",
          // A start is over before compiled code pays: the compiler only takes its processor, and
          // what a training run knows of hot methods keeps a thread busy that contends with main.
          "-XX:TieredStopAtLevel=1",
          "-XX:CompileThresholdScaling=100",
          "-XX:-AOTRecordTraining",
          "-XX:-AOTReplayTraining",
          // Our handles are constants: a copy customised to each would gain nothing.
          "-Djava.lang.invoke.MethodHandle.CUSTOMIZE_THRESHOLD=-1",
          // The archive is mapped where it was made: 5 ms of relocations less.
          "-XX:ArchiveRelocationMode=0",
          // Nobody else's way into the JVM.
          "-XX:+DisableAttachMechanism",
          "-XX:-UsePerfData",
          // Standard output belongs to the target, and the current directory to the user.
          "-XX:+DisplayVMOutputToStderr",
          "-Xlog:disable",
          "-Xlog:all=error:stderr",
          "-XX:+ErrorFileToStderr",
          "-XX:-CreateCoredumpOnCrash",
          // What the target inherits stays its caller's: the soft limit of descriptors, and which
          // memory a core file holds (coredump_filter in proc(5)).
          "-XX:-MaxFDLimit",
          "-XX:-DumpPrivateMappingsInCore",
          "-XX:-DumpSharedMappingsInCore",
          "--enable-native-access=dev.paddock.linux");

  /** Below the folder of the build. */
  private static final String TRAINING_HOME = "training-home";

  private final Path root;
  private final Path target;
  private final Path image;
  private final Instant started;

  private ImageBuilder(Path root, Path target, Instant started) {
    this.root = root;
    this.target = target;
    this.started = started;
    this.image = target.resolve("paddock-" + System.currentTimeMillis());
  }

  /**
   * Builds the image and links it as {@code TARGET/paddock}.
   *
   * @param arguments the project's root, the folder to build in, the time at which the build began
   *     (ISO-8601; a source changed later makes the image stale), the class path
   * @throws IOException if a step failed; the message has its output
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 4) {
      throw new IllegalArgumentException("expected: ROOT TARGET STARTED CLASSPATH");
    }
    new ImageBuilder(Path.of(arguments[0]), Path.of(arguments[1]), Instant.parse(arguments[2]))
        .build(arguments[3]);
  }

  private void build(String classPath) throws IOException {
    Files.createDirectories(target);
    Path unpacked = target.resolve("modules");
    delete(unpacked);
    Files.createDirectories(unpacked);
    try {
      link(modules(classPath, unpacked));
      learnMethodHandles();
      archive();
      java(List.of("-m", DOCUMENTS, image.resolve("share").toString()));
      Files.writeString(image.resolve("fresh"), Sources.script(root));
      Path stamp = Files.createFile(image.resolve("stamp"));
      Files.setLastModifiedTime(stamp, FileTime.from(started));
      publish();
    } catch (IOException | RuntimeException e) {
      delete(image);
      throw e;
    }
  }

  private static List<Path> modules(String classPath, Path folder) throws IOException {
    List<Path> entries = new ArrayList<>();
    for (String entry : classPath.split(":", -1)) {
      entries.add(Path.of(entry));
    }
    return Modules.prepare(entries, folder);
  }

  private void link(List<Path> modules) throws IOException {
    StringWriter out = new StringWriter();
    int status =
        ToolProvider.findFirst("jlink")
            .orElseThrow()
            .run(
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                "--module-path",
                String.join(":", modules.stream().map(Path::toString).toList()),
                "--add-modules",
                MODULE,
                "--no-header-files",
                "--no-man-pages",
                // Nothing is unpacked at start.
                "--compress",
                "zip-0",
                "--add-options",
                String.join(" ", OPTIONS),
                "--output",
                image.toString());
    if (status != 0) {
      throw new IOException("jlink: " + out);
    }
  }

  /**
   * Method handles that nobody foresaw are compiled to classes at every start: more than ten of
   * them for the one downcall shape. The image's class list names those that its base archive
   * carries ready-made; to it go the shapes that a trial run resolves.
   */
  private void learnMethodHandles() throws IOException {
    TreeSet<String> shapes = new TreeSet<>();
    List<String> command = new ArrayList<>();
    command.add("-Djava.lang.invoke.MethodHandle.TRACE_RESOLVE=true");
    command.addAll(training());
    for (String line : java(command).split("\n", -1)) {
      if (line.startsWith("[LF_RESOLVE] ") || line.startsWith("[SPECIES_RESOLVE] ")) {
        shapes.add("@lambda-form-invoker " + line.replaceFirst(" \\([a-z]+\\)$", ""));
      }
    }
    if (shapes.isEmpty()) {
      throw new IOException("the trial run resolved no method handle: has the JDK changed?");
    }
    Files.write(
        image.resolve("lib/classlist"),
        shapes,
        StandardCharsets.US_ASCII,
        StandardOpenOption.APPEND);
    java(List.of("-Xshare:dump"));
  }

  /** What the start script gives it, with a home where nothing of a user's is touched. */
  private static Map<String, String> environment(Path home) {
    String strings = "PATH=/usr/bin:/bin\0HOME=" + home + "\0LANG=C.UTF-8\0";
    return Map.of(
        "LC_ALL",
        "C.UTF-8",
        "PADDOCK_ENVIRON_0",
        Base64.getEncoder().encodeToString(strings.getBytes(StandardCharsets.UTF_8)));
  }

  /** Records the AOT cache (JEP 514) from one run of the training. */
  private void archive() throws IOException {
    Path cache = image.resolve("lib/paddock.aot");
    List<String> command = new ArrayList<>();
    command.add("-XX:AOTCacheOutput=" + cache);
    command.addAll(training());
    String output = java(command);
    if (!Files.exists(cache)) {
      throw new IOException("no AOT cache was made: " + output);
    }
    // From now on a cache that cannot be used is an error here, and not a slow start later.
    java(List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache, "-m", MAIN, "--version"));
  }

  private List<String> training() {
    List<String> command = new ArrayList<>();
    command.add("-m");
    command.add(TRAINING);
    command.add(root.resolve("image/src/main/training/commands").toString());
    command.addAll(LAST_COMMAND);
    return command;
  }

  /** Runs the image's JVM on nothing but an empty standard input; its output. */
  private String java(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(image.resolve("bin/java").toString());
    command.addAll(arguments);
    // Where the image is, is no workspace.
    Path home = target.resolve(TRAINING_HOME);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Files.createDirectories(home.resolve("project")).toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile());
    builder.environment().clear();
    builder.environment().putAll(environment(home));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(String.join(" ", command) + " ended with " + status + ":\n" + output);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return output;
  }

  private void publish() throws IOException {
    Path link = target.resolve("paddock");
    Path next = target.resolve("paddock.next");
    Files.deleteIfExists(next);
    Files.createSymbolicLink(next, image.getFileName());
    Path previous = Files.isSymbolicLink(link) ? Files.readSymbolicLink(link) : image;
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
    try (Stream<Path> images = Files.list(target)) {
      for (Path old : (Iterable<Path>) images::iterator) {
        boolean anImage = String.valueOf(old.getFileName()).matches("paddock-[0-9]+");
        if (anImage && !old.equals(image) && !old.endsWith(previous)) {
          delete(old);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
