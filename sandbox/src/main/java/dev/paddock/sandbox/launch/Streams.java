package dev.paddock.sandbox.launch;

import dev.paddock.linux.Fd;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Our ends of the target's standard streams, and the target's ends until they are handed over.
 * Whoever makes one must close it; {@link Run} takes it over once it is started.
 */
public final class Streams implements AutoCloseable {
  private final List<Fd> handedOver = new ArrayList<>();
  private @Nullable InputSource input;
  private @Nullable OutputSink output;
  private @Nullable OutputSink error;
  private @Nullable OutputStream inputPipe;
  private @Nullable InputStream outputPipe;
  private @Nullable InputStream errorPipe;

  /** No streams yet. */
  public Streams() {}

  /** Remembers an end that is the target's, to be closed here once the target has it. */
  public Fd handOver(Fd fd) {
    handedOver.add(fd);
    return fd;
  }

  /** Feeds these bytes into the writing end of the target's standard input. */
  public void feed(Fd end, byte[] content) throws dev.paddock.linux.KernelException {
    input = new InputSource(end, content);
  }

  /** Collects standard output, or standard error, from the reading end. */
  public void collect(boolean standardError, Fd end) throws dev.paddock.linux.KernelException {
    OutputSink sink = new OutputSink(end);
    if (standardError) {
      error = sink;
    } else {
      output = sink;
    }
  }

  /** Gives the writing end of standard input to the caller as a stream. */
  public void pipeInput(Fd end) {
    inputPipe = end.outputStream();
  }

  /** Gives the reading end of standard output, or standard error, to the caller as a stream. */
  public void pipeOutput(boolean standardError, Fd end) {
    if (standardError) {
      errorPipe = end.inputStream();
    } else {
      outputPipe = end.inputStream();
    }
  }

  @Nullable InputSource input() {
    return input;
  }

  @Nullable OutputSink output() {
    return output;
  }

  @Nullable OutputSink error() {
    return error;
  }

  OutputStream inputPipe() {
    return piped(inputPipe, "input");
  }

  InputStream outputPipe() {
    return piped(outputPipe, "output");
  }

  InputStream errorPipe() {
    return piped(errorPipe, "error");
  }

  private static <T> T piped(@Nullable T pipe, String name) {
    if (pipe == null) {
      throw new IllegalStateException("standard " + name + " was not asked to be a pipe");
    }
    return pipe;
  }

  boolean hasPumps() {
    return input != null || output != null || error != null;
  }

  void closeHandedOver() {
    for (Fd fd : handedOver) {
      fd.close();
    }
  }

  @Override
  public void close() {
    closeHandedOver();
    if (input != null) {
      input.close();
    }
    if (output != null) {
      output.close();
    }
    if (error != null) {
      error.close();
    }
    try {
      if (inputPipe != null) {
        inputPipe.close();
      }
      if (outputPipe != null) {
        outputPipe.close();
      }
      if (errorPipe != null) {
        errorPipe.close();
      }
    } catch (java.io.IOException impossible) {
      throw new AssertionError("closing a descriptor does not fail", impossible);
    }
  }
}
