package dev.paddock.sandbox.layers;

import dev.paddock.linux.DirectoryEntry;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileLock;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Processes;
import dev.paddock.policy.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The layers of this user: for each workspace a folder, in it one for each private tree, with what
 * runs in that workspace have changed of the tree. Nothing but this user can look into it, and no
 * run sees any of it but its own workspace's layers.
 *
 * <pre>
 *   KEY OF THE WORKSPACE/about              its path
 *   KEY OF THE WORKSPACE/KEY OF A TREE/about  the tree's path
 *                                     /upper  what was changed, as overlayfs keeps it
 *                                     /work   overlayfs's own
 * </pre>
 *
 * <p>The folder of a workspace is locked (flock(2)) by the run that uses its layers. A second run
 * at the same time gets layers that end with it.
 */
public final class LayerStore {
  private static final int GROUP_AND_OTHERS = 077;
  private static final int LONGEST_PATH = 4096;
  private static final int OWNER_ONLY = 0700;
  private static final int OWNER_READS = 0600;

  private final ByteString folder;

  /** The store in a folder, which is made when it is needed. */
  public LayerStore(ByteString folder) {
    this.folder = folder;
  }

  /**
   * The store of a user; see the XDG Base Directory Specification.
   *
   * @param environment as {@code NAME=value}
   * @param home null if it is not known
   * @return empty if there is no place for it
   */
  public static Optional<LayerStore> of(List<ByteString> environment, @Nullable ByteString home) {
    ByteString name = ByteString.of("XDG_STATE_HOME=/");
    for (ByteString assignment : environment) {
      if (assignment.startsWith(name)) {
        ByteString state = assignment.slice(name.length() - 1, assignment.length());
        return Optional.of(new LayerStore(state.plus(ByteString.of("/paddock/layers"))));
      }
    }
    return home == null
        ? Optional.empty()
        : Optional.of(new LayerStore(home.plus(ByteString.of("/.local/state/paddock/layers"))));
  }

  /**
   * Opens the layers of a workspace, making what is not there.
   *
   * @param trees the private trees
   * @param layers gets the folder of each, with {@code upper} and {@code work} in it
   * @return what keeps them from others as long as it is open; empty if another run has them
   * @throws KernelException if there is no place for them
   */
  public Optional<Fd> open(
      ByteString workspace, List<ByteString> trees, Map<ByteString, ByteString> layers)
      throws KernelException {
    makeAll(folder);
    ByteString place = below(folder, workspace);
    make(place);
    try (Fd opened = Paths.open(place.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      if (!FileLock.exclusive(opened)) {
        return Optional.empty();
      }
      about(place, workspace);
      Map<ByteString, ByteString> found = new LinkedHashMap<>();
      for (ByteString tree : trees) {
        ByteString layer = below(place, tree);
        make(layer);
        about(layer, tree);
        prepare(layer);
        found.put(tree, layer);
      }
      layers.putAll(found);
      return Optional.of(opened.duplicate());
    }
  }

  /** Makes the directories that overlayfs needs in the folder of a layer. */
  public static void prepare(ByteString layer) throws KernelException {
    make(layer.plus(ByteString.of("/upper")));
    make(layer.plus(ByteString.of("/work")));
  }

  /**
   * One layer.
   *
   * @param workspace whose it is
   * @param tree what it changes
   * @param folder where it lies
   */
  public record Layer(ByteString workspace, ByteString tree, ByteString folder) {}

  /** All layers that there are, by workspace. */
  public List<Layer> list() throws KernelException {
    List<Layer> layers = new ArrayList<>();
    for (ByteString place : entries(folder)) {
      ByteString workspace = read(place);
      for (ByteString layer : entries(place)) {
        ByteString tree = read(layer);
        if (workspace != null && tree != null) {
          layers.add(new Layer(workspace, tree, layer));
        }
      }
    }
    return layers;
  }

  /**
   * Removes the layers of a workspace.
   *
   * @return whether that was done; not while a run uses them
   */
  public boolean remove(ByteString workspace) throws KernelException {
    ByteString place = below(folder, workspace);
    try (Fd opened = Paths.open(place.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      if (!FileLock.exclusive(opened)) {
        return false;
      }
      Paths.removeTree(place.toBytes());
      return true;
    }
  }

  /**
   * What is below a folder, files and directories.
   *
   * @return their sizes added up, in bytes
   */
  public static long size(ByteString folder) throws KernelException {
    long size = 0;
    try (Fd fd = Paths.open(folder.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      for (DirectoryEntry entry : Paths.entries(fd)) {
        ByteString path = folder.plus(ByteString.of("/")).plus(ByteString.of(entry.name()));
        size += entry.isDirectory() ? size(path) : Paths.linkStatus(path.toBytes()).size();
      }
    } catch (KernelException e) {
      if (!e.is(Errno.EACCES) && !e.is(Errno.ENOENT)) {
        throw e; // overlayfs closes its own folder; and a run may go on meanwhile.
      }
    }
    return size;
  }

  private static List<ByteString> entries(ByteString directory) throws KernelException {
    List<ByteString> entries = new ArrayList<>();
    try (Fd fd = Paths.open(directory.toBytes(), Paths.O_RDONLY | Paths.O_DIRECTORY, 0)) {
      for (byte[] name : Paths.names(fd)) {
        ByteString path = directory.plus(ByteString.of("/")).plus(ByteString.of(name));
        if (Paths.linkStatus(path.toBytes()).isDirectory()) {
          entries.add(path);
        }
      }
    } catch (KernelException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    return entries;
  }

  /** The path that a folder is for; null if it is none of ours. */
  private static @Nullable ByteString read(ByteString place) {
    try {
      return ByteString.of(Paths.readAll(aboutFile(place).toBytes(), LONGEST_PATH));
    } catch (KernelException e) {
      return null;
    }
  }

  /** Two paths may have one key, and the second must not get the layer of the first. */
  private static void about(ByteString place, ByteString path) throws KernelException {
    ByteString known = read(place);
    if (known == null || known.isEmpty()) { // New, or left so by whoever was killed over it.
      int flags = Paths.O_WRONLY | Paths.O_CREAT;
      try (Fd file = Paths.open(aboutFile(place).toBytes(), flags, OWNER_READS)) {
        byte[] text = path.toBytes();
        file.write(text, 0, text.length);
      }
    } else if (!known.equals(path)) {
      throw new KernelException(
          Errno.of(Errno.EEXIST), "open", place + " (it is not the layer of " + path + ")");
    }
  }

  private static ByteString aboutFile(ByteString place) {
    return place.plus(ByteString.of("/about"));
  }

  private static ByteString below(ByteString place, ByteString path) {
    return place.plus(ByteString.of("/" + key(path)));
  }

  /** FNV-1a of 64 bits: short, and no class of the platform's has to be loaded for it. */
  private static String key(ByteString path) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < path.length(); i++) {
      hash = (hash ^ (path.at(i) & 0xff)) * 0x100000001b3L;
    }
    return Long.toHexString(hash);
  }

  private static void makeAll(ByteString path) throws KernelException {
    for (int at = 1; at <= path.length(); at++) {
      if (at == path.length() || path.at(at) == '/') {
        ByteString part = path.slice(0, at);
        make(part);
      }
    }
    FileStatus status = Paths.linkStatus(path.toBytes());
    if (status.uid() != Processes.effectiveUid() || (status.mode() & GROUP_AND_OTHERS) != 0) {
      throw new KernelException(
          Errno.of(Errno.EPERM), "open", path + " (it must be a folder of this user alone)");
    }
  }

  private static void make(ByteString path) throws KernelException {
    try {
      Paths.makeDirectory(path.toBytes(), OWNER_ONLY);
    } catch (KernelException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
  }
}
