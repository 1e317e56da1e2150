package dev.paddock.sandbox;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Where the test projects are; they travel with the test classes. */
final class TestProjects {
  private TestProjects() {}

  static Path file(String name) throws URISyntaxException {
    URL here = TestProjects.class.getResource("/projects/" + name);
    return Path.of(Objects.requireNonNull(here, name).toURI());
  }
}
