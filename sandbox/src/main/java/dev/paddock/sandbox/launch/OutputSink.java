package dev.paddock.sandbox.launch;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import java.io.ByteArrayOutputStream;

/** Collects what the target writes into a pipe, without ever waiting for it. */
final class OutputSink implements AutoCloseable {
  private static final int CHUNK = 65536;

  private final Fd end;
  private final ByteArrayOutputStream collected = new ByteArrayOutputStream();
  private final byte[] chunk = new byte[CHUNK];
  private boolean ended;

  /** Collects from the reading end of a pipe, which becomes non-blocking and is owned. */
  OutputSink(Fd end) throws KernelException {
    end.nonBlocking();
    this.end = end;
  }

  Fd fd() {
    return end;
  }

  boolean isEnded() {
    return ended;
  }

  /** Takes what is there now. */
  void drain() throws KernelException {
    while (!ended) {
      try {
        int count = end.read(chunk, 0, chunk.length);
        if (count == 0) {
          ended = true;
        }
        collected.write(chunk, 0, count);
      } catch (KernelException e) {
        if (e.is(Errno.EAGAIN)) {
          return;
        }
        throw e;
      }
    }
  }

  byte[] bytes() {
    return collected.toByteArray();
  }

  @Override
  public void close() {
    end.close();
  }
}
