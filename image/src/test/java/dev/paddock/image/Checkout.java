package dev.paddock.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The real {@code ./paddock}, for whoever runs these tests, and from a copy that an ordinary user
 * can read wherever the project lies.
 *
 * @param name for the reports
 * @param paddock the start script
 * @param prefix what makes a command this user's
 * @param home a folder of this user's own
 */
record Checkout(String name, Path paddock, List<String> prefix, Path home) {
  private static final String USER = "65534";

  /** This user's, and where this is root an ordinary user's too. */
  static List<Checkout> all(Path folder) throws IOException, InterruptedException {
    List<Checkout> all = new ArrayList<>();
    Path own = Files.createDirectories(folder.resolve("own")).toRealPath();
    all.add(new Checkout("own", Shell.root().resolve("paddock"), List.of(), own));
    if (Files.getAttribute(folder, "unix:uid").equals(0)) {
      all.add(copy(folder));
    }
    return all;
  }

  private static Checkout copy(Path folder) throws IOException, InterruptedException {
    Path copy = folder.resolve("copy");
    Path home = folder.resolve("user");
    // The image's cache is valid only for files of the same age. The copy has no sources to watch.
    String script =
        """
        set -e
        mkdir -p '%1$s/image/target' '%2$s'
        cp -pL '%3$s/paddock' '%1$s'
        cp -pRL '%3$s/image/target/paddock' '%1$s/image/target/paddock'
        echo 'return 0' >'%1$s/image/target/paddock/fresh'
        chmod -R a+rX '%1$s'
        chmod a+rx '%4$s'
        chown %5$s:%5$s '%2$s'
        """
            .formatted(copy, home, Shell.root(), folder, USER);
    Shell.Answer answer = Shell.run(folder, script, Map.of());
    if (answer.status() != 0) {
      throw new IOException(answer.errors());
    }
    return new Checkout(
        "user",
        copy.resolve("paddock"),
        List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--"),
        home.toRealPath());
  }

  /** Runs a shell script as this user, at home, with {@code $PADDOCK} as the start script. */
  Shell.Answer run(String script) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(List.of("/bin/sh", "-c", "\"$SCRIPT\""));
    return Shell.run(
        home,
        String.join(" ", words),
        Map.of("SCRIPT", script, "PADDOCK", paddock.toString(), "HOME", home.toString()));
  }

  /** Whether the permissions of files mean nothing to this user. */
  boolean readsEverything() throws IOException {
    return Files.getAttribute(home, "unix:uid").equals(0);
  }

  @Override
  public String toString() {
    return name;
  }
}
