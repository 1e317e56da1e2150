package dev.paddock.sandbox.run;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.LandlockRuleset;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.launch.HandedFiles;
import dev.paddock.sandbox.launch.Launcher;
import dev.paddock.sandbox.launch.Streams;
import dev.paddock.sandbox.launch.View;
import dev.paddock.sandbox.layers.LayerStore;
import dev.paddock.sandbox.plan.CompiledPlan;
import dev.paddock.sandbox.plan.ExecutableSearch;
import dev.paddock.sandbox.plan.PolicyWords;
import dev.paddock.sandbox.plan.Rulesets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Prepares the runs of one plan: everything outside the kernel's own part of a start. Safe for many
 * threads.
 */
public final class RunPreparation {
  private static final ByteString SHOWN_POLICY = ByteString.of("PADDOCK_POLICY=");

  private final CompiledPlan plan;

  /** The filter of a run that has all of the plan's view; it never changes. */
  private byte @Nullable [] filter;

  private @Nullable LandlockRuleset shared;
  private boolean ranBefore;
  private @Nullable SpareDirectory spare;
  private boolean hadDirectory;

  /** The environment for commands that name none; it never changes, so it is chosen once. */
  private volatile @Nullable List<byte[]> ownEnvironment;

  /** For the runs of a plan. */
  public RunPreparation(CompiledPlan plan) {
    this.plan = plan;
  }

  /**
   * Prepares one run. What it makes for the run goes with the run, or here if this fails.
   *
   * @throws SandboxException if the run cannot come about
   */
  public Launcher.Spec prepare(Command command) throws SandboxException {
    Streams streams = new Streams();
    List<Fd> ours = new ArrayList<>();
    Cleanup cleanup = new Cleanup(ours);
    try {
      byte[] directory = directory(command);
      List<byte[]> environment = command.environment().orElseGet(this::ownEnvironment);
      ByteString temporary = null;
      if (plan.usesTemporary() || command.isPolicyShown()) {
        temporary = privateDirectory(cleanup, command.terminal() == null);
        environment = replace(environment, plan.temporary(), plan.view().inside(temporary));
      }
      ByteString shown = null;
      if (temporary != null && command.isPolicyShown()) {
        shown = PolicyWords.write(plan, temporary);
        environment = with(environment, SHOWN_POLICY, plan.view().shownPolicy(shown));
      }
      byte[] path = ExecutableSearch.find(plan, command.argv().getFirst(), environment, directory);
      Fd cwd = open(directory);
      ours.add(cwd);
      List<Launcher.Descriptor> descriptors = new ArrayList<>();
      descriptors.add(
          new Launcher.Descriptor(0, StdioDescriptors.input(command.stdin(), streams, ours)));
      descriptors.add(
          new Launcher.Descriptor(1, StdioDescriptors.output(command.stdout(), 1, streams, ours)));
      descriptors.add(
          new Launcher.Descriptor(2, StdioDescriptors.output(command.stderr(), 2, streams, ours)));
      for (Command.Extra extra : command.extras()) {
        descriptors.add(new Launcher.Descriptor(extra.number(), extra.source()));
      }
      HandedFiles handed = StdioDescriptors.handed(command, descriptors);
      LandlockRuleset ruleset = ruleset(temporary, handed, cleanup);
      if (shown != null) {
        Rulesets.allowReading(ruleset, shown);
      }
      View view =
          plan.view()
              .forRun(
                  temporary,
                  shown,
                  layers(temporary, ours),
                  ByteString.of(plan.hasOtherRoot() ? directory : Paths.ofDescriptor(cwd)),
                  command.terminal() != null);
      ReadWriteLock gate = new ReentrantReadWriteLock();
      RunSupervision.Subject subject =
          new RunSupervision.Subject(
              path,
              command.argv(),
              directory,
              temporary == null ? ByteString.of("") : temporary,
              handed,
              ruleset);
      RunSupervision judging = plan.isSupervised() ? new RunSupervision(plan, subject, gate) : null;
      Duration limit = command.timeout().or(plan::timeLimit).orElse(Duration.ZERO);
      return new Launcher.Spec(
          path,
          command.argv(),
          environment,
          cwd,
          command.umask() >= 0 ? command.umask() : CallerState.umask(),
          command.ignoredSignals(),
          ruleset.fd(),
          filter(view),
          plan.openFiles(),
          plan.coreBytes(),
          plan.groupsMemory() ? OptionalLong.empty() : plan.memoryBytes(),
          descriptors,
          command.terminal(),
          command.isInGroup(),
          limit,
          command.grace(),
          plan.host().has(Host.SCOPES),
          view,
          plan.cores(),
          RunMonitors.of(plan, subject, judging, gate),
          judging,
          streams,
          ours,
          cleanup);
    } catch (KernelException e) {
      streams.close();
      cleanup.run();
      throw new SandboxException(
          SandboxException.FAILED, "cannot prepare the run: " + e.getMessage(), e);
    } catch (SandboxException | RuntimeException e) {
      streams.close();
      cleanup.run();
      throw e;
    }
  }

  /** What is undone when a run is over, or did not come about. */
  private static final class Cleanup implements Runnable {
    private final List<Fd> descriptors;
    private @Nullable PrivateDirectory directory;
    private @Nullable SpareDirectory spare;
    private @Nullable LandlockRuleset ruleset;

    Cleanup(List<Fd> descriptors) {
      this.descriptors = descriptors;
    }

    @Override
    public void run() {
      if (ruleset != null) {
        ruleset.close();
      }
      try {
        removeDirectory();
      } finally {
        for (Fd fd : descriptors) {
          fd.close();
        }
      }
    }

    private void removeDirectory() {
      PrivateDirectory used = directory;
      directory = null;
      if (used != null && spare != null) {
        spare.giveBack(used);
      } else if (used != null) {
        used.remove();
      }
    }
  }

  private synchronized byte[] filter(View view) {
    if (view.processes() != plan.view().has(ViewPart.PROCESSES)) {
      return plan.filterBytes(view);
    }
    byte[] known = filter;
    if (known == null) {
      known = plan.filterBytes(view);
      filter = known;
    }
    return known;
  }

  /**
   * The folder of the layer of each private tree: the workspace's own, or where these are in use or
   * cannot be had, one that ends with the run.
   */
  private Map<ByteString, ByteString> layers(@Nullable ByteString temporary, List<Fd> ours)
      throws KernelException {
    Map<ByteString, ByteString> layers = new LinkedHashMap<>();
    List<ByteString> trees = plan.view().privateTrees();
    if (trees.isEmpty() || temporary == null) {
      return layers;
    }
    try {
      Optional<LayerStore> store = plan.layerStore();
      if (store.isPresent()) {
        store.get().open(plan.workspace(), trees, layers).ifPresent(ours::add);
      }
    } catch (KernelException e) {
      layers.clear(); // No place to keep them: then they are not kept.
    }
    for (ByteString tree : trees) {
      if (!layers.containsKey(tree)) {
        ByteString layer = temporary.plus(ByteString.of("/layer-" + layers.size()));
        Paths.makeDirectory(layer.toBytes(), 0700);
        LayerStore.prepare(layer);
        layers.put(tree, layer);
      }
    }
    return layers;
  }

  private List<byte[]> ownEnvironment() {
    List<byte[]> known = ownEnvironment;
    if (known == null) {
      known = plan.environment(CallerState.environment());
      ownEnvironment = known;
    }
    return known;
  }

  /**
   * The run's private directory. It is kept only where the kernel itself ends the tree with init,
   * or what had survived could still change it; and not the first run's, which is mostly the only
   * one.
   */
  private ByteString privateDirectory(Cleanup cleanup, boolean ownProcesses)
      throws KernelException {
    SpareDirectory kept = null;
    synchronized (this) {
      if (hadDirectory && spare == null) {
        SpareDirectory made = new SpareDirectory();
        Kept.CLEANER.register(this, made::close);
        spare = made;
      }
      hadDirectory = true;
      kept = ownProcesses && plan.view().has(ViewPart.PROCESSES) ? spare : null;
    }
    PrivateDirectory taken = kept == null ? null : kept.take();
    PrivateDirectory directory =
        taken == null ? PrivateDirectory.make(plan.temporary(), plan.view()) : taken;
    cleanup.directory = directory;
    cleanup.spare = kept;
    return directory.path();
  }

  private static List<byte[]> with(List<byte[]> strings, ByteString name, ByteString value) {
    List<byte[]> changed = new ArrayList<>(strings);
    changed.removeIf(string -> ByteString.of(string).startsWith(name));
    changed.add(name.plus(value).toBytes());
    return changed;
  }

  private static List<byte[]> replace(List<byte[]> strings, ByteString from, ByteString to) {
    List<byte[]> replaced = new ArrayList<>(strings.size());
    for (byte[] string : strings) {
      ByteString text = ByteString.of(string);
      for (int at = text.indexOf(from, 0); at >= 0; at = text.indexOf(from, at + to.length())) {
        text = text.slice(0, at).plus(to).plus(text.slice(at + from.length(), text.length()));
      }
      replaced.add(text.toBytes());
    }
    return replaced;
  }

  /**
   * One ruleset serves every run, unless a run has a directory or given files of its own. It is
   * kept from the second run on and goes with this object; the first run's, which is mostly the
   * only one, ends with the run.
   */
  private LandlockRuleset ruleset(
      @Nullable ByteString temporary, HandedFiles handed, Cleanup cleanup)
      throws KernelException, SandboxException {
    synchronized (this) {
      LandlockRuleset kept = shared;
      // What a view brings with it gets rules of its own, which init adds.
      boolean ownRules = temporary != null || !handed.isEmpty() || plan.view().has(ViewPart.FILES);
      if (!ownRules && kept != null) {
        return kept;
      }
      LandlockRuleset made = Rulesets.make(plan, temporary, handed);
      if (ownRules || !ranBefore) {
        ranBefore = true;
        cleanup.ruleset = made;
      } else {
        shared = made;
        Kept.CLEANER.register(this, made::close);
      }
      return made;
    }
  }

  /** Apart, so that a single run starts no cleaner. */
  private static final class Kept {
    private static final java.lang.ref.Cleaner CLEANER = java.lang.ref.Cleaner.create();
  }

  /** Where the target starts, as it has it. */
  private byte[] directory(Command command) throws SandboxException, KernelException {
    byte[] directory = CallerState.directory(command);
    if (!plan.hasOtherRoot()) {
      return directory;
    }
    try {
      return plan.directory(directory, command.directory().isPresent()).toBytes();
    } catch (KernelException e) {
      throw notEntered(directory, e);
    }
  }

  private Fd open(byte[] directory) throws SandboxException {
    try {
      return plan.open(ByteString.of(directory), Paths.O_PATH | Paths.O_DIRECTORY);
    } catch (KernelException e) {
      throw notEntered(directory, e);
    }
  }

  private SandboxException notEntered(byte[] directory, KernelException e) {
    return new SandboxException(
        SandboxException.FAILED,
        "cannot change to the directory "
            + ByteString.of(directory)
            + (plan.hasOtherRoot() ? " of the root that the command gets: " : ": ")
            + e.errno(),
        e);
  }
}
