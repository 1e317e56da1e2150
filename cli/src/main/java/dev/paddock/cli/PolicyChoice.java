package dev.paddock.cli;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Key;
import dev.paddock.policy.Origin;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyBuilder;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyFile;
import dev.paddock.policy.Spelling;
import dev.paddock.policy.ValueException;
import dev.paddock.policy.Variables;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.Plan;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.Planner;
import dev.paddock.sandbox.SupervisionOptions;
import dev.paddock.sandbox.SupervisionOptions.Wish;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The policy that a command line chooses: a built-in or a file, and what the flags add. Says what
 * was written; whether this host can hold it is the planner's to say.
 */
final class PolicyChoice {
  /** The name that stands for no policy at all. */
  static final String NONE = "none";

  private static final String BASE = "base";

  private final Context context;
  private final Arguments arguments;
  private final Policy policy;

  private PolicyChoice(Context context, Arguments arguments, Policy otherwise)
      throws UsageException, PolicyException {
    this.context = context;
    this.arguments = arguments;
    this.policy = flags().over(start(otherwise));
  }

  /**
   * Reads the flags and the policy that they name.
   *
   * @throws UsageException if a flag's value is wrong
   * @throws PolicyException if the policy that a flag names is wrong
   */
  static PolicyChoice of(Context context, Arguments arguments)
      throws UsageException, PolicyException {
    return new PolicyChoice(context, arguments, BuiltIns.get(BASE));
  }

  /** The same where nothing is started: without a policy, there is none. */
  static PolicyChoice forAttach(Context context, Arguments arguments)
      throws UsageException, PolicyException {
    return new PolicyChoice(context, arguments, Policy.EMPTY);
  }

  /** What was written, with its variables replaced. */
  Policy expanded() throws UsageException, PolicyException {
    return policy.expand(variables());
  }

  /** What was written. */
  Policy policy() {
    return policy;
  }

  /** The policy against this host, with nobody watching. */
  Plan plan(Host host) throws UsageException, PlanException {
    SupervisionOptions supervisionOptions =
        SupervisionOptions.builder()
            .want(Wish.KERNEL_ONLY, arguments.has(Flag.NO_SUPERVISOR))
            .want(Wish.TRACED, arguments.has(Flag.TRACED))
            .build();
    return plan(host, supervisionOptions);
  }

  /** The policy against this host, and what is to be seen of the run. */
  Plan plan(Host host, SupervisionOptions supervisionOptions) throws UsageException, PlanException {
    return Planner.plan(policy, variables(), host, supervisionOptions);
  }

  /** What the policy's variables stand for. */
  Variables variables() throws UsageException {
    Optional<byte[]> workdir = arguments.value(Flag.WORKDIR);
    byte[] workspace =
        workdir.isPresent()
            ? WorkingDirectory.absolute(context, Flag.WORKDIR, workdir.get())
            : context.directory().orElse(new byte[0]);
    return Planner.variables(workspace, context.environment());
  }

  /**
   * The environment of the command: what the plan passes, and what {@code --env} sets, byte for
   * byte.
   */
  List<byte[]> environment(Plan plan) throws UsageException {
    List<byte[]> environment = plan.environment(context.environment());
    List<byte[]> assignments = arguments.values(Flag.ENV);
    if (assignments.isEmpty()) {
      return environment;
    }
    List<byte[]> changed = new ArrayList<>(environment);
    for (byte[] assignment : assignments) {
      int equals = Bytes.indexOf(assignment, '=', 0);
      if (equals <= 0) {
        throw new UsageException(
            "--env "
                + Text.show(assignment)
                + ": write NAME=VALUE; --pass-env NAME passes what is set already");
      }
      byte[] name = Bytes.slice(assignment, 0, equals + 1);
      changed.removeIf(entry -> Bytes.startsWith(entry, name));
      changed.add(assignment);
    }
    return changed;
  }

  /** What the flags start from. */
  private Policy start(Policy otherwise) throws UsageException, PolicyException {
    Optional<byte[]> file = arguments.value(Flag.PROFILE_FILE);
    Optional<byte[]> named = arguments.value(Flag.POLICY);
    if (file.isPresent() && named.isPresent()) {
      throw new UsageException("--policy and --profile-file cannot be used together");
    }
    if (file.isPresent()) {
      return read(context, Flag.PROFILE_FILE, file.get());
    }
    return named.isPresent() ? named(context, Flag.POLICY, named.get()) : otherwise;
  }

  /** A policy by the name of a built-in, or by the path of a file. */
  static Policy named(Context context, Flag flag, byte[] name)
      throws UsageException, PolicyException {
    String text = Text.show(name);
    if (Bytes.indexOf(name, '/', 0) >= 0 || text.endsWith(".toml")) {
      return read(context, flag, name);
    }
    return text.equals(NONE) ? Policy.EMPTY : builtIn(text);
  }

  /**
   * A policy by the path of its file. The file's own name has to be text, since the files that it
   * extends are found next to it by name; what is in the policy need not.
   */
  static Policy read(Context context, Flag flag, byte[] path)
      throws UsageException, PolicyException {
    byte[] absolute = WorkingDirectory.absolute(context, flag, path);
    try {
      return PolicyFile.read(Path.of(new String(absolute, StandardCharsets.UTF_8)));
    } catch (InvalidPathException e) {
      throw new UsageException(
          flag.shown()
              + " "
              + Text.show(path)
              + ": the name of a policy file must be text in the encoding of this locale; rename"
              + " it");
    }
  }

  private static Policy builtIn(String name) throws UsageException {
    if (BuiltIns.names().contains(name)) {
      return BuiltIns.get(name);
    }
    List<String> known = new ArrayList<>(BuiltIns.names());
    known.add(NONE);
    String close = Spelling.nearest(name, known);
    throw new UsageException(
        "there is no built-in policy \""
            + name
            + "\""
            + (close.isEmpty() ? "" : ", did you mean \"" + close + "\"?")
            + "; there are "
            + String.join(", ", known)
            + "; a file's name contains a slash or ends in .toml");
  }

  private Policy flags() throws UsageException {
    PolicyBuilder builder = new PolicyBuilder();
    paths(builder, Key.FILES_READ, Flag.FS_READ);
    paths(builder, Key.FILES_WRITE, Flag.FS_WRITE);
    paths(builder, Key.FILES_DENY, Flag.FS_DENY);
    paths(builder, Key.NETWORK_UNIX, Flag.UNIX_ALLOW);
    paths(builder, Key.VIEW_ROOT, Flag.CHROOT);
    mounts(builder);
    for (byte[] value : arguments.values(Flag.NET_ALLOW)) {
      put(builder, Key.NETWORK_ALLOW, Flag.NET_ALLOW, value, everyHost(Text.show(value)));
    }
    for (byte[] value : arguments.values(Flag.NET_DENY)) {
      put(builder, Key.NETWORK_DENY, Flag.NET_DENY, value, everyHost(Text.show(value)));
    }
    ports(builder, Key.NETWORK_BIND, Flag.NET_ALLOW_BIND);
    ports(builder, Key.NETWORK_DENY_BIND, Flag.NET_DENY_BIND);
    ports(builder, Key.NETWORK_PUBLISH, Flag.PUBLISH);
    words(builder, Key.LIMITS_TIME, Flag.TIMEOUT);
    programs(builder);
    words(builder, Key.LIMITS_MEMORY, Flag.MAX_MEMORY);
    words(builder, Key.LIMITS_CPU_CORES, Flag.CPU_CORES);
    for (byte[] value : arguments.values(Flag.MAX_CPU)) {
      String text = Text.show(value); // As sandlock has it, also without the sign.
      put(builder, Key.LIMITS_CPU, Flag.MAX_CPU, value, text.endsWith("%") ? text : text + "%");
    }
    words(builder, Key.LIMITS_PROCESSES, Flag.MAX_PROCESSES);
    words(builder, Key.LIMITS_OPEN_FILES, Flag.MAX_OPEN_FILES);
    words(builder, Key.ENVIRONMENT_PASS, Flag.PASS_ENV);
    words(builder, Key.SYSCALLS_ALLOW, Flag.EXTRA_ALLOW_SYSCALL);
    words(builder, Key.SYSCALLS_DENY, Flag.EXTRA_DENY_SYSCALL);
    words(builder, Key.PROTECTIONS_DEGRADE, Flag.ALLOW_DEGRADED);
    words(builder, Key.VIEW_MODE, Flag.VIEW);
    boolean clean = arguments.has(Flag.CLEAN_ENV);
    boolean all = arguments.has(Flag.INHERIT_ENV);
    if (clean && all) {
      throw new UsageException("--clean-env and --inherit-env cannot be used together");
    }
    if (clean) {
      put(builder, Key.ENVIRONMENT_INHERIT, Flag.CLEAN_ENV, new byte[0], "clean");
    }
    if (all) {
      put(builder, Key.ENVIRONMENT_INHERIT, Flag.INHERIT_ENV, new byte[0], "all");
    }
    if (arguments.has(Flag.PORT_REMAP)) {
      put(builder, Key.NETWORK_PORT_REMAP, Flag.PORT_REMAP, new byte[0], "true");
    }
    if (arguments.has(Flag.NO_COREDUMP)) {
      put(builder, Key.LIMITS_CORE_DUMPS, Flag.NO_COREDUMP, new byte[0], "false");
    }
    return builder.build();
  }

  private void paths(PolicyBuilder builder, Key key, Flag flag) throws UsageException {
    for (byte[] value : arguments.values(flag)) {
      boolean variable = value.length > 1 && value[0] == '$' && value[1] == '{';
      boolean home = value.length > 0 && value[0] == '~' && (value.length == 1 || value[1] == '/');
      byte[] path = variable || home ? value : WorkingDirectory.absolute(context, flag, value);
      try {
        builder.putPath(key, ByteString.of(path), Origin.flag(flag.shown()));
      } catch (ValueException e) {
        throw wrong(flag, value, e);
      }
    }
  }

  /** The part after the first colon is a path of the caller's, which may be relative. */
  private void mounts(PolicyBuilder builder) throws UsageException {
    for (byte[] value : arguments.values(Flag.FS_MOUNT)) {
      ByteString typed = ByteString.of(value);
      int colon = typed.indexOf(':', 0);
      ByteString mount = typed;
      if (colon >= 0 && colon + 1 < typed.length() && "/~$".indexOf(typed.at(colon + 1)) < 0) {
        byte[] path = typed.slice(colon + 1, typed.length()).toBytes();
        mount =
            typed
                .slice(0, colon + 1)
                .plus(ByteString.of(WorkingDirectory.absolute(context, Flag.FS_MOUNT, path)));
      }
      try {
        builder.putPath(Key.VIEW_MOUNTS, mount, Origin.flag(Flag.FS_MOUNT.shown()));
      } catch (ValueException e) {
        throw wrong(Flag.FS_MOUNT, value, e);
      }
    }
  }

  /** Lists such as {@code 8080,9000-9005}, as sandlock has them. */
  private void ports(PolicyBuilder builder, Key key, Flag flag) throws UsageException {
    for (byte[] value : arguments.values(flag)) {
      String text = Text.show(value);
      int from = 0;
      while (from <= text.length()) {
        int comma = text.indexOf(',', from);
        int end = comma < 0 ? text.length() : comma;
        put(builder, key, flag, value, text.substring(from, end));
        from = end + 1;
      }
    }
  }

  /** Byte for byte, unlike what a policy's text can hold. */
  private void programs(PolicyBuilder builder) throws UsageException {
    for (byte[] value : arguments.values(Flag.EXEC_DENY)) {
      try {
        PolicyBuilder _ =
            builder.putExecDeny(ByteString.of(value), Origin.flag(Flag.EXEC_DENY.shown()));
      } catch (ValueException e) {
        throw wrong(Flag.EXEC_DENY, value, e);
      }
    }
  }

  private void words(PolicyBuilder builder, Key key, Flag flag) throws UsageException {
    for (byte[] value : arguments.values(flag)) {
      put(builder, key, flag, value, Text.show(value));
    }
  }

  private static void put(PolicyBuilder builder, Key key, Flag flag, byte[] typed, String value)
      throws UsageException {
    try {
      PolicyBuilder _ = builder.put(key, value, Origin.flag(flag.shown()));
    } catch (ValueException e) {
      throw wrong(flag, typed, e);
    }
  }

  /** An endpoint; users of sandlock may leave out the star of "every host", as in {@code :443}. */
  static String everyHost(String endpoint) {
    int scheme = endpoint.indexOf("://");
    int host = scheme < 0 ? 0 : scheme + 3;
    return endpoint.startsWith(":", host)
        ? endpoint.substring(0, host) + "*" + endpoint.substring(host)
        : endpoint;
  }

  private static UsageException wrong(Flag flag, byte[] value, ValueException e) {
    return new UsageException(flag.shown() + " " + Text.show(value) + ": " + e.problem());
  }
}
