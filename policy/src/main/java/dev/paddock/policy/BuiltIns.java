package dev.paddock.policy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The policies that come with Paddock. They are written in TOML and compiled when Paddock is built,
 * so that using one loads no TOML parser.
 */
public final class BuiltIns {
  private static final List<String> NAMES =
      List.of("base", "toolchains", "caches", "build", "agent", "observe");

  private BuiltIns() {}

  /** Their names, the one that the others build on first. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A built-in policy with everything that it extends.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static Policy get(String name) {
    return CompiledPolicy.decode(name, resource(name, ".policy"));
  }

  /**
   * The text of a built-in policy, as its author wrote it.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static String source(String name) {
    return new String(resource(name, ".toml"), StandardCharsets.UTF_8);
  }

  private static byte[] resource(String name, String suffix) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException("there is no built-in policy \"" + name + "\"");
    }
    try (InputStream resource = BuiltIns.class.getResourceAsStream(name + suffix)) {
      if (resource == null) {
        throw new IllegalStateException("this build of Paddock lacks its policy " + name + suffix);
      }
      return resource.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
