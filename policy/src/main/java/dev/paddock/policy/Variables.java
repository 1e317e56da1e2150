package dev.paddock.policy;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the variables of a policy stand for in one run.
 *
 * @param workspace the directory that the command works in, absolute
 * @param home the user's home directory, absolute; null if it is not known
 * @param tmp the run's private temporary directory, absolute
 * @param git the directory of the workspace's git repository, which may lie elsewhere; null if
 *     there is none
 * @param gitLink the file in the workspace that leads there; null if none does
 * @param environment the environment, as {@code NAME=value}
 */
public record Variables(
    ByteString workspace,
    @Nullable ByteString home,
    ByteString tmp,
    @Nullable ByteString git,
    @Nullable ByteString gitLink,
    List<ByteString> environment) {

  private static final int MOST_NESTING = 16;

  private static final Set<String> FIXED = Set.of("workspace", "home", "tmp", "git", "git-link");

  /** Variables whose environment cannot be changed later. */
  public Variables {
    environment = List.copyOf(environment);
  }

  /**
   * Replaces {@code ${workspace}}, {@code ${home}}, {@code ${tmp}}, {@code ${git}}, {@code
   * ${git-link}}, {@code ${env:NAME}}, each with an optional {@code :-default} that may contain
   * variables, and a leading {@code ~}.
   */
  public ByteString expand(ByteString text) throws ValueException {
    if (text.length() > 0 && text.at(0) == '~' && (text.length() == 1 || text.at(1) == '/')) {
      return home(text).plus(expand(text.slice(1, text.length()), 0));
    }
    return expand(text, 0);
  }

  private ByteString expand(ByteString text, int depth) throws ValueException {
    if (depth > MOST_NESTING) {
      throw tooDeep(text);
    }
    int dollar = indexOfVariable(text, 0);
    if (dollar < 0) {
      return text;
    }
    int end = closing(text, dollar);
    ByteString value = value(text.slice(dollar + 2, end), depth);
    return text.slice(0, dollar)
        .plus(value)
        .plus(expand(text.slice(end + 1, text.length()), depth));
  }

  /**
   * Refuses what no values could make whole: a variable that does not exist or is not closed.
   *
   * @param text with variables, not replaced
   */
  static void check(ByteString text) throws ValueException {
    check(text, 0);
  }

  private static void check(ByteString text, int depth) throws ValueException {
    if (depth > MOST_NESTING) {
      throw tooDeep(text);
    }
    int dollar = indexOfVariable(text, 0);
    while (dollar >= 0) {
      int end = closing(text, dollar);
      ByteString inner = text.slice(dollar + 2, end);
      int separator = separator(inner);
      String name = (separator < 0 ? inner : inner.slice(0, separator)).toString();
      if (!FIXED.contains(name) && !isOfEnvironment(name)) {
        throw unknown(name);
      }
      if (separator >= 0) {
        check(inner.slice(separator + 2, inner.length()), depth + 1);
      }
      dollar = indexOfVariable(text, end + 1);
    }
  }

  private static boolean isOfEnvironment(String name) {
    return name.startsWith("env:") && name.length() > 4;
  }

  private static ValueException tooDeep(ByteString text) {
    return new ValueException(
        "\"" + text + "\": variables are nested more than " + MOST_NESTING + " deep");
  }

  private static ValueException unknown(String name) {
    return new ValueException(
        "there is no variable ${"
            + name
            + "}; there are ${workspace}, ${home}, ${tmp}, ${git}, ${git-link} and ${env:NAME}");
  }

  private static int indexOfVariable(ByteString text, int from) {
    int dollar = text.indexOf('$', from);
    while (dollar >= 0 && (dollar + 1 >= text.length() || text.at(dollar + 1) != '{')) {
      dollar = text.indexOf('$', dollar + 1);
    }
    return dollar;
  }

  private static int closing(ByteString text, int dollar) throws ValueException {
    int open = 0;
    for (int i = dollar; i < text.length(); i++) {
      if (text.at(i) == '$' && i + 1 < text.length() && text.at(i + 1) == '{') {
        open++;
        i++;
      } else if (text.at(i) == '}') {
        open--;
        if (open == 0) {
          return i;
        }
      }
    }
    throw new ValueException("\"" + text + "\": a ${ has no }");
  }

  /** Where {@code :-} stands first, or -1. */
  private static int separator(ByteString inner) {
    for (int i = 0; i + 1 < inner.length(); i++) {
      if (inner.at(i) == ':' && inner.at(i + 1) == '-') {
        return i;
      }
    }
    return -1;
  }

  private ByteString value(ByteString inner, int depth) throws ValueException {
    int separator = separator(inner);
    ByteString name = separator < 0 ? inner : inner.slice(0, separator);
    ByteString found = lookUp(name);
    if (found != null && !(separator >= 0 && found.isEmpty())) {
      return found;
    }
    if (separator >= 0) {
      return expand(inner.slice(separator + 2, inner.length()), depth + 1);
    }
    throw new ValueException(
        "the variable ${"
            + name
            + "} has no value here; give it a default, as in ${"
            + name
            + ":-…}");
  }

  private @Nullable ByteString lookUp(ByteString name) throws ValueException {
    String text = name.toString();
    if (text.equals("workspace")) {
      return workspace;
    }
    if (text.equals("home")) {
      return home;
    }
    if (text.equals("tmp")) {
      return tmp;
    }
    if (text.equals("git")) {
      return git;
    }
    if (text.equals("git-link")) {
      return gitLink;
    }
    if (isOfEnvironment(text)) {
      ByteString wanted = name.slice(4, name.length()).plus(ByteString.of("="));
      for (ByteString assignment : environment) {
        if (assignment.startsWith(wanted)) {
          return assignment.slice(wanted.length(), assignment.length());
        }
      }
      return null;
    }
    throw unknown(text);
  }

  private ByteString home(ByteString text) throws ValueException {
    if (home == null) {
      throw new ValueException("\"" + text + "\": the home directory is not known; set HOME");
    }
    return home;
  }
}
