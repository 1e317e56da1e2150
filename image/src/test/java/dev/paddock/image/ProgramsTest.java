package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What lives inside: real programs, each a shell script in {@code programs/}, put out the same and
 * end with the same status bare, in a view, and without one; as this user, and where that is root
 * as an ordinary one too. Where not, the head of the script says why, and it must differ. {@code
 * docs/programs.md} is made of these heads; with {@code -Dpaddock.programs.write} it is written.
 */
final class ProgramsTest {
  private static final Path SCRIPTS = Shell.root().resolve("image/src/test/resources/programs");
  private static final Path NETWORK = Shell.root().resolve("image/src/test/resources/network");
  private static final Path DOCUMENT = Shell.root().resolve("docs/programs.md");
  private static final String[] PATH = {"/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"};

  @TempDir static Path folder;
  private static List<Checkout> users = List.of();

  /** How a program is run. */
  enum Way {
    BARE,
    VIEW,
    NO_VIEW,
    /** In a view without the grants of the network, so that it must differ. */
    NO_GRANTS
  }

  /**
   * A script.
   *
   * @param title what it runs
   * @param policy the built-in that it is run under
   * @param network the flags that grant what it reaches; it is run in the test's network then
   * @param needs commands, or files by their path
   * @param notInside why it is not the same inside; empty if it is
   * @param noView why it is not the same without a view
   * @param notAsRoot why root cannot run it, bare either
   */
  record Program(
      Path script,
      String title,
      String policy,
      Optional<String> network,
      List<String> needs,
      Optional<String> notInside,
      Optional<String> noView,
      Optional<String> notAsRoot) {

    static Program of(Path script) {
      try {
        List<String> head =
            Files.readAllLines(script).stream().takeWhile(line -> line.startsWith("# ")).toList();
        return new Program(
            script,
            head.getFirst().substring(2),
            line(head, "policy").orElseThrow(),
            line(head, "network"),
            List.of(line(head, "needs").orElseThrow().split(" ")),
            line(head, "not inside"),
            line(head, "no view"),
            line(head, "not as root"));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    private static Optional<String> line(List<String> head, String key) {
      String start = "# " + key + ": ";
      return head.stream()
          .filter(line -> line.startsWith(start))
          .map(line -> line.substring(start.length()))
          .findFirst();
    }

    Path setup() {
      return script.resolveSibling(name() + ".setup");
    }

    String name() {
      return ("" + script.getFileName()).replace(".sh", "");
    }

    boolean differs(Way way) {
      return switch (way) {
        case BARE -> false;
        case VIEW -> notInside.isPresent();
        case NO_VIEW -> notInside.isPresent() || noView.isPresent();
        case NO_GRANTS -> true;
      };
    }

    @Override
    public String toString() {
      return name();
    }
  }

  static List<Program> programs() throws IOException {
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      return files
          .filter(file -> file.toString().endsWith(".sh"))
          .sorted()
          .map(Program::of)
          .toList();
    }
  }

  @BeforeAll
  static void findUsers() throws Exception {
    users = Checkout.all(folder);
    for (Checkout user : users) {
      Path copy = Files.createDirectory(user.home().resolve("network"));
      try (Stream<Path> files = Files.list(NETWORK)) {
        for (Path file : files.toList()) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
  }

  /** All, or with {@code -Dpaddock.programs.only=REGEX} those of a name. */
  static List<Program> chosen() throws IOException {
    String only = System.getProperty("paddock.programs.only", ".*");
    return programs().stream().filter(program -> program.name().matches(only)).toList();
  }

  @ParameterizedTest
  @MethodSource("chosen")
  void itIsTheSameInside(Program program) throws Exception {
    for (String need : program.needs()) {
      assumeTrue(isThere(need), () -> need + " is not here");
    }
    if (program.network().isPresent()) {
      for (Checkout user : users) {
        assumeTrue(user.run("unshare -rmn true").status() == 0, "no network of the test's own");
      }
    }
    List<Callable<Void>> lanes = new ArrayList<>();
    for (Checkout user : users) {
      lanes.add(
          () -> {
            compare(program, user);
            return null;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(lanes.size())) {
      for (Future<Void> lane : threads.invokeAll(lanes)) {
        Void _ = lane.get();
      }
    }
  }

  private static boolean isThere(String need) {
    if (need.startsWith("/")) {
      return new File(need).exists();
    }
    for (String directory : PATH) {
      if (new File(directory, need).canExecute()) {
        return true;
      }
    }
    return false;
  }

  private static void compare(Program program, Checkout user) throws Exception {
    if (user.readsEverything() && program.notAsRoot().isPresent()) {
      return;
    }
    Shell.Answer bare;
    synchronized (ProgramsTest.class) {
      bare = run(program, user, Way.BARE); // Two servers have one port only inside.
    }
    List<Way> ways = new ArrayList<>(List.of(Way.VIEW));
    if (user.equals(users.getFirst())) {
      ways.add(Way.NO_VIEW);
      if (program.network().isPresent()) {
        ways.add(Way.NO_GRANTS);
      }
    }
    for (Way way : ways) {
      Shell.Answer inside = run(program, user, way);
      String what =
          "%s, %s, as %s%n%s%n%s".formatted(program, way, user, bare.errors(), inside.errors());
      String expected = bare.output() + "status " + bare.status();
      String found = inside.output() + "status " + inside.status();
      if (program.differs(way)) {
        assertThat(found).as(what).isNotEqualTo(expected);
      } else {
        assertThat(found).as(what).isEqualTo(expected);
      }
    }
  }

  /** In a home and a project of their own, which have the same path each time. */
  private static Shell.Answer run(Program program, Checkout user, Way way) throws Exception {
    String command = "sh ../../script";
    if (way != Way.BARE) {
      command =
          "\"$PADDOCK\" run -q -p %s --view %s -r ../../script %s -- %s"
              .formatted(
                  program.policy(),
                  way == Way.NO_VIEW ? "off" : "require",
                  way == Way.NO_GRANTS ? "" : program.network().orElse(""),
                  command);
    }
    Path script = user.home().resolve("script");
    Path setup = user.home().resolve("setup");
    Files.copy(program.script(), script);
    if (Files.exists(program.setup())) {
      Files.copy(program.setup(), setup);
    }
    Path steps = user.home().resolve("steps");
    Files.writeString(
        steps,
        """
        umask 022; mkdir -p live/project; cd live/project
        HOME=$(cd .. && pwd); LANG=C.UTF-8; export HOME LANG
        if [ -e ../../setup ]; then sh ../../setup || exit 99; fi; cd "$HOME/project"
        """
            + command
            + "; status=$?; cd ../..; chmod -R u+rwX live; rm -rf live; exit $status");
    try {
      return user.run(
          program.network().isEmpty()
              ? "sh steps"
              : "umask 022; sh network/world.sh sh steps; status=$?; rm -rf repositories data"
                  + " sockets copied by-rsync host host.pub www; exit $status");
    } finally {
      Files.delete(script);
      Files.delete(steps);
      boolean _ = Files.deleteIfExists(setup);
    }
  }

  @Test
  void theDocumentSaysWhatIsTested() throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            # What lives inside

            Real programs, each run by a script of [image/src/test/resources/programs](../image/src/test/resources/programs) bare and inside, in a project below a home directory that nothing
            was prepared in. *Same* is the same output and the same status. A test runs all of them and writes this table: `./mvnw verify`, or
            `./mvnw verify -pl image -am -Dtest=ProgramsTest -Dpaddock.programs.write`.

            Those that are granted endpoints run in a network of the test's own, with real servers elsewhere in it, and once more without the grants: then they must differ.

            | Programs | Policy | in a view, as root | in a view, as a user | without a view | why not |
            |---|---|---|---|---|---|
            """);
    for (Program program : programs()) {
      String inside = program.notInside().isPresent() ? "no" : "same";
      String reason =
          Stream.of(
                  program.notInside(),
                  program.noView().map(why -> "without a view, " + why),
                  program.notAsRoot().map(why -> "as root, " + why))
              .flatMap(Optional::stream)
              .reduce((one, other) -> one + "; " + other)
              .orElse("");
      text.append("| ")
          .append(program.title())
          .append(" | `")
          .append(program.policy())
          .append(program.network().map(flags -> " " + flags).orElse(""))
          .append("` | ");
      text.append(program.notAsRoot().isPresent() ? "–" : inside).append(" | ").append(inside);
      text.append(" | ").append(program.differs(Way.NO_VIEW) ? "no" : "same");
      text.append(" | ").append(reason).append(" |\n");
    }
    if (System.getProperty("paddock.programs.write") != null) {
      Files.writeString(DOCUMENT, text);
    }
    assertThat(DOCUMENT).content().isEqualTo(text.toString());
  }
}
