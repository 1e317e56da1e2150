package dev.paddock.sandbox.plan;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Durations;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Glob;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PortRange;
import dev.paddock.policy.RootMount;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a plan grants, in words for the target itself: a program that knows what is refused need not
 * try in vain. Names of what is hidden are not among them.
 */
public final class PolicyWords {
  private static final ByteString FILE = ByteString.of("/policy");

  private final CompiledPlan plan;
  private final Policy policy;
  private final ByteString temporary;
  private final StringBuilder text = new StringBuilder();

  private PolicyWords(CompiledPlan plan, ByteString temporary) {
    this.plan = plan;
    this.policy = plan.policy();
    this.temporary = temporary;
  }

  /**
   * Writes them to a file that nobody may change.
   *
   * @param temporary the run's private directory, where the file goes
   * @return its path
   */
  public static ByteString write(CompiledPlan plan, ByteString temporary) throws KernelException {
    ByteString path = temporary.plus(FILE);
    int flags = Paths.O_WRONLY | Paths.O_CREAT | Paths.O_NOFOLLOW;
    try (Fd file = Paths.open(path.toBytes(), flags, 0444)) {
      file.writeFully(of(plan, temporary).getBytes(StandardCharsets.UTF_8));
    }
    return path;
  }

  /** The words. */
  static String of(CompiledPlan plan, ByteString temporary) {
    PolicyWords words = new PolicyWords(plan, temporary);
    words.line("This command runs in a sandbox (Paddock). What is not listed here is refused, and");
    words.line("trying again or another way does not help: ask whoever started it for the grant.");
    words.files();
    words.network();
    words.programs();
    words.limits();
    return words.text.toString();
  }

  private void files() {
    heading("Files");
    Policy.Files files = policy.files();
    Policy.View view = policy.view();
    List<String> read = new ArrayList<>();
    if (view.root().isPresent()) {
      add(read, "/ (all of it, but of /dev, /proc and /sys only what is listed)");
    }
    for (String path : shown(files.read())) {
      add(read, path);
    }
    List<String> changed = shown(files.write());
    for (Entry<RootMount> mount : view.mounts()) {
      add(mount.value().readOnly() ? read : changed, "" + mount.value().place());
    }
    if (plan.usesTemporary()) {
      add(changed, plan.view().inside(temporary) + " (this run's own, deleted at its end)");
    }
    list("May be read:", read);
    list("May be changed:", changed);
    if (plan.view().has(Policy.ViewPart.FILES)) {
      list("May be read, but not changed:", both(files.readOnly(), view.readOnly()));
      list("May be changed, but only this workspace sees the changes:", layers());
    }
    if (plan.view().has(Policy.ViewPart.HOME)) {
      line(
          "The home directory is this run's own but for what is listed; it is deleted at the end.");
    }
  }

  private List<String> layers() {
    List<String> layers = new ArrayList<>();
    for (ByteString tree : plan.view().privateTrees()) {
      add(layers, "" + tree);
    }
    return layers;
  }

  private List<String> both(List<Entry<PathPattern>> one, List<Entry<PathPattern>> other) {
    List<String> all = shown(one);
    for (String path : shown(other)) {
      add(all, path);
    }
    return all;
  }

  private List<String> shown(List<Entry<PathPattern>> entries) {
    List<String> shown = new ArrayList<>();
    for (Entry<PathPattern> entry : entries) {
      PathPattern pattern = entry.value();
      ByteString path = pattern.text();
      boolean part = Glob.isPattern(path) || !pattern.except().isEmpty();
      boolean there = part || plan.access(path.toBytes()).readable();
      if (there && !path.equals(plan.temporary())) {
        add(shown, path + (pattern.except().isEmpty() ? "" : " (not all of it)"));
      }
    }
    return shown;
  }

  private static void add(List<String> list, String path) {
    if (!list.contains(path)) {
      list.add(path);
    }
  }

  private void network() {
    heading("Network");
    line(
        plan.judgesAddresses()
            ? "Unix sockets between the processes of this run."
            : "No unix sockets but pairs.");
    plan.unixPaths().forEach(path -> line("May be connected to: the unix socket " + path + "."));
    if (plan.hasOwnLoopback()) {
      line(
          "A loopback of its own (127.0.0.1, ::1), every port free; nothing else can be reached"
              + (plan.hasWaysOut() ? " but what follows." : "."));
      if (!plan.hasWaysOut()) {
        return;
      }
    }
    Policy.Network network = policy.network();
    if (network.allow().isEmpty()) {
      line("No connections to any host.");
    }
    for (Entry<Endpoint> entry : network.allow()) {
      line("May be connected to: " + entry.value() + ".");
    }
    for (Entry<Endpoint> entry : network.deny()) {
      line("May not be connected to: " + entry.value() + ".");
    }
    ports("TCP servers on", plan.bind());
    for (Entry<PortRange> entry : network.publish()) {
      line("TCP servers, for this machine alone, on port " + entry.value() + ".");
    }
    if (network.portRemap().map(Entry::value).orElse(false)) {
      line("A port of these that is taken is bound as another one; getsockname says which.");
    }
  }

  private void ports(String what, @Nullable List<PortRange> ports) {
    if (ports == null) {
      line(what + " every port.");
    } else if (ports.isEmpty()) {
      line("No " + what + " any port.");
    } else {
      List<String> shown = new ArrayList<>();
      ports.forEach(port -> shown.add(port.toString()));
      line(what + " port " + String.join(", ", shown) + ".");
    }
  }

  private void programs() {
    Policy.Exec exec = policy.exec();
    List<String> rules = new ArrayList<>();
    for (Entry<ByteString> entry : exec.deny()) {
      rules.add(entry.value() + ": not to be run");
    }
    for (Policy.ExecRule rule : exec.rules()) {
      StringBuilder command = new StringBuilder("" + rule.match());
      rule.args().forEach(argument -> command.append(' ').append(argument));
      rules.add(
          command
              + (rule.decision() == Policy.Decision.DENY ? ": not to be run" : ": may be run")
              + rule.message().map(message -> " (" + message + ")").orElse(""));
    }
    if (!rules.isEmpty()) {
      heading("Programs");
      list("In this order, the first that fits decides; all others may be run:", rules);
    }
  }

  private void limits() {
    Policy.Limits limits = policy.limits();
    List<String> all = new ArrayList<>();
    limits.memory().ifPresent(e -> all.add("memory of all processes together: " + e.value()));
    limits.processes().ifPresent(e -> all.add("processes: " + e.value()));
    limits.openFiles().ifPresent(e -> all.add("open files of a process: " + e.value()));
    limits.cpuPercent().ifPresent(e -> all.add("processor time: " + e.value() + "% of one"));
    limits.time().ifPresent(e -> all.add("time: " + Durations.format(e.value())));
    if (!all.isEmpty()) {
      heading("Limits");
      list("", all);
    }
  }

  private void heading(String name) {
    text.append('\n').append(name).append('\n');
  }

  private void list(String title, List<String> items) {
    if (items.isEmpty()) {
      return;
    }
    if (!title.isEmpty()) {
      line(title);
    }
    for (String item : items) {
      line("  " + item);
    }
  }

  private void line(String line) {
    text.append(line.replace('\n', '?')).append('\n');
  }
}
