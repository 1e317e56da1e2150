package dev.paddock.sandbox.plan;

import dev.paddock.linux.DirectoryEntry;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Entry;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PathPattern;
import dev.paddock.policy.Policy;
import dev.paddock.policy.Policy.ViewPart;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.SupervisionOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans which parts of a view the target has of its own: those wanted that the host gives. */
final class ViewPlanner {
  private static final ByteString MASTER = ByteString.of("/dev/ptmx");
  private static final ByteString ROOT = ByteString.of("/");

  /** Where systems keep links that programs take for granted. */
  private static final String[] LINKED = {"/", "/dev", "/var"};

  private final PlanDraft draft;

  /** Paths that many others begin with, and that are no links. */
  private final Set<ByteString> noLinks = new HashSet<>();

  private final Policy.View view;
  private final Policy.ViewMode mode;

  ViewPlanner(PlanDraft draft) {
    this.draft = draft;
    this.view = draft.policy.view();
    this.mode = view.mode().map(Entry::value).orElse(Policy.ViewMode.AUTO);
  }

  /** Whether there is a root of its own: how files are planned depends on it. */
  void chooseFiles() {
    Entry<Policy.Owner> wanted = wanted(ViewPart.FILES);
    if (wanted == null) {
      return;
    }
    for (List<Entry<PathPattern>> grants :
        List.of(draft.policy.files().read(), draft.policy.files().write())) {
      for (Entry<PathPattern> grant : grants) {
        if (!draft.hasOwnTree() && real(grant.value().text()).equals(ROOT)) {
          draft.withoutRoot = "\"" + grant.value() + "\" grants all there is";
          withheld(ViewPart.FILES, wanted.origin(), draft.withoutRoot);
          return;
        }
      }
    }
    if (isGiven(ViewPart.FILES, wanted.origin())) {
      draft.parts.add(ViewPart.FILES);
    } else {
      draft.withoutRoot = draft.host.view(ViewPart.FILES).detail();
    }
  }

  /** All other parts, when everything else is known. */
  void plan() {
    loopback();
    ipc();
    Entry<Policy.Owner> files = wanted(ViewPart.FILES);
    if (files != null && draft.parts.contains(ViewPart.FILES)) {
      root(files.origin());
    }
  }

  private void root(Origin origin) {
    line(ViewPart.FILES, origin, "mount name space", "what is in no grant does not exist");
    links();
    temporary();
    terminals();
    home();
    processes();
  }

  private void temporary() {
    Entry<Policy.Owner> wanted = wanted(ViewPart.TEMPORARY);
    if (wanted != null && !isGranted("/tmp")) {
      draft.parts.add(ViewPart.TEMPORARY);
      line(
          ViewPart.TEMPORARY,
          wanted.origin(),
          "mounts",
          "/tmp is the run's private directory, /dev/shm is memory");
    }
  }

  private void terminals() {
    Entry<Policy.Owner> wanted = wanted(ViewPart.TERMINALS);
    if (wanted != null && !isGranted("/dev/pts")) {
      draft.parts.add(ViewPart.TERMINALS);
      line(ViewPart.TERMINALS, wanted.origin(), "devpts", "");
      return;
    }
    for (Grant grant : draft.visible) {
      if (grant.path().equals(MASTER)) {
        // The host's cannot be used over a mount of the one file: its own ones do what is granted.
        draft.parts.add(ViewPart.TERMINALS);
      }
    }
  }

  private void home() {
    Entry<Policy.Owner> wanted = wanted(ViewPart.HOME);
    ByteString home = draft.variables.home();
    if (wanted == null || home == null) {
      return;
    }
    ByteString real = real(home);
    if (real.equals(ROOT) || isGranted(real)) {
      return;
    }
    draft.parts.add(ViewPart.HOME);
    draft.home = real;
    follow(home);
    line(ViewPart.HOME, wanted.origin(), "mount", real + " has in it only what is granted");
  }

  private void processes() {
    Entry<Policy.Owner> wanted = wanted(ViewPart.PROCESSES);
    if (wanted == null || !isGiven(ViewPart.PROCESSES, wanted.origin())) {
      return;
    }
    boolean supervised =
        draft.judgesForks
            || draft.traced
            || !draft.judged.isEmpty()
            || draft.supervisionOptions.wants(SupervisionOptions.Wish.DENIALS);
    if (supervised) {
      withheld(
          ViewPart.PROCESSES,
          wanted.origin(),
          "what is judged or seen by a supervisor goes by the host's process numbers; leave out"
              + " what needs one (paddock explain says which)");
      return;
    }
    draft.parts.add(ViewPart.PROCESSES);
    line(
        ViewPart.PROCESSES,
        wanted.origin(),
        "pid name space",
        "none outside can be seen; they end with init (an interactive run has the host's)");
  }

  private void ipc() {
    Entry<Policy.Owner> wanted = wanted(ViewPart.IPC);
    if (wanted == null || !isGiven(ViewPart.IPC, wanted.origin())) {
      return;
    }
    if (draft.policy.limits().memory().isPresent()) {
      withheld(
          ViewPart.IPC,
          wanted.origin(),
          "limits.memory could not count System V segments that nobody has mapped");
      return;
    }
    draft.parts.add(ViewPart.IPC);
    line(ViewPart.IPC, wanted.origin(), "IPC name space", "");
  }

  private void loopback() {
    Policy.Network network = draft.policy.network();
    Entry<Policy.Owner> wanted = wanted(ViewPart.LOOPBACK);
    if (wanted == null && mode == Policy.ViewMode.AUTO) {
      wanted = besideGrants(network);
    }
    if (wanted == null) {
      return;
    }
    boolean granted = network.grantsAnything();
    if (granted && !draft.judgesAddresses) {
      withheld(
          ViewPart.LOOPBACK,
          wanted.origin(),
          "only a supervisor can lead from it to what network.allow and network.bind grant; leave"
              + " the grants out, or write loopback = \"host\"");
      return;
    }
    if (!isGiven(ViewPart.LOOPBACK, wanted.origin())) {
      return;
    }
    draft.parts.add(ViewPart.LOOPBACK);
    // Where it is said what was refused, that is said of names too.
    draft.waysOut =
        granted
            || (draft.judgesAddresses
                && draft.supervisionOptions.wants(SupervisionOptions.Wish.DENIALS));
    line(
        ViewPart.LOOPBACK,
        wanted.origin(),
        "network name space; BPF: TCP and UDP sockets",
        granted
            ? "what is granted outside is reached by sockets that the supervisor puts in place"
            : "nothing of the host's network is in it");
  }

  /** Who is granted something of the host's network, and no more is said, keeps one of his own. */
  private @Nullable Entry<Policy.Owner> besideGrants(Policy.Network network) {
    boolean given = draft.judgesAddresses && draft.host.view(ViewPart.LOOPBACK).available();
    if (view.owners().containsKey(ViewPart.LOOPBACK) || !given || !draft.hasRoot()) {
      return null;
    }
    for (List<? extends Entry<?>> grants :
        List.of(network.allow(), network.bind(), network.publish())) {
      if (!grants.isEmpty()) {
        return new Entry<>(Policy.Owner.OWN, grants.getFirst().origin());
      }
    }
    return null;
  }

  // ------------------------------------------------------------------ what is wanted and given

  private @Nullable Entry<Policy.Owner> wanted(ViewPart part) {
    if (mode == Policy.ViewMode.OFF) {
      return null;
    }
    Entry<Policy.Owner> owner = view.owners().get(part);
    if (owner != null && owner.value() == Policy.Owner.OWN) {
      return owner;
    }
    // The /tmp of another tree is only read, as all of it.
    boolean needed =
        (part == ViewPart.FILES && !draft.root.isHost())
            || (part == ViewPart.TEMPORARY && draft.hasOwnTree());
    return needed ? implied() : null;
  }

  /** What a root or a mount of the policy's choice cannot be without. */
  private Entry<Policy.Owner> implied() {
    Origin origin =
        view.root().map(Entry::origin).orElseGet(() -> view.mounts().getFirst().origin());
    return new Entry<>(Policy.Owner.OWN, origin);
  }

  private boolean isGiven(ViewPart part, Origin origin) {
    Feature feature = draft.host.view(part);
    if (!feature.available()) {
      withheld(part, origin, feature.detail() + "; " + feature.remedy());
    }
    return feature.available();
  }

  private void withheld(ViewPart part, Origin origin, String reason) {
    String rule = part.key().path() + " \"own\"";
    if (mode == Policy.ViewMode.REQUIRE) {
      draft.problem(origin, rule + " cannot be had here: " + reason);
    } else {
      draft.unprotected.add(lost(part) + ": " + reason);
    }
  }

  private static String lost(ViewPart part) {
    return switch (part) {
      case FILES, TEMPORARY, HOME, TERMINALS ->
          "there is no file tree of its own, so no /tmp, /dev/shm, home and terminals either, and"
              + " what is in no grant can be seen to exist";
      case PROCESSES -> "there are no process numbers of its own";
      case IPC -> "there is no IPC of its own";
      case LOOPBACK -> "there is no loopback of its own";
    };
  }

  private void line(ViewPart part, Origin origin, String mechanism, String note) {
    draft.line(part.key().path() + " \"own\"", origin, mechanism, note);
  }

  private boolean isGranted(String path) {
    return isGranted(ByteString.of(path));
  }

  private boolean isGranted(ByteString path) {
    for (Grant grant : draft.visible) {
      if (grant.kind() == Grant.Kind.DIRECTORY && Grant.isBelow(path, grant.path())) {
        return true;
      }
    }
    return false;
  }

  // ------------------------------------------------------------------ symbolic links

  private void links() {
    for (String directory : LINKED) {
      ByteString prefix = ByteString.of(directory.equals("/") ? "/" : directory + "/");
      try (Fd fd = draft.root.open(ByteString.of(directory), Paths.O_RDONLY | Paths.O_DIRECTORY)) {
        for (DirectoryEntry entry : Paths.entries(fd)) {
          if (entry.isSymbolicLink()) {
            ByteString place = prefix.plus(ByteString.of(entry.name()));
            draft.links.put(place, draft.root.readLink(place));
          }
        }
      } catch (KernelException e) {
        // Not there, or not to be seen by us: nothing leads over it.
      }
    }
    for (ByteString path : draft.followed) {
      follow(path);
    }
  }

  /** Notes the symbolic links on the way of a path, so that it leads where it led. */
  private void follow(ByteString path) {
    ByteString rest = path;
    for (int links = 0; links < 40; links++) {
      ByteString next = followOne(rest);
      if (next == null) {
        return;
      }
      rest = next;
    }
  }

  /** The path behind the first link of a path, or null if there is none. */
  private @Nullable ByteString followOne(ByteString path) {
    for (int end = 2; end <= path.length(); end++) {
      if (end < path.length() && path.at(end) != '/') {
        continue;
      }
      ByteString place = path.slice(0, end);
      if (noLinks.contains(place)) {
        continue;
      }
      try {
        ByteString text = draft.root.readLink(place);
        draft.links.put(place, text);
        int slash = end - 1;
        while (path.at(slash) != '/') {
          slash--;
        }
        ByteString from = text.at(0) == '/' ? text : path.slice(0, slash + 1).plus(text);
        return normal(from.plus(path.slice(end, path.length())));
      } catch (KernelException e) {
        if (!e.is(Errno.EINVAL)) {
          return null; // The way ends here.
        }
        noLinks.add(place);
      }
    }
    return null;
  }

  /** Without "." and "..", which are meant as names here: no link is left before them. */
  private static ByteString normal(ByteString path) {
    ByteString normal = ByteString.of("");
    for (ByteString name : Denial.names(path)) {
      if (name.equals(ByteString.of(".."))) {
        int slash = normal.length();
        while (slash > 0 && normal.at(slash - 1) != '/') {
          slash--;
        }
        normal = slash == 0 ? normal : normal.slice(0, slash - 1);
      } else if (!name.isEmpty() && !name.equals(ByteString.of("."))) {
        normal = normal.plus(ROOT).plus(name);
      }
    }
    return normal.isEmpty() ? ROOT : normal;
  }

  private ByteString real(ByteString path) {
    ByteString real = draft.real(path);
    return real == null ? normal(path) : real; // What does not exist has its future name.
  }
}
