package dev.paddock.sandbox.launch;

import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;

/** Feeds bytes into the target's standard input, as fast as the target reads. */
final class InputSource implements AutoCloseable {
  private final Fd end;
  private final byte[] content;
  private int written;

  /** Feeds into the writing end of a pipe, which becomes non-blocking and is owned. */
  InputSource(Fd end, byte[] content) throws KernelException {
    end.nonBlocking();
    this.end = end;
    this.content = content;
    if (content.length == 0) {
      end.close();
    }
  }

  Fd fd() {
    return end;
  }

  boolean isEnded() {
    return end.isClosed();
  }

  /** Writes what fits now. */
  void feed() throws KernelException {
    try {
      while (written < content.length) {
        written += end.write(content, written, content.length - written);
      }
      end.close();
    } catch (KernelException e) {
      if (e.is(Errno.EPIPE)) {
        end.close(); // The target reads no further: what is left is nobody's.
      } else if (!e.is(Errno.EAGAIN)) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    end.close();
  }
}
