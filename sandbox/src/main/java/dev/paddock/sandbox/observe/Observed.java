package dev.paddock.sandbox.observe;

import dev.paddock.sandbox.observe.FileRefusals.Place;
import dev.paddock.sandbox.observe.FileRefusals.Use;
import java.util.ArrayList;
import java.util.List;

/** Which system calls name paths that Landlock judges, and in which argument: the one table. */
public final class Observed {
  private static final int NONE = -1;

  /** A line for each path: call, directory's argument, path's argument, what is done. */
  private record Line(String call, Place place) {
    Line(String call, int directory, int path, Use use) {
      this(call, new Place(directory, path, use));
    }
  }

  private static final Line[] TABLE = {
    new Line("open", NONE, 0, Use.OPEN),
    new Line("openat", 0, 1, Use.OPEN),
    new Line("openat2", 0, 1, Use.OPEN_HOW),
    new Line("creat", NONE, 0, Use.CHANGE),
    new Line("truncate", NONE, 0, Use.CHANGE),
    new Line("execve", NONE, 0, Use.EXECUTE),
    new Line("execveat", 0, 1, Use.EXECUTE),
    new Line("mkdir", NONE, 0, Use.MAKE),
    new Line("mkdirat", 0, 1, Use.MAKE),
    new Line("mknod", NONE, 0, Use.MAKE),
    new Line("mknodat", 0, 1, Use.MAKE),
    new Line("symlink", NONE, 1, Use.MAKE),
    new Line("symlinkat", 1, 2, Use.MAKE),
    new Line("link", NONE, 1, Use.MAKE),
    new Line("linkat", 2, 3, Use.MAKE),
    new Line("rmdir", NONE, 0, Use.REMOVE),
    new Line("unlink", NONE, 0, Use.REMOVE),
    new Line("unlinkat", 0, 1, Use.REMOVE),
    new Line("rename", NONE, 0, Use.REMOVE),
    new Line("rename", NONE, 1, Use.REPLACE),
    new Line("renameat", 0, 1, Use.REMOVE),
    new Line("renameat", 2, 3, Use.REPLACE),
    new Line("renameat2", 0, 1, Use.REMOVE),
    new Line("renameat2", 2, 3, Use.REPLACE),
  };

  /** Calls that only ask whether something is there: a root of its own may lack it. */
  private static final Line[] ASKING = {
    new Line("stat", NONE, 0, Use.ASK),
    new Line("lstat", NONE, 0, Use.ASK),
    new Line("newfstatat", 0, 1, Use.ASK),
    new Line("statx", 0, 1, Use.ASK),
    new Line("access", NONE, 0, Use.ASK),
    new Line("faccessat", 0, 1, Use.ASK),
    new Line("faccessat2", 0, 1, Use.ASK),
    new Line("chdir", NONE, 0, Use.ASK),
  };

  private Observed() {}

  private static List<Line> lines(boolean ownRoot) {
    List<Line> lines = new ArrayList<>(List.of(TABLE));
    if (ownRoot) {
      lines.addAll(List.of(ASKING));
    }
    return lines;
  }

  /**
   * Every call that is looked at: those of paths, and those of ports.
   *
   * @param ownRoot whether the target has a root of its own
   */
  public static List<String> calls(boolean ownRoot) {
    List<String> calls = new ArrayList<>();
    for (Line line : lines(ownRoot)) {
      if (!calls.contains(line.call())) {
        calls.add(line.call());
      }
    }
    calls.add("connect");
    calls.add("bind");
    return calls;
  }

  /** The paths of a call; none for a call that names no path. */
  public static Place[] places(String call) {
    List<Place> places = new ArrayList<>();
    for (Line line : lines(true)) {
      if (line.call().equals(call)) {
        places.add(line.place());
      }
    }
    return places.toArray(Place[]::new);
  }
}
