package dev.paddock.sandbox.process;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Knows the dynamic loader's command line: {@code ld.so PROGRAM} runs PROGRAM. */
@FunctionalInterface
public interface LoaderReader {
  /**
   * What a dynamic loader runs.
   *
   * @param path as the loader was told; without a slash it is looked for among libraries
   * @param arguments what the program gets, its own name first
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Loaded(byte[] path, List<byte[]> arguments) {}

  /** Sees no dynamic loader anywhere. */
  LoaderReader NONE = (_, _) -> null;

  /**
   * Reads a command line.
   *
   * @param executable the file that is executed
   * @param arguments its arguments, its own name first
   * @return null if it is no dynamic loader, or one that runs nothing
   */
  @Nullable Loaded read(byte[] executable, List<byte[]> arguments);
}
