package dev.paddock.sandbox.network;

import dev.paddock.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * What became of the address that a call names.
 *
 * @param errno 0 if it may be reached, else what the caller is told
 * @param address what the call is made with: a {@code struct sockaddr}
 * @param pinned what the address leads through, to be kept open until the call was made
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record Destination(int errno, byte[] address, @Nullable Fd pinned) implements AutoCloseable {

  static Destination allowed(byte[] address) {
    return new Destination(0, address, null);
  }

  static Destination refused(int errno) {
    return new Destination(errno, new byte[0], null);
  }

  boolean isAllowed() {
    return errno == 0;
  }

  @Override
  public void close() {
    if (pinned != null) {
      pinned.close();
    }
  }
}
