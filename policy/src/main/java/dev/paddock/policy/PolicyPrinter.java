package dev.paddock.policy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Prints a policy as TOML that reads back as an equal one, but for where its entries stand. */
public final class PolicyPrinter {
  private final StringBuilder text = new StringBuilder();
  private String table = "";

  private PolicyPrinter() {}

  /** The policy as a TOML document. What it extended is written out. */
  public static String print(Policy policy) {
    PolicyPrinter printer = new PolicyPrinter();
    printer.policy(policy);
    return printer.text.toString();
  }

  private void policy(Policy policy) {
    policy.name().ifPresent(value -> scalar(Key.NAME, quote(value)));
    policy.description().ifPresent(value -> scalar(Key.DESCRIPTION, quote(value)));
    list(Key.FILES_READ, policy.files().read());
    list(Key.FILES_WRITE, policy.files().write());
    list(Key.FILES_DENY, policy.files().deny());
    list(Key.FILES_READ_ONLY, policy.files().readOnly());
    list(Key.FILES_PRIVATE, policy.files().privateTrees());
    policy.files().mode().ifPresent(e -> scalar(Key.FILES_MODE, quote(e.value().label())));
    list(Key.NETWORK_ALLOW, policy.network().allow());
    list(Key.NETWORK_DENY, policy.network().deny());
    list(Key.NETWORK_BIND, policy.network().bind());
    list(Key.NETWORK_DENY_BIND, policy.network().denyBind());
    list(Key.NETWORK_PUBLISH, policy.network().publish());
    policy.network().portRemap().ifPresent(e -> scalar(Key.NETWORK_PORT_REMAP, "" + e.value()));
    policy.network().names().ifPresent(e -> scalar(Key.NETWORK_NAMES, quote(e.value().label())));
    list(Key.NETWORK_UNIX, policy.network().unix());
    policy.network().groups().forEach(this::group);
    if (!policy.exec().deny().isEmpty()) {
      StringBuilder items = new StringBuilder("[");
      for (Entry<ByteString> entry : policy.exec().deny()) {
        items.append(items.length() == 1 ? "" : ", ").append(quote(utf8(entry.value())));
      }
      scalar(Key.EXEC_DENY, items.append(']').toString());
    }
    Optional<Entry<Policy.Nameless>> nameless = policy.exec().nameless();
    nameless.ifPresent(e -> scalar(Key.EXEC_NAMELESS, quote(e.value().label())));
    list(Key.SIGNALS_DENY, policy.signals().deny());
    Policy.Limits limits = policy.limits();
    limits.memory().ifPresent(e -> scalar(Key.LIMITS_MEMORY, quote("" + e.value())));
    limits.processes().ifPresent(e -> scalar(Key.LIMITS_PROCESSES, "" + e.value()));
    limits.openFiles().ifPresent(e -> scalar(Key.LIMITS_OPEN_FILES, "" + e.value()));
    limits.cpuPercent().ifPresent(e -> scalar(Key.LIMITS_CPU, quote(e.value() + "%")));
    limits.cpuCores().ifPresent(e -> scalar(Key.LIMITS_CPU_CORES, quote("" + e.value())));
    limits.time().ifPresent(e -> scalar(Key.LIMITS_TIME, quote(Durations.format(e.value()))));
    limits.coreDumps().ifPresent(e -> scalar(Key.LIMITS_CORE_DUMPS, "" + e.value()));
    list(Key.ENVIRONMENT_PASS, policy.environment().pass());
    Optional<Entry<Policy.Inherit>> inherit = policy.environment().inherit();
    inherit.ifPresent(e -> scalar(Key.ENVIRONMENT_INHERIT, quote(e.value().label())));
    list(Key.SYSCALLS_ALLOW, policy.systemCalls().allow());
    list(Key.SYSCALLS_DENY, policy.systemCalls().deny());
    list(Key.PROTECTIONS_DEGRADE, policy.protections().degrade());
    Optional<Entry<Policy.Alerts>> alerts = policy.protections().alerts();
    alerts.ifPresent(e -> scalar(Key.PROTECTIONS_ALERTS, quote(e.value().label())));
    Optional<Entry<Boolean>> sessionless = policy.attach().sessionless();
    sessionless.ifPresent(e -> scalar(Key.ATTACH_SESSIONLESS, "" + e.value()));
    policy.view().mode().ifPresent(e -> scalar(Key.VIEW_MODE, quote(e.value().label())));
    policy.view().owners().forEach((part, e) -> scalar(part.key(), quote(e.value().label())));
    policy.view().root().ifPresent(e -> scalar(Key.VIEW_ROOT, quote("" + e.value())));
    list(Key.VIEW_MOUNTS, policy.view().mounts());
    list(Key.VIEW_PRIVATE, policy.view().privateTrees());
    list(Key.VIEW_HIDDEN, policy.view().hidden());
    list(Key.VIEW_READ_ONLY, policy.view().readOnly());
    variables(policy.environment().set());
    for (Policy.ExecRule rule : policy.exec().rules()) {
      rule(rule);
    }
  }

  private <T> void list(Key key, List<Entry<T>> entries) {
    if (!entries.isEmpty()) {
      scalar(key, items(entries));
    }
  }

  private static <T> String items(List<Entry<T>> entries) {
    StringBuilder items = new StringBuilder("[");
    boolean wide = entries.size() > 4;
    for (int i = 0; i < entries.size(); i++) {
      items.append(i == 0 ? "" : ",").append(wide ? "\n  " : i == 0 ? "" : " ");
      items.append(quote(entries.get(i).value().toString()));
    }
    return items.append(wide ? ",\n]" : "]").toString();
  }

  private void group(String name, List<Entry<Endpoint>> endpoints) {
    if (!table.equals(Key.GROUPS.path())) {
      table = Key.GROUPS.path();
      text.append("\n[").append(table).append("]\n");
    }
    text.append(name).append(" = ").append(items(endpoints)).append('\n');
  }

  private void scalar(Key key, String value) {
    int dot = key.path().indexOf('.');
    String wanted = dot < 0 ? "" : key.path().substring(0, dot);
    if (!wanted.equals(table)) {
      text.append("\n[").append(wanted).append("]\n");
      table = wanted;
    }
    text.append(key.path().substring(dot + 1)).append(" = ").append(value).append('\n');
  }

  private void variables(Map<String, Entry<ByteString>> set) {
    if (set.isEmpty()) {
      return;
    }
    text.append("\n[environment.set]\n");
    for (Map.Entry<String, Entry<ByteString>> variable : set.entrySet()) {
      text.append(quote(variable.getKey())).append(" = ");
      text.append(quote(utf8(variable.getValue().value()))).append('\n');
    }
  }

  private void rule(Policy.ExecRule rule) {
    text.append("\n[[exec.rules]]\nmatch = ").append(quote("" + rule.match())).append('\n');
    patterns("args", rule.args());
    patterns("env", rule.env());
    text.append("decision = ").append(quote(rule.decision().label())).append('\n');
    rule.message().ifPresent(m -> text.append("message = ").append(quote(m)).append('\n'));
    if (rule.tell()) {
      text.append("tell = true\n");
    }
  }

  private void patterns(String name, List<ByteString> patterns) {
    if (patterns.isEmpty()) {
      return;
    }
    text.append(name).append(" = [");
    for (int i = 0; i < patterns.size(); i++) {
      text.append(i == 0 ? "" : ", ").append(quote("" + patterns.get(i)));
    }
    text.append("]\n");
  }

  /** What the reader made bytes of with {@link ByteString#of(String)}; it is always UTF-8. */
  private static String utf8(ByteString bytes) {
    return new String(bytes.toBytes(), StandardCharsets.UTF_8);
  }

  /** A basic string of TOML 1.0. */
  private static String quote(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '\r' -> quoted.append("\\r");
        default -> {
          if (Character.isISOControl(c)) {
            quoted.append("\\u00");
            quoted.append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
