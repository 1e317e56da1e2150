package dev.paddock.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which variables the target gets.
 *
 * @param pass names, or globs over names, of the caller's variables
 * @param set variables with their values, which win over the caller's
 * @param inherit where to start from; the safe list if empty
 */
public record Environment(
    List<Entry<String>> pass,
    Map<String, Entry<ByteString>> set,
    Optional<Entry<Policy.Inherit>> inherit) {

  /** What a program needs to feel at home, and nothing that is a secret. */
  private static final String[] SAFE = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_*",
    "TERM",
    "COLORTERM",
    "TZ",
    "PWD",
    "TMPDIR",
  };

  private static final String[] CLEAN = {"PATH", "TERM"};

  /** Names that look like secrets: a wildcard never passes them, their exact name does. */
  private static final String[] SECRET = {
    "*TOKEN*",
    "*SECRET*",
    "*PASSWORD*",
    "*PASSWD*",
    "*PASSPHRASE*",
    "*CREDENTIAL*",
    "*_KEY",
    "*_KEY_*",
    "*APIKEY*",
    "*API_KEY*",
    "*PRIVATE*",
    "*_AUTH",
    "*_AUTH_*",
    "AWS_*",
    "AZURE_*",
    "GOOGLE_APPLICATION_*",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "DATABASE_URL",
    "*_DSN",
    "KUBECONFIG",
    "DOCKER_AUTH_CONFIG",
  };

  /** Collections that cannot be changed later. */
  public Environment {
    pass = List.copyOf(pass);
    set = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(set));
  }

  /**
   * The target's environment, made from the caller's.
   *
   * @param inherited {@code NAME=value} each; what has no {@code =} is dropped
   */
  public List<byte[]> select(List<byte[]> inherited) {
    List<byte[]> selected = new ArrayList<>();
    for (byte[] assignment : inherited) {
      ByteString whole = ByteString.of(assignment);
      int equals = whole.indexOf('=', 0);
      if (equals <= 0) {
        continue;
      }
      ByteString name = whole.slice(0, equals);
      if (passes(name) && !set.containsKey(name.toString())) {
        selected.add(assignment.clone());
      }
    }
    for (Map.Entry<String, Entry<ByteString>> variable : set.entrySet()) {
      selected.add(
          ByteString.of(variable.getKey() + "=").plus(variable.getValue().value()).toBytes());
    }
    return selected;
  }

  private boolean passes(ByteString name) {
    Policy.Inherit from = inherit.isPresent() ? inherit.get().value() : Policy.Inherit.SAFE;
    if (from == Policy.Inherit.ALL) {
      return true;
    }
    String exact = name.toString();
    boolean byWildcard = false;
    for (Entry<String> entry : pass) {
      String wanted = entry.value();
      if (wanted.equals(exact)) {
        return true;
      }
      byWildcard |= matches(wanted, name);
    }
    for (String wanted : from == Policy.Inherit.CLEAN ? CLEAN : SAFE) {
      byWildcard |= matches(wanted, name);
    }
    return byWildcard && !isSecret(name);
  }

  /** Whether a name looks like that of a secret. */
  public static boolean isSecret(ByteString name) {
    ByteString upper = ByteString.of(name.toString().toUpperCase(java.util.Locale.ROOT));
    for (String secret : SECRET) {
      if (matches(secret, upper)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String pattern, ByteString name) {
    return pattern.indexOf('*') < 0
        ? name.equals(ByteString.of(pattern))
        : Glob.of(ByteString.of(pattern)).matches(name);
  }
}
