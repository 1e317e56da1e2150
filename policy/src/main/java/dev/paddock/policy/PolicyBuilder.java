package dev.paddock.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects the entries of one policy, from a file, from flags or from the API. Values are checked
 * as they are put; nothing that is wrong is taken.
 */
public final class PolicyBuilder {
  private static final long LEAST_MEMORY = 64 << 10;

  private final List<Entry<PathPattern>> read = new ArrayList<>();
  private final List<Entry<PathPattern>> write = new ArrayList<>();
  private final List<Entry<PathPattern>> deny = new ArrayList<>();
  private final List<Entry<RootMount>> mounts = new ArrayList<>();
  private final List<Entry<PathPattern>> privateTrees = new ArrayList<>();
  private final List<Entry<PathPattern>> layered = new ArrayList<>();
  private final List<Entry<PathPattern>> hidden = new ArrayList<>();
  private final List<Entry<PathPattern>> kept = new ArrayList<>();
  private final List<Entry<PathPattern>> readOnly = new ArrayList<>();
  private final List<Entry<PathPattern>> unix = new ArrayList<>();
  private final List<Entry<Endpoint>> netAllow = new ArrayList<>();
  private final List<Entry<Endpoint>> netDeny = new ArrayList<>();
  private final Map<String, List<Entry<Endpoint>>> groups = new LinkedHashMap<>();
  private final List<Entry<PortRange>> bind = new ArrayList<>();
  private final List<Entry<PortRange>> denyBind = new ArrayList<>();
  private final List<Entry<PortRange>> publish = new ArrayList<>();
  private @Nullable Entry<Boolean> portRemap;
  private @Nullable Entry<Policy.NameAnswers> names;
  private final List<Entry<ByteString>> execDeny = new ArrayList<>();
  private final List<Policy.ExecRule> rules = new ArrayList<>();
  private final List<Entry<SignalRule>> signals = new ArrayList<>();
  private final List<Entry<String>> pass = new ArrayList<>();
  private final List<Entry<String>> callsAllow = new ArrayList<>();
  private final List<Entry<String>> callsDeny = new ArrayList<>();
  private final List<Entry<String>> degrade = new ArrayList<>();
  private final Map<String, Entry<ByteString>> set = new LinkedHashMap<>();
  private @Nullable String name;
  private @Nullable String description;
  private @Nullable Entry<Policy.FileMode> mode;
  private @Nullable Entry<ByteSize> memory;
  private @Nullable Entry<Integer> processes;
  private @Nullable Entry<Integer> openFiles;
  private @Nullable Entry<Integer> cpu;
  private @Nullable Entry<CoreList> cores;
  private @Nullable Entry<Duration> time;
  private @Nullable Entry<Boolean> coreDumps;
  private @Nullable Entry<Policy.Inherit> inherit;
  private @Nullable Entry<Policy.Alerts> alerts;
  private @Nullable Entry<Policy.Nameless> nameless;
  private @Nullable Entry<Policy.ViewMode> viewMode;
  private @Nullable Entry<PathPattern> root;
  private final Map<Policy.ViewPart, Entry<Policy.Owner>> owners =
      new EnumMap<>(Policy.ViewPart.class);
  private @Nullable Entry<Boolean> sessionless;

  /** Starts with nothing. */
  public PolicyBuilder() {}

  /**
   * Takes one value: an element of a list, or a scalar, which replaces the one before.
   *
   * @param key any but {@code extends}, {@code exec.rules}, {@code environment.set}, {@code groups}
   * @param value as it is written in a policy
   * @param origin where it stands
   * @throws ValueException if the value does not have the key's form
   */
  public PolicyBuilder put(Key key, String value, Origin origin) throws ValueException {
    switch (key) {
      case NAME -> name = plain(value);
      case DESCRIPTION -> description = plain(value);
      case FILES_READ -> read.add(new Entry<>(PathPattern.parse(value), origin));
      case FILES_WRITE -> write.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case FILES_READ_ONLY ->
          readOnly.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case FILES_DENY -> deny.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case NETWORK_UNIX -> unix.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case FILES_MODE -> mode = new Entry<>(mode(value), origin);
      case NETWORK_ALLOW -> netAllow.add(new Entry<>(Endpoint.parse(value), origin));
      case NETWORK_DENY -> netDeny.add(new Entry<>(Endpoint.parse(value), origin));
      case NETWORK_BIND -> bind.add(new Entry<>(ports(value), origin));
      case NETWORK_PUBLISH -> publish.add(new Entry<>(ports(value), origin));
      case NETWORK_PORT_REMAP -> portRemap = new Entry<>(truth(key, value), origin);
      case NETWORK_NAMES -> names = new Entry<>(names(value), origin);
      case NETWORK_DENY_BIND -> denyBind.add(new Entry<>(ports(value), origin));
      case EXEC_DENY -> putExecDeny(ByteString.of(value), origin);
      case SIGNALS_DENY -> signals.add(new Entry<>(SignalRule.parse(value), origin));
      case LIMITS_MEMORY -> memory = new Entry<>(memory(value), origin);
      case LIMITS_PROCESSES -> processes = new Entry<>(count(key, value), origin);
      case LIMITS_OPEN_FILES -> openFiles = new Entry<>(count(key, value), origin);
      case LIMITS_CPU -> cpu = new Entry<>(percent(value), origin);
      case LIMITS_CPU_CORES -> cores = new Entry<>(CoreList.parse(value), origin);
      case LIMITS_TIME -> time = new Entry<>(Durations.parse(value), origin);
      case LIMITS_CORE_DUMPS -> coreDumps = new Entry<>(truth(key, value), origin);
      case ENVIRONMENT_PASS -> pass.add(new Entry<>(variable(value), origin));
      case ENVIRONMENT_INHERIT -> inherit = new Entry<>(inherit(value), origin);
      case SYSCALLS_ALLOW -> callsAllow.add(new Entry<>(plain(value), origin));
      case SYSCALLS_DENY -> callsDeny.add(new Entry<>(plain(value), origin));
      case PROTECTIONS_DEGRADE -> degrade.add(new Entry<>(plain(value), origin));
      case EXEC_NAMELESS -> nameless = new Entry<>(nameless(value), origin);
      case PROTECTIONS_ALERTS -> alerts = new Entry<>(alerts(value), origin);
      case ATTACH_SESSIONLESS -> sessionless = new Entry<>(truth(key, value), origin);
      case VIEW_MODE -> viewMode = new Entry<>(viewMode(value), origin);
      case FILES_PRIVATE ->
          privateTrees.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case VIEW_ROOT -> root = new Entry<>(root(PathPattern.parse(value)), origin);
      case VIEW_MOUNTS -> mounts.add(new Entry<>(RootMount.parse(value), origin));
      case VIEW_PRIVATE -> layered.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case VIEW_HIDDEN -> hidden.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case VIEW_READ_ONLY -> kept.add(new Entry<>(whole(key, PathPattern.parse(value)), origin));
      case VIEW_FILES -> owners.put(Policy.ViewPart.FILES, owner(value, origin));
      case VIEW_TEMPORARY -> owners.put(Policy.ViewPart.TEMPORARY, owner(value, origin));
      case VIEW_HOME -> owners.put(Policy.ViewPart.HOME, owner(value, origin));
      case VIEW_TERMINALS -> owners.put(Policy.ViewPart.TERMINALS, owner(value, origin));
      case VIEW_PROCESSES -> owners.put(Policy.ViewPart.PROCESSES, owner(value, origin));
      case VIEW_IPC -> owners.put(Policy.ViewPart.IPC, owner(value, origin));
      case VIEW_LOOPBACK -> owners.put(Policy.ViewPart.LOOPBACK, owner(value, origin));
      case EXTENDS, EXEC_RULES, ENVIRONMENT_SET, GROUPS ->
          throw new IllegalArgumentException(key.path() + " is not one value");
    }
    return this;
  }

  /**
   * Takes a path of plain bytes, as a flag gives it: no escapes, globs and variables as in a file.
   */
  public PolicyBuilder putPath(Key key, ByteString path, Origin origin) throws ValueException {
    if (key == Key.VIEW_MOUNTS) {
      mounts.add(new Entry<>(RootMount.of(path), origin));
      return this;
    }
    PathPattern pattern = PathPattern.of(path);
    Entry<PathPattern> entry =
        new Entry<>(key == Key.FILES_READ ? pattern : whole(key, pattern), origin);
    switch (key) {
      case FILES_READ -> read.add(entry);
      case FILES_WRITE -> write.add(entry);
      case FILES_DENY -> deny.add(entry);
      case FILES_READ_ONLY -> readOnly.add(entry);
      case FILES_PRIVATE -> privateTrees.add(entry);
      case NETWORK_UNIX -> unix.add(entry);
      case VIEW_ROOT -> root = new Entry<>(root(pattern), origin);
      default -> throw new IllegalArgumentException(key.path() + " takes no path");
    }
    return this;
  }

  private static PathPattern root(PathPattern pattern) throws ValueException {
    if (pattern.optional() || !pattern.except().isEmpty() || Glob.isPattern(pattern.text())) {
      throw new ValueException("\"" + pattern + "\": name one directory");
    }
    return pattern;
  }

  private static PathPattern whole(Key key, PathPattern pattern) throws ValueException {
    if (!pattern.except().isEmpty()) {
      throw new ValueException(
          "\"" + pattern + "\": only files.read can leave something out, not " + key.path());
    }
    return pattern;
  }

  /**
   * Takes what may not be executed, of plain bytes, as a flag gives it.
   *
   * @param line a name, a path, or a command line such as {@code git push --force*}
   */
  public PolicyBuilder putExecDeny(ByteString line, Origin origin) throws ValueException {
    execDeny.add(new Entry<>(ExecPattern.parse(line).line(), origin));
    return this;
  }

  /**
   * Takes a group of endpoints, which replaces one of the same name.
   *
   * @param name without its {@code @}
   */
  public PolicyBuilder group(String name, List<Entry<Endpoint>> endpoints) throws ValueException {
    groups.put(Endpoint.groupName(name), List.copyOf(endpoints));
    return this;
  }

  /** Sets a variable of the target's environment. */
  public PolicyBuilder setVariable(String variable, ByteString value, Origin origin)
      throws ValueException {
    if (variable(variable).indexOf('*') >= 0) {
      throw new ValueException("\"" + variable + "\" is no name of one variable");
    }
    if (value.indexOf('\0', 0) >= 0) {
      throw new ValueException("the value of " + variable + " contains a NUL byte");
    }
    set.put(variable, new Entry<>(value, origin));
    return this;
  }

  /**
   * Adds an exec rule after the ones before.
   *
   * @throws ValueException if it matches no name and no absolute path, contains a NUL, or promises
   *     to tell what it does not say
   */
  public PolicyBuilder rule(Policy.ExecRule rule) throws ValueException {
    ExecPattern.program(rule.match());
    for (ByteString pattern : rule.args()) {
      ExecPattern.plain(pattern);
    }
    for (ByteString pattern : rule.env()) {
      environmentPattern(pattern);
    }
    if (rule.tell() && rule.message().orElse("").isEmpty()) {
      throw new ValueException("tell = true, but there is no message to tell");
    }
    rules.add(rule);
    return this;
  }

  /** The policy of what was put so far. */
  public Policy build() {
    return new Policy(
        Optional.ofNullable(name),
        Optional.ofNullable(description),
        new Policy.Files(read, write, deny, readOnly, privateTrees, Optional.ofNullable(mode)),
        new Policy.Network(
            netAllow,
            netDeny,
            bind,
            denyBind,
            publish,
            Optional.ofNullable(portRemap),
            Optional.ofNullable(names),
            unix,
            groups),
        new Policy.Exec(execDeny, rules, Optional.ofNullable(nameless)),
        new Policy.Signals(signals),
        new Policy.Limits(
            Optional.ofNullable(memory),
            Optional.ofNullable(processes),
            Optional.ofNullable(openFiles),
            Optional.ofNullable(cpu),
            Optional.ofNullable(cores),
            Optional.ofNullable(time),
            Optional.ofNullable(coreDumps)),
        new Environment(pass, set, Optional.ofNullable(inherit)),
        new Policy.SystemCalls(callsAllow, callsDeny),
        new Policy.Protections(degrade, Optional.ofNullable(alerts)),
        new Policy.Attach(Optional.ofNullable(sessionless)),
        new Policy.View(
            Optional.ofNullable(viewMode),
            owners,
            Optional.ofNullable(root),
            mounts,
            layered,
            hidden,
            kept));
  }

  static Policy.Decision decision(String value) throws ValueException {
    for (Policy.Decision decision : Policy.Decision.values()) {
      if (decision.label().equals(value)) {
        return decision;
      }
    }
    throw new ValueException(
        "\""
            + value
            + "\" is no decision; write allow, deny or audit (approve and redirect are not served"
            + " yet)");
  }

  /** What has no {@code =} and no {@code *} can match no assignment: a mistake, never a rule. */
  static void environmentPattern(ByteString pattern) throws ValueException {
    ExecPattern.plain(pattern);
    if (pattern.indexOf('=', 0) < 0 && pattern.indexOf('*', 0) < 0) {
      throw new ValueException(
          "env: \"" + pattern + "\" matches nothing; write NAME=VALUE, such as " + pattern + "=*");
    }
  }

  private static Policy.Nameless nameless(String value) throws ValueException {
    for (Policy.Nameless nameless : Policy.Nameless.values()) {
      if (nameless.label().equals(value)) {
        return nameless;
      }
    }
    throw new ValueException("write \"allow\" or \"deny\"");
  }

  private static Policy.NameAnswers names(String value) throws ValueException {
    for (Policy.NameAnswers answers : Policy.NameAnswers.values()) {
      if (answers.label().equals(value)) {
        return answers;
      }
    }
    throw new ValueException("\"" + value + "\": names are answered by own or pinned addresses");
  }

  private static Policy.Alerts alerts(String value) throws ValueException {
    for (Policy.Alerts alerts : Policy.Alerts.values()) {
      if (alerts.label().equals(value)) {
        return alerts;
      }
    }
    throw new ValueException(
        "\"" + value + "\" is nothing that an alert does; write kill or report");
  }

  private static Policy.ViewMode viewMode(String value) throws ValueException {
    for (Policy.ViewMode mode : Policy.ViewMode.values()) {
      if (mode.label().equals(value)) {
        return mode;
      }
    }
    throw new ValueException("\"" + value + "\" is no mode; write auto, off or require");
  }

  private static Entry<Policy.Owner> owner(String value, Origin origin) throws ValueException {
    for (Policy.Owner owner : Policy.Owner.values()) {
      if (owner.label().equals(value)) {
        return new Entry<>(owner, origin);
      }
    }
    throw new ValueException("\"" + value + "\" is nobody's; write own or host");
  }

  private static Policy.FileMode mode(String value) throws ValueException {
    for (Policy.FileMode mode : Policy.FileMode.values()) {
      if (mode.label().equals(value)) {
        return mode;
      }
    }
    throw new ValueException("\"" + value + "\" is no mode; write direct or copy-on-write");
  }

  private static Policy.Inherit inherit(String value) throws ValueException {
    for (Policy.Inherit inherit : Policy.Inherit.values()) {
      if (inherit.label().equals(value)) {
        return inherit;
      }
    }
    throw new ValueException("\"" + value + "\" is no start; write safe, all or clean");
  }

  private static PortRange ports(String value) throws ValueException {
    return value.equals("*") ? PortRange.ALL : PortRange.parse(value);
  }

  private static int percent(String value) throws ValueException {
    String number = value.endsWith("%") ? value.substring(0, value.length() - 1) : "";
    int percent = number(number);
    if (percent < 1 || percent > 100_000) {
      throw new ValueException(
          "\"" + value + "\" is no processor share; write percent of one processor, such as 150%");
    }
    return percent;
  }

  private static int count(Key key, String value) throws ValueException {
    int count = number(value);
    if (count < 1) {
      throw new ValueException(
          "\"" + value + "\" is no limit for " + key.path() + "; write a whole number from 1 on");
    }
    return count;
  }

  private static int number(String value) {
    if (value.isEmpty() || value.length() > 9) {
      return -1;
    }
    int number = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }

  private static boolean truth(Key key, String value) throws ValueException {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new ValueException(key.path() + " is true or false, not \"" + value + "\"");
    };
  }

  private static String variable(String value) throws ValueException {
    if (value.isEmpty() || value.indexOf('=') >= 0 || value.indexOf('\0') >= 0) {
      throw new ValueException("\"" + value + "\" is no name of a variable");
    }
    return value;
  }

  private static String plain(String value) throws ValueException {
    if (value.isEmpty() || value.indexOf('\0') >= 0) {
      throw new ValueException("\"" + value + "\": an empty string or a NUL means nothing here");
    }
    return value;
  }

  /** Less than any program needs is a forgotten unit. */
  private static ByteSize memory(String value) throws ValueException {
    ByteSize size = ByteSize.parse(value);
    if (size.bytes() < LEAST_MEMORY) {
      throw new ValueException(
          "with \""
              + value
              + "\", "
              + size.bytes()
              + " bytes of memory, no program can run; name a"
              + " unit, such as 100M");
    }
    return size;
  }
}
