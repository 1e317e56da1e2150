package dev.paddock.sandbox.run;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.plan.PlannedView;
import dev.paddock.sandbox.plan.UserFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A run's private directory, with the places in it that a view needs. */
final class PrivateDirectory {
  private static final AtomicInteger RUNS = new AtomicInteger();

  private final ByteString path;
  private final Fd inUse;

  /** The directory itself and all that is in it, each with the time of its last change. */
  private final List<ByteString> all = new ArrayList<>();

  private final List<Long> changes = new ArrayList<>();

  private PrivateDirectory(ByteString path, Fd inUse) {
    this.path = path;
    this.inUse = inUse;
  }

  /**
   * Makes one.
   *
   * @param base its name, which gets a number
   */
  static PrivateDirectory make(ByteString base, PlannedView view) throws KernelException {
    Optional<ByteString> folder = UserFolder.of(base);
    if (folder.isPresent()) {
      UserFolder.make(folder.get());
      UserFolder.sweep(folder.get());
    }
    while (true) {
      ByteString path = base.plus(ByteString.of("-" + RUNS.incrementAndGet()));
      Optional<Fd> made = UserFolder.makeDirectory(path);
      if (made.isPresent()) {
        PrivateDirectory directory = new PrivateDirectory(path, made.get());
        try {
          directory.fill(view);
          return directory;
        } catch (KernelException e) {
          directory.remove();
          throw e;
        }
      }
    }
  }

  private void fill(PlannedView view) throws KernelException {
    all.add(path);
    for (PlannedView.Place place : view.places()) {
      ByteString inside = path.plus(place.path());
      if (place.directory()) {
        Paths.makeDirectory(inside.toBytes(), place.mode());
      } else {
        int flags = Paths.O_WRONLY | Paths.O_CREAT | Paths.O_NOFOLLOW;
        Paths.open(inside.toBytes(), flags, place.mode()).close();
      }
      all.add(inside);
    }
    for (ByteString each : all) {
      changes.add(Paths.changeTime(each.toBytes()));
    }
  }

  ByteString path() {
    return path;
  }

  /**
   * Whether nothing in it was changed since it was made, neither content nor attributes: only then
   * it may serve another run, which would find what this one has left.
   */
  boolean isUntouched() {
    try {
      for (int i = 0; i < all.size(); i++) {
        if (Paths.changeTime(all.get(i).toBytes()) != changes.get(i)) {
          return false;
        }
      }
      return true;
    } catch (KernelException gone) {
      return false;
    }
  }

  /** Whether two changes in a row have two times here: else one could not be told from none. */
  boolean isTimeFine() {
    try {
      return twoChangesDiffer();
    } catch (KernelException unknown) {
      return false;
    }
  }

  private boolean twoChangesDiffer() throws KernelException {
    byte[] probe = path.plus(ByteString.of("/probe")).toBytes();
    long before = changes.getFirst();
    for (int i = 0; i < 2; i++) {
      Paths.makeDirectory(probe, 0700);
      long made = Paths.changeTime(path.toBytes());
      Paths.remove(probe, true);
      long removed = Paths.changeTime(path.toBytes());
      if (made == before || removed == made) {
        return false;
      }
      before = removed;
    }
    changes.set(0, before);
    return true;
  }

  /** Removes it with all that is in it. */
  void remove() {
    try (Fd _ = inUse) {
      Paths.removeTree(path.toBytes());
    } catch (KernelException e) {
      // What the target made unremovable (mode 000 directories) stays in a 0700 directory of ours.
      if (!e.is(Errno.EACCES) && !e.is(Errno.ENOENT)) {
        throw new IllegalStateException("cannot remove " + path, e);
      }
    }
  }
}
