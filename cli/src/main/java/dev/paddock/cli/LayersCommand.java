package dev.paddock.cli;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.layers.LayerStore;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code paddock layers list|show|remove|prune}. */
final class LayersCommand {
  private final Context context;
  private final Output output;
  private final LayerStore store;

  private LayersCommand(Context context, LayerStore store) {
    this.context = context;
    this.output = new Output(context);
    this.store = store;
  }

  static int run(Context context, Arguments arguments)
      throws UsageException, OutputException, SandboxException {
    List<byte[]> operands = arguments.operands();
    if (operands.isEmpty()) {
      throw new UsageException("paddock layers needs list, show DIR, remove DIR... or prune");
    }
    List<ByteString> environment = new ArrayList<>();
    ByteString home = null;
    ByteString prefix = ByteString.of("HOME=/");
    for (byte[] assignment : context.environment()) {
      ByteString string = ByteString.of(assignment);
      environment.add(string);
      home = string.startsWith(prefix) ? string.slice(5, string.length()) : home;
    }
    LayerStore store =
        LayerStore.of(environment, home)
            .orElseThrow(() -> new UsageException("there is no home directory; set HOME"));
    LayersCommand command = new LayersCommand(context, store);
    try {
      return command.run(Text.show(operands.getFirst()), operands.subList(1, operands.size()));
    } catch (KernelException e) {
      throw new SandboxException(SandboxException.FAILED, "layers: " + e.getMessage(), e);
    }
  }

  private int run(String word, List<byte[]> rest)
      throws UsageException, OutputException, KernelException {
    int status =
        switch (word) {
          case "list" -> list(rest);
          case "show" -> show(rest);
          case "remove" -> remove(rest);
          case "prune" -> prune(rest);
          default ->
              throw new UsageException(
                  "paddock layers knows list, show, remove and prune, not " + word);
        };
    output.flush();
    return status;
  }

  /** Each workspace that has layers, and how much they hold. */
  private int list(List<byte[]> rest) throws UsageException, KernelException {
    none("list", rest);
    Table table = new Table(context.console().columns());
    List<LayerStore.Layer> layers = store.list();
    for (ByteString workspace : workspaces(layers)) {
      long size = 0;
      for (LayerStore.Layer layer : layers) {
        size += layer.workspace().equals(workspace) ? LayerStore.size(upper(layer)) : 0;
      }
      table.row(Text.show(workspace.toBytes()), Units.size(size));
    }
    output.print(table);
    return 0;
  }

  private int show(List<byte[]> rest) throws UsageException, KernelException {
    if (rest.size() != 1) {
      throw new UsageException("paddock layers show needs one DIR");
    }
    ByteString wanted = real(rest.getFirst());
    Table table = new Table(context.console().columns());
    boolean found = false;
    for (LayerStore.Layer layer : store.list()) {
      if (layer.workspace().equals(wanted)) {
        found = true;
        ByteString upper = upper(layer);
        table.row(
            Text.show(layer.tree().toBytes()),
            Units.size(LayerStore.size(upper)) + " in " + Text.show(upper.toBytes()));
      }
    }
    output.print(table);
    if (!found) {
      output.error("there are no layers of " + Text.show(wanted.toBytes()));
    }
    return found ? 0 : SandboxException.FAILED;
  }

  private int remove(List<byte[]> rest) throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException("paddock layers remove needs a DIR");
    }
    int status = 0;
    for (byte[] workspace : rest) {
      status = remove(real(workspace)) ? status : SandboxException.FAILED;
    }
    return status;
  }

  private boolean remove(ByteString workspace) {
    String shown = Text.show(workspace.toBytes());
    try {
      if (!store.remove(workspace)) {
        output.error("the layers of " + shown + " are in use by a run");
        return false;
      }
      return true;
    } catch (KernelException e) {
      output.error(
          e.is(Errno.ENOENT)
              ? "there are no layers of " + shown
              : "cannot remove the layers of " + shown + ": " + e.errno());
      return false;
    }
  }

  /** Removes the layers of workspaces that are no more. */
  private int prune(List<byte[]> rest) throws UsageException, KernelException {
    none("prune", rest);
    int status = 0;
    for (ByteString workspace : workspaces(store.list())) {
      if (!exists(workspace)) {
        boolean removed = remove(workspace);
        status = removed ? status : SandboxException.FAILED;
        if (removed) {
          output.print(Text.show(workspace.toBytes()) + ": removed");
        }
      }
    }
    return status;
  }

  private static Set<ByteString> workspaces(List<LayerStore.Layer> layers) {
    Set<ByteString> workspaces = new LinkedHashSet<>();
    for (LayerStore.Layer layer : layers) {
      workspaces.add(layer.workspace());
    }
    return workspaces;
  }

  private static boolean exists(ByteString path) {
    try {
      return Paths.status(path.toBytes()).isDirectory();
    } catch (KernelException e) {
      return !e.is(Errno.ENOENT); // What cannot be seen now may be there: a disk that is not in.
    }
  }

  private static void none(String word, List<byte[]> rest) throws UsageException {
    if (!rest.isEmpty()) {
      throw new UsageException("paddock layers " + word + " takes no operands");
    }
  }

  /** The path as the store has it; of a workspace that is no more, as it is written. */
  private static ByteString real(byte[] path) {
    try {
      return ByteString.of(Paths.real(path));
    } catch (KernelException e) {
      return ByteString.of(path);
    }
  }

  private static ByteString upper(LayerStore.Layer layer) {
    return layer.folder().plus(ByteString.of("/upper"));
  }
}
