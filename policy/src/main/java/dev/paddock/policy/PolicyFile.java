package dev.paddock.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Reads policies from TOML. All that is wrong in a file is reported at once, each with its place.
 */
public final class PolicyFile {
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_PARENTS = 16;

  private final String source;
  private final List<PolicyProblem> problems = new ArrayList<>();
  private final PolicyBuilder builder = new PolicyBuilder();
  private @Nullable Entry<String> parent;

  private PolicyFile(String source) {
    this.source = source;
  }

  /**
   * Reads a policy file and everything that it extends.
   *
   * @throws PolicyException if one of them is wrong, too large, or extends itself
   */
  public static Policy read(Path file) throws PolicyException {
    return consistent(read(file, new ArrayList<>()));
  }

  /** What cannot be meant together is refused when it is read, not when it is needed. */
  private static Policy consistent(Policy policy) throws PolicyException {
    Optional<Entry<Boolean>> sessionless = policy.attach().sessionless();
    if (sessionless.isEmpty() || !sessionless.get().value()) {
      return policy;
    }
    List<PolicyProblem> problems = new ArrayList<>();
    Policy.Files files = policy.files();
    alone(problems, "files", files.read(), files.write(), files.deny());
    Policy.Network network = policy.network();
    alone(problems, "network", network.allow(), network.deny(), network.unix());
    alone(problems, "network", network.bind(), network.denyBind(), network.publish());
    alone(problems, "signals", policy.signals().deny());
    if (!problems.isEmpty()) {
      throw new PolicyException(problems);
    }
    return policy;
  }

  @SafeVarargs
  private static void alone(
      List<PolicyProblem> problems, String section, List<? extends Entry<?>>... lists) {
    for (List<? extends Entry<?>> list : lists) {
      if (!list.isEmpty()) {
        problems.add(
            new PolicyProblem(
                list.getFirst().origin(),
                section
                    + ": cannot stand beside attach.sessionless = true: whoever is taken over"
                    + " without a session is held by [exec] alone; take one of the two out"));
        return;
      }
    }
  }

  /**
   * Reads a policy from a text; {@code extends} may name only a built-in.
   *
   * @param source what messages call it
   */
  public static Policy parse(String source, byte[] content) throws PolicyException {
    PolicyFile file = new PolicyFile(source);
    Policy own = file.parse(content);
    Entry<String> parent = file.parent;
    if (parent == null) {
      return consistent(own);
    }
    if (!BuiltIns.names().contains(parent.value())) {
      throw unknownParent(parent);
    }
    return consistent(own.over(BuiltIns.get(parent.value())));
  }

  /** The policy of a text without what it extends; for building the built-ins. */
  static Policy own(String source, byte[] content) throws PolicyException {
    return new PolicyFile(source).parse(content);
  }

  /** What a text extends, or empty. */
  static Optional<String> parentOf(String source, byte[] content) throws PolicyException {
    PolicyFile file = new PolicyFile(source);
    file.parse(content);
    return Optional.ofNullable(file.parent).map(Entry::value);
  }

  /**
   * Where a file is. What a pipe without a name has instead, such as {@code pipe:[4711]} behind
   * /dev/stdin or a shell's {@code <(...)}, does not exist.
   */
  private static Path real(Path path) throws IOException {
    try {
      return path.toRealPath();
    } catch (NoSuchFileException e) {
      return path.resolveSibling("a pipe");
    }
  }

  private static Policy read(Path path, List<Path> seen) throws PolicyException {
    PolicyFile file = new PolicyFile(path.toString());
    Origin whole = Origin.flag(path.toString());
    Path real;
    byte[] content;
    try {
      real = real(path);
      if (Files.exists(real) && !Files.isRegularFile(real)) {
        throw new PolicyException(whole, "is not a regular file");
      }
      try (InputStream input = Files.newInputStream(path)) {
        content = input.readNBytes(MOST_BYTES + 1);
      }
      if (content.length > MOST_BYTES) {
        throw new PolicyException(whole, "is larger than 1 MiB; no policy needs that");
      }
    } catch (NoSuchFileException e) {
      throw new PolicyException(
          whole, "there is no such policy file; the built-in ones are " + BuiltIns.names());
    } catch (AccessDeniedException e) {
      throw new PolicyException(whole, "may not be read; check its permissions");
    } catch (PolicyException e) {
      throw e;
    } catch (IOException e) {
      throw new PolicyException(whole, "cannot be read: " + e.getMessage());
    }
    Policy own = file.parse(content);
    Entry<String> parent = file.parent;
    if (parent == null) {
      return own;
    }
    if (BuiltIns.names().contains(parent.value())) {
      return own.over(BuiltIns.get(parent.value()));
    }
    if (parent.value().indexOf('/') < 0 && !parent.value().endsWith(".toml")) {
      throw unknownParent(parent);
    }
    seen.add(real);
    Path directory = real.getParent();
    Path next = directory == null ? Path.of(parent.value()) : directory.resolve(parent.value());
    if (seen.size() > MOST_PARENTS || isSeen(next, seen)) {
      throw new PolicyException(
          parent.origin(),
          "extends = \"" + parent.value() + "\" leads back to this file, or too deep");
    }
    if (!Files.exists(next)) {
      throw new PolicyException(parent.origin(), "there is no file \"" + next + "\" to extend");
    }
    return own.over(read(next, seen));
  }

  private static boolean isSeen(Path path, List<Path> seen) throws PolicyException {
    try {
      return Files.exists(path) && seen.contains(path.toRealPath());
    } catch (IOException e) {
      throw new PolicyException(Origin.flag(path.toString()), "cannot be read: " + e.getMessage());
    }
  }

  private static PolicyException unknownParent(Entry<String> parent) {
    String meant = Spelling.nearest(parent.value(), BuiltIns.names());
    return new PolicyException(
        parent.origin(),
        "there is no built-in policy \""
            + parent.value()
            + "\""
            + (meant.isEmpty() ? "" : ", did you mean \"" + meant + "\"?")
            + "; a file is named by a path with a slash or .toml");
  }

  private Policy parse(byte[] content) throws PolicyException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new PolicyException(
          Origin.flag(source), "is not UTF-8; write bytes of paths that are not as \\\\xNN");
    }
    // Some editors begin a file with a byte order mark.
    TomlParseResult toml = parsed(text.startsWith("\ufeff") ? text.substring(1) : text);
    if (toml.hasErrors()) {
      for (TomlParseError error : toml.errors()) {
        problem(error.position(), error.getMessage());
      }
      throw new PolicyException(problems);
    }
    table(toml, "");
    if (!problems.isEmpty()) {
      throw new PolicyException(problems);
    }
    return builder.build();
  }

  /** What trips the parser itself is no policy either: tomlj asserts more than it checks. */
  private TomlParseResult parsed(String text) throws PolicyException {
    try {
      return Toml.parse(text);
    } catch (RuntimeException | AssertionError e) {
      throw new PolicyException(
          Origin.flag(source), "cannot be read as TOML; its parser says: " + e.getMessage());
    }
  }

  private void table(TomlTable table, String prefix) {
    for (String name : table.keySet()) {
      String path = prefix + name;
      List<String> quoted = List.of(name);
      TomlPosition position = table.inputPositionOf(quoted);
      Object value = table.get(quoted);
      Key key = Key.of(path);
      if (key != null && value != null) {
        value(key, value, position);
      } else if (value instanceof TomlTable inner && prefix.isEmpty() && isSection(path)) {
        table(inner, path + ".");
      } else {
        problem(position, "unknown key \"" + path + "\"" + meant(path));
      }
    }
  }

  private static boolean isSection(String name) {
    for (Key key : Key.values()) {
      if (key.path().startsWith(name + ".")) {
        return true;
      }
    }
    return false;
  }

  private static String meant(String path) {
    List<String> names = new ArrayList<>();
    for (Key key : Key.values()) {
      names.add(key.path());
      int dot = key.path().indexOf('.');
      if (dot > 0 && !names.contains(key.path().substring(0, dot))) {
        names.add(key.path().substring(0, dot));
      }
    }
    String nearest = Spelling.nearest(path, names);
    return nearest.isEmpty() ? "" : ", did you mean \"" + nearest + "\"?";
  }

  private void value(Key key, Object value, @Nullable TomlPosition position) {
    switch (key.kind()) {
      case STRING -> {
        if (value instanceof String text) {
          if (key == Key.EXTENDS) {
            parent = new Entry<>(text, origin(position));
          } else {
            put(key, text, position);
          }
        } else if (value instanceof Long number && key == Key.LIMITS_TIME) {
          put(key, "" + number, position);
        } else {
          wrongType(key, position);
        }
      }
      case INTEGER -> {
        if (value instanceof Long number) {
          put(key, "" + number, position);
        } else {
          wrongType(key, position);
        }
      }
      case BOOLEAN -> {
        if (value instanceof Boolean truth) {
          put(key, "" + truth, position);
        } else {
          wrongType(key, position);
        }
      }
      case STRINGS -> {
        if (value instanceof TomlArray array) {
          for (int i = 0; i < array.size(); i++) {
            if (array.get(i) instanceof String text) {
              put(key, text, array.inputPositionOf(i));
            } else {
              wrongType(key, array.inputPositionOf(i));
            }
          }
        } else {
          wrongType(key, position);
        }
      }
      case MAP -> {
        if (value instanceof TomlTable map) {
          variables(map);
        } else {
          wrongType(key, position);
        }
      }
      case GROUPS -> {
        if (value instanceof TomlTable map) {
          groups(map);
        } else {
          wrongType(key, position);
        }
      }
      case RULES -> {
        if (value instanceof TomlArray array) {
          for (int i = 0; i < array.size(); i++) {
            if (array.get(i) instanceof TomlTable rule) {
              rule(rule, array.inputPositionOf(i));
            } else {
              wrongType(key, array.inputPositionOf(i));
            }
          }
        } else {
          wrongType(key, position);
        }
      }
    }
  }

  private void put(Key key, String text, @Nullable TomlPosition position) {
    try {
      builder.put(key, text, origin(position));
    } catch (ValueException e) {
      problem(position, key.path() + ": " + e.problem());
    }
  }

  private void groups(TomlTable map) {
    for (String name : map.keySet()) {
      List<String> quoted = List.of(name);
      TomlPosition position = map.inputPositionOf(quoted);
      if (!(map.get(quoted) instanceof TomlArray array)) {
        problem(position, "groups." + name + ": must be a list of strings");
        continue;
      }
      List<Entry<Endpoint>> endpoints = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        TomlPosition place = array.inputPositionOf(i);
        if (array.get(i) instanceof String text) {
          try {
            endpoints.add(new Entry<>(Endpoint.parse(text), origin(place)));
          } catch (ValueException e) {
            problem(place, "groups." + name + ": " + e.problem());
          }
        } else {
          problem(place, "groups." + name + ": must be a list of strings");
        }
      }
      try {
        builder.group(name, endpoints);
      } catch (ValueException e) {
        problem(position, "groups: " + e.problem());
      }
    }
  }

  private void variables(TomlTable map) {
    for (String name : map.keySet()) {
      List<String> quoted = List.of(name);
      TomlPosition position = map.inputPositionOf(quoted);
      if (map.get(quoted) instanceof String text) {
        try {
          builder.setVariable(name, ByteString.of(text), origin(position));
        } catch (ValueException e) {
          problem(position, "environment.set: " + e.problem());
        }
      } else {
        problem(position, "environment.set." + name + " must be a string");
      }
    }
  }

  private void rule(TomlTable table, @Nullable TomlPosition position) {
    ByteString match = null;
    Policy.Decision decision = null;
    String message = null;
    List<ByteString> args = new ArrayList<>();
    List<ByteString> env = new ArrayList<>();
    boolean tell = false;
    boolean matched = false;
    boolean decided = false;
    for (String name : table.keySet()) {
      TomlPosition place = table.inputPositionOf(List.of(name));
      Object value = table.get(List.of(name));
      try {
        if (name.equals("match") && value instanceof String text) {
          matched = true;
          match = ExecPattern.program(PathPattern.unescape(text));
        } else if (name.equals("decision") && value instanceof String text) {
          decided = true;
          decision = PolicyBuilder.decision(text);
        } else if (name.equals("message") && value instanceof String text) {
          message = text;
        } else if (name.equals("tell") && value instanceof Boolean truth) {
          tell = truth;
        } else if (name.equals("args") && value instanceof TomlArray array) {
          patterns("args", array, args);
        } else if (name.equals("env") && value instanceof TomlArray array) {
          patterns("env", array, env);
        } else {
          String nearest =
              Spelling.nearest(
                  name, List.of("match", "args", "env", "decision", "message", "tell"));
          problem(
              place,
              "exec.rules: \""
                  + name
                  + "\" is unknown or has the wrong type"
                  + (nearest.isEmpty() || nearest.equals(name)
                      ? ""
                      : ", did you mean \"" + nearest + "\"?"));
        }
      } catch (ValueException e) {
        problem(place, "exec.rules: " + e.problem());
      }
    }
    if (match == null || decision == null) {
      if (!matched || !decided) {
        problem(position, "exec.rules: a rule needs match and decision");
      }
      return; // What is there but wrong has been said.
    }
    try {
      builder.rule(
          new Policy.ExecRule(
              match, args, env, decision, Optional.ofNullable(message), tell, origin(position)));
    } catch (ValueException e) {
      problem(position, "exec.rules: " + e.problem());
    }
  }

  private void patterns(String name, TomlArray array, List<ByteString> into) {
    for (int i = 0; i < array.size(); i++) {
      TomlPosition place = array.inputPositionOf(i);
      if (array.get(i) instanceof String text) {
        try {
          ByteString pattern = PathPattern.unescape(text);
          if (name.equals("env")) {
            PolicyBuilder.environmentPattern(pattern);
          } else {
            ExecPattern.plain(pattern);
          }
          into.add(pattern);
        } catch (ValueException e) {
          problem(place, "exec.rules: " + e.problem());
        }
      } else {
        problem(place, "exec.rules: " + name + " must be a list of strings");
      }
    }
  }

  private void wrongType(Key key, @Nullable TomlPosition position) {
    problem(position, key.path() + " must be " + key.kind().description());
  }

  private void problem(@Nullable TomlPosition position, @Nullable String message) {
    problems.add(new PolicyProblem(origin(position), message == null ? "is no TOML" : message));
  }

  private Origin origin(@Nullable TomlPosition position) {
    return position == null
        ? Origin.flag(source)
        : new Origin(source, position.line(), position.column());
  }
}
