package dev.paddock.sandbox.plan;

import dev.paddock.linux.LandlockFileRight;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.launch.Mount;
import dev.paddock.sandbox.launch.Mount.Flag;
import dev.paddock.sandbox.launch.Mount.Kind;
import dev.paddock.sandbox.launch.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a plan's target has instead of the host's own, and how that is made for each run. */
public final class PlannedView {
  private static final ByteString ROOT = ByteString.of("/");
  private static final ByteString NOTHING = ByteString.of("");
  private static final ByteString TMP = ByteString.of("/tmp");
  private static final ByteString VAR_TMP = ByteString.of("/var/tmp");
  private static final ByteString MEMORY = ByteString.of("/dev/shm");
  private static final ByteString MASTER = ByteString.of("/dev/ptmx");
  private static final ByteString TERMINALS = ByteString.of("/dev/pts");
  private static final ByteString QUEUES = ByteString.of("/dev/mqueue");
  private static final ByteString SHOWN_POLICY = ByteString.of("/.paddock-policy");
  private static final ByteString PROC = ByteString.of("/proc");

  /** Below the run's private directory: what its /tmp and its home are. */
  private static final ByteString OWN_TMP = ByteString.of("/tmp");

  private static final ByteString OWN_VAR_TMP = ByteString.of("/var-tmp");
  private static final ByteString OWN_HOME = ByteString.of("/home");

  private final TargetRoot root;
  private final Set<ViewPart> parts;
  private final boolean waysOut;
  private final Map<ByteString, ByteString> nameFiles;
  private final List<Grant> visible;

  /** Those of them that are in another one, and so at a place that is there. */
  private final Set<ByteString> inside = new HashSet<>();

  private final List<Restriction> restrictions;
  private final Map<ByteString, ByteString> links;
  private final List<PrivateTree> privateTrees;
  private final @Nullable ByteString home;
  private final boolean grantsTemporary;
  private final Set<LandlockFileRight> handled;
  private final List<Place> places;

  PlannedView(PlanDraft draft) {
    this.root = draft.root;
    this.parts = EnumSet.noneOf(ViewPart.class);
    this.parts.addAll(draft.parts);
    this.waysOut = draft.waysOut;
    boolean ownNetwork = parts.contains(ViewPart.LOOPBACK);
    this.nameFiles = ownNetwork && draft.hasRoot() ? NameFiles.of(draft) : Map.of();
    this.restrictions = List.copyOf(draft.restrictions);
    this.links = Map.copyOf(draft.links);
    this.privateTrees = List.copyOf(draft.privateTrees);
    this.home = draft.home;
    this.handled = draft.host.landlock().fileRights();
    this.visible = mounted(draft.visible);
    this.grantsTemporary =
        draft.visible.stream().anyMatch(grant -> grant.kind() == Grant.Kind.TEMPORARY);
    this.places = findPlaces();
  }

  /** Whether the target has a part of its own. */
  public boolean has(ViewPart part) {
    return parts.contains(part);
  }

  /** Whether there are grants that lead out of a network of the target's own. */
  boolean hasWaysOut() {
    return waysOut;
  }

  private View.Network network() {
    if (!has(ViewPart.LOOPBACK)) {
      return View.Network.HOST;
    }
    return waysOut ? View.Network.OWN_WITH_NAMES : View.Network.OWN;
  }

  /** Whether a run needs a private directory for it. */
  boolean usesTemporary() {
    return has(ViewPart.TEMPORARY) || has(ViewPart.HOME) || !privateTrees.isEmpty();
  }

  /** The trees that a run needs layers for. */
  public List<ByteString> privateTrees() {
    List<ByteString> paths = new ArrayList<>();
    for (PrivateTree tree : privateTrees) {
      paths.add(tree.path());
    }
    return paths;
  }

  /**
   * Something that a run's private directory must have in it.
   *
   * @param path from that directory on, beginning with a slash
   * @param directory whether it is a directory, or else an empty file
   * @param mode its permissions
   */
  public record Place(ByteString path, boolean directory, int mode) {}

  /**
   * What a run's private directory must have in it, what is above something else first: what /tmp
   * and home are, and in these the places of what is mounted there.
   */
  public List<Place> places() {
    return places;
  }

  private List<Place> findPlaces() {
    Map<ByteString, Place> found = new LinkedHashMap<>();
    if (has(ViewPart.TEMPORARY)) {
      add(found, OWN_TMP, 0700);
      add(found, OWN_VAR_TMP, 0700);
    }
    if (home != null) {
      add(found, OWN_HOME, 0700);
      place(found, home, true);
    }
    if (found.isEmpty()) {
      return List.of();
    }
    for (Grant grant : visible) {
      if (!inside.contains(grant.path())) {
        place(found, grant.path(), grant.kind() == Grant.Kind.DIRECTORY);
      }
    }
    for (PrivateTree tree : privateTrees) {
      if (around(visible, tree.path()) == null) {
        place(found, tree.path(), true);
      }
    }
    return List.copyOf(found.values());
  }

  private void place(Map<ByteString, Place> found, ByteString path, boolean directory) {
    ByteString top = null;
    ByteString own = NOTHING;
    if (home != null && Grant.isBelow(path, home) && !path.equals(home)) {
      top = home;
      own = OWN_HOME;
    } else if (has(ViewPart.TEMPORARY) && Grant.isBelow(path, TMP)) {
      top = TMP;
      own = OWN_TMP;
    } else if (has(ViewPart.TEMPORARY) && Grant.isBelow(path, VAR_TMP)) {
      top = VAR_TMP;
      own = OWN_VAR_TMP;
    }
    if (top == null || path.length() == top.length()) {
      return; // Its place is elsewhere.
    }
    for (int at = top.length() + 1; at < path.length(); at++) {
      if (path.at(at) == '/') {
        add(found, own.plus(path.slice(top.length(), at)), 0755);
      }
    }
    ByteString inside = own.plus(path.slice(top.length(), path.length()));
    if (directory) {
      add(found, inside, 0755);
    } else {
      found.putIfAbsent(inside, new Place(inside, false, 0644));
    }
  }

  private static void add(Map<ByteString, Place> found, ByteString path, int mode) {
    found.putIfAbsent(path, new Place(path, true, mode));
  }

  /** Where the target finds a path of the run's private directory, which may be elsewhere. */
  public ByteString inside(ByteString temporary) {
    return has(ViewPart.TEMPORARY) ? TMP : temporary;
  }

  /** Where the target finds the file that says what is granted. */
  public ByteString shownPolicy(ByteString file) {
    return has(ViewPart.FILES) ? SHOWN_POLICY : file;
  }

  /** Whether a path in the target's root is in what is the run's own. */
  public boolean isOwn(ByteString path) {
    Grant shown = around(visible, path);
    if (shown != null && !shown.path().equals(ROOT)) {
      return false;
    }
    for (PrivateTree tree : privateTrees) {
      if (Grant.isBelow(path, tree.path())) {
        return true;
      }
    }
    return (has(ViewPart.TEMPORARY) && isTemporary(path))
        || (has(ViewPart.TERMINALS) && isTerminal(path))
        || (home != null && Grant.isBelow(path, home));
  }

  private static boolean isTerminal(ByteString path) {
    return path.equals(MASTER) || Grant.isBelow(path, TERMINALS);
  }

  private static boolean isTemporary(ByteString path) {
    return Grant.isBelow(path, TMP) || Grant.isBelow(path, VAR_TMP) || Grant.isBelow(path, MEMORY);
  }

  /** Only the mounts that show something which no mount around them shows the same way. */
  private List<Grant> mounted(List<Grant> grants) {
    List<Grant> sorted = new ArrayList<>(grants);
    sorted.removeIf(
        grant -> grant.kind() == Grant.Kind.TEMPORARY || grant.kind() == Grant.Kind.LISTING);
    sorted.sort(PlannedView::compare);
    List<Grant> mounted = new ArrayList<>();
    Set<ByteString> places = new HashSet<>();
    Deque<Grant> above =
        new ArrayDeque<>(); // The directories around, for all below one follows it.
    for (Grant grant : sorted) {
      while (!above.isEmpty() && !Grant.isBelow(grant.path(), above.peek().path())) {
        above.pop();
      }
      Grant around = above.peek();
      boolean shown =
          around != null
              && around.level().compareTo(grant.level()) >= 0
              && root.place(around.path()).equals(root.place(grant.path()));
      if (!shown && places.add(grant.path())) {
        mounted.add(grant);
        if (around != null) {
          inside.add(grant.path());
        }
        if (grant.kind() == Grant.Kind.DIRECTORY) {
          above.push(grant);
        }
      }
    }
    return mounted;
  }

  /** The innermost directory of these that a path is in, or null. */
  private static @Nullable Grant around(List<Grant> grants, ByteString path) {
    Grant innermost = null;
    for (Grant grant : grants) {
      if (grant.kind() == Grant.Kind.DIRECTORY
          && Grant.isBelow(path, grant.path())
          && (innermost == null || grant.path().length() >= innermost.path().length())) {
        innermost = grant;
      }
    }
    return innermost;
  }

  private static int compare(Grant one, Grant other) {
    int byPath = compare(one.path(), other.path());
    return byPath != 0 ? byPath : other.level().compareTo(one.level());
  }

  /** What is above another path comes before it. */
  private static int compare(ByteString one, ByteString other) {
    int length = Math.min(one.length(), other.length());
    for (int i = 0; i < length; i++) {
      if (one.at(i) != other.at(i)) {
        int first = one.at(i) == '/' ? 0 : one.at(i) & 0xff;
        int second = other.at(i) == '/' ? 0 : other.at(i) & 0xff;
        return Integer.compare(first, second);
      }
    }
    return Integer.compare(one.length(), other.length());
  }

  /**
   * The order for one run.
   *
   * @param temporary the run's private directory, if it has one
   * @param policy the file that says what is granted, if the target is to see one
   * @param layers the folder of each private tree's layer
   * @param directory the working directory, without symbolic links
   * @param interactive whether the target is to be the foreground job of a terminal, which it can
   *     be only with process numbers that both sides know
   */
  public View forRun(
      @Nullable ByteString temporary,
      @Nullable ByteString policy,
      Map<ByteString, ByteString> layers,
      ByteString directory,
      boolean interactive) {
    boolean processes = has(ViewPart.PROCESSES) && !interactive;
    List<Mount> mounts =
        has(ViewPart.FILES) ? mounts(temporary, policy, layers, directory, processes) : List.of();
    return new View(
        mounts, mounts.isEmpty() ? NOTHING : directory, processes, has(ViewPart.IPC), network());
  }

  private List<Mount> mounts(
      @Nullable ByteString temporary,
      @Nullable ByteString policy,
      Map<ByteString, ByteString> layers,
      ByteString directory,
      boolean processes) {
    List<Mount> mounts = new ArrayList<>();
    for (Grant grant : visible) {
      boolean replaced =
          (processes && Grant.isBelow(grant.path(), PROC))
              || (has(ViewPart.TERMINALS) && isTerminal(grant.path()));
      if (!replaced) {
        mounts.add(bind(grant));
      }
    }
    links.forEach((place, text) -> link(mounts, text, place));
    for (Restriction restriction : restrictions) {
      restriction.addTo(mounts, root);
    }
    for (PrivateTree tree : privateTrees) {
      layer(mounts, tree, layers.get(tree.path()));
    }
    if (processes) {
      own(mounts, Kind.PROC, NOTHING, PROC, Rulesets.reading(handled));
    }
    if (has(ViewPart.IPC)) {
      own(mounts, Kind.MQUEUE, NOTHING, QUEUES, Rulesets.changing(handled));
    }
    if (has(ViewPart.TERMINALS)) {
      own(mounts, Kind.DEVPTS, NOTHING, TERMINALS, Rulesets.terminals(handled));
      link(mounts, ByteString.of("pts/ptmx"), MASTER);
    }
    if (has(ViewPart.TEMPORARY) && temporary != null) {
      long rights = Rulesets.changing(handled);
      own(mounts, Kind.BIND, temporary.plus(OWN_TMP), TMP, rights);
      if (around(visible, MEMORY) == null) {
        own(mounts, Kind.TMPFS, ByteString.of("1777"), MEMORY, rights);
      }
      if (around(visible, VAR_TMP) == null) {
        own(mounts, Kind.BIND, temporary.plus(OWN_VAR_TMP), VAR_TMP, rights);
      }
    }
    if (temporary != null && !has(ViewPart.TEMPORARY) && grantsTemporary) {
      Set<Flag> flags = around(visible, temporary) == null ? Set.of(Flag.MAKE) : Set.of();
      mounts.add(new Mount(Kind.BIND, flags, temporary, temporary, 0));
    }
    if (home != null && temporary != null) {
      own(mounts, Kind.BIND, temporary.plus(OWN_HOME), home, Rulesets.changing(handled));
    }
    nameFiles.forEach(
        (place, text) -> {
          Set<Flag> flags = EnumSet.of(Flag.FILE, Flag.READ_ONLY);
          flags.add(around(visible, place) == null ? Flag.MAKE : Flag.OPTIONAL);
          mounts.add(new Mount(Kind.TEXT, flags, text, place, Rulesets.readingFile(handled)));
        });
    if (policy != null) {
      Set<Flag> flags = EnumSet.of(Flag.FILE, Flag.READ_ONLY, Flag.MAKE);
      mounts.add(new Mount(Kind.BIND, flags, policy, SHOWN_POLICY, 0));
    }
    if (around(visible, directory) == null && !directory.equals(ROOT)) {
      own(mounts, Kind.DIRECTORY, NOTHING, directory, 0);
    }
    mounts.sort((one, other) -> compare(one.place(), other.place()));
    mounts.addFirst(new Mount(Kind.ROOT, Set.of(), NOTHING, ROOT, Rulesets.listing(handled)));
    return mounts;
  }

  private Mount bind(Grant grant) {
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    // A device can be written to all the same, but its mode, owner and times stay as they are.
    if (grant.level() == Access.Level.READ
        || grant.kind() == Grant.Kind.DEVICE
        || root.place(grant.path()).readOnly()) {
      flags.add(Flag.READ_ONLY);
    }
    if (grant.kind() != Grant.Kind.DIRECTORY) {
      flags.add(Flag.FILE);
    }
    if (grant.found()) {
      flags.add(Flag.OPTIONAL);
    }
    if (!inside.contains(grant.path())) {
      flags.add(Flag.MAKE);
    }
    return new Mount(Kind.BIND, flags, root.source(grant.path()), grant.path(), 0);
  }

  private void layer(List<Mount> mounts, PrivateTree tree, @Nullable ByteString layer) {
    if (layer == null) {
      throw new IllegalStateException("there is no layer for " + tree.path());
    }
    Set<Flag> flags = EnumSet.of(Flag.OPTIONAL);
    if (around(visible, tree.path()) == null) {
      flags.add(Flag.MAKE);
    }
    ByteString source = tree.there() ? layer : layer.plus(ByteString.of("/upper"));
    mounts.add(
        new Mount(
            tree.there() ? Kind.LAYER : Kind.BIND,
            flags,
            source,
            tree.path(),
            Rulesets.changing(handled)));
  }

  private void link(List<Mount> mounts, ByteString text, ByteString place) {
    if (around(visible, place) == null) {
      mounts.add(new Mount(Kind.LINK, Set.of(), text, place, 0));
    }
  }

  private static void own(
      List<Mount> mounts, Kind kind, ByteString source, ByteString place, long rights) {
    mounts.add(new Mount(kind, Set.of(Flag.MAKE), source, place, rights));
  }
}
