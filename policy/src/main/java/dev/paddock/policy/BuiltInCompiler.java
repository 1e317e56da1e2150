package dev.paddock.policy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Run by the build: compiles the built-in policies from TOML to {@link CompiledPolicy}. */
final class BuiltInCompiler {
  private BuiltInCompiler() {}

  /** Compiles every built-in in the folder that is given. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    for (String name : BuiltIns.names()) {
      byte[] toml = Files.readAllBytes(folder.resolve(name + ".toml"));
      Files.writeString(folder.resolve(name + ".policy"), compile(name, toml));
    }
  }

  static String compile(String name, byte[] toml) throws PolicyException {
    Policy policy = PolicyFile.own(name, toml);
    if (!policy.exec().rules().isEmpty() || !policy.network().unix().isEmpty()) {
      throw new PolicyException(
          Origin.flag(name), "a built-in has no exec rules and no unix sockets yet");
    }
    Origin none = Origin.flag(name);
    StringBuilder text = new StringBuilder();
    Optional<String> parent = PolicyFile.parentOf(name, toml);
    parent.ifPresent(value -> text.append(CompiledPolicy.line("extends", none, value)));
    policy.name().ifPresent(value -> text.append(CompiledPolicy.line("name", none, value)));
    policy
        .description()
        .ifPresent(value -> text.append(CompiledPolicy.line("description", none, value)));
    add(text, Key.FILES_READ, policy.files().read());
    add(text, Key.FILES_WRITE, policy.files().write());
    add(text, Key.FILES_DENY, policy.files().deny());
    add(text, Key.FILES_READ_ONLY, policy.files().readOnly());
    add(text, Key.FILES_PRIVATE, policy.files().privateTrees());
    policy.files().mode().ifPresent(mode -> add(text, Key.FILES_MODE, mode, mode.value().label()));
    add(text, Key.NETWORK_ALLOW, policy.network().allow());
    add(text, Key.NETWORK_DENY, policy.network().deny());
    add(text, Key.NETWORK_BIND, policy.network().bind());
    add(text, Key.NETWORK_DENY_BIND, policy.network().denyBind());
    add(text, Key.NETWORK_PUBLISH, policy.network().publish());
    policy
        .network()
        .portRemap()
        .ifPresent(e -> add(text, Key.NETWORK_PORT_REMAP, e, "" + e.value()));
    policy.network().names().ifPresent(e -> add(text, Key.NETWORK_NAMES, e, e.value().label()));
    for (Entry<ByteString> entry : policy.exec().deny()) {
      add(text, Key.EXEC_DENY, entry, new String(entry.value().toBytes(), StandardCharsets.UTF_8));
    }
    policy.exec().nameless().ifPresent(e -> add(text, Key.EXEC_NAMELESS, e, e.value().label()));
    add(text, Key.SIGNALS_DENY, policy.signals().deny());
    Policy.Limits limits = policy.limits();
    limits.memory().ifPresent(e -> add(text, Key.LIMITS_MEMORY, e, "" + e.value()));
    limits.processes().ifPresent(e -> add(text, Key.LIMITS_PROCESSES, e, "" + e.value()));
    limits.openFiles().ifPresent(e -> add(text, Key.LIMITS_OPEN_FILES, e, "" + e.value()));
    limits.cpuPercent().ifPresent(e -> add(text, Key.LIMITS_CPU, e, e.value() + "%"));
    limits.cpuCores().ifPresent(e -> add(text, Key.LIMITS_CPU_CORES, e, "" + e.value()));
    limits.time().ifPresent(e -> add(text, Key.LIMITS_TIME, e, Durations.format(e.value())));
    limits.coreDumps().ifPresent(e -> add(text, Key.LIMITS_CORE_DUMPS, e, "" + e.value()));
    add(text, Key.ENVIRONMENT_PASS, policy.environment().pass());
    policy
        .environment()
        .inherit()
        .ifPresent(e -> add(text, Key.ENVIRONMENT_INHERIT, e, e.value().label()));
    for (Map.Entry<String, Entry<ByteString>> variable : policy.environment().set().entrySet()) {
      Entry<ByteString> entry = variable.getValue();
      String value = new String(entry.value().toBytes(), StandardCharsets.UTF_8);
      add(text, Key.ENVIRONMENT_SET, entry, variable.getKey() + "=" + value);
    }
    add(text, Key.SYSCALLS_ALLOW, policy.systemCalls().allow());
    add(text, Key.SYSCALLS_DENY, policy.systemCalls().deny());
    add(text, Key.PROTECTIONS_DEGRADE, policy.protections().degrade());
    policy
        .protections()
        .alerts()
        .ifPresent(e -> add(text, Key.PROTECTIONS_ALERTS, e, e.value().label()));
    policy
        .attach()
        .sessionless()
        .ifPresent(e -> add(text, Key.ATTACH_SESSIONLESS, e, "" + e.value()));
    policy.view().mode().ifPresent(e -> add(text, Key.VIEW_MODE, e, e.value().label()));
    policy.view().owners().forEach((part, e) -> add(text, part.key(), e, e.value().label()));
    policy.view().root().ifPresent(e -> add(text, Key.VIEW_ROOT, e, "" + e.value()));
    add(text, Key.VIEW_MOUNTS, policy.view().mounts());
    add(text, Key.VIEW_PRIVATE, policy.view().privateTrees());
    add(text, Key.VIEW_HIDDEN, policy.view().hidden());
    add(text, Key.VIEW_READ_ONLY, policy.view().readOnly());
    return text.toString();
  }

  private static <T> void add(StringBuilder text, Key key, List<Entry<T>> entries) {
    for (Entry<T> entry : entries) {
      add(text, key, entry, entry.value().toString());
    }
  }

  private static void add(StringBuilder text, Key key, Entry<?> entry, String value) {
    text.append(CompiledPolicy.line(key.path(), entry.origin(), value));
  }
}
