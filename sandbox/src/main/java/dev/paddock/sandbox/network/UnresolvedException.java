package dev.paddock.sandbox.network;

import dev.paddock.linux.Errno;
import dev.paddock.linux.KernelException;

/**
 * A call names a host by the address that stands for it, and the host has to be looked up first.
 */
final class UnresolvedException extends KernelException {
  private static final long serialVersionUID = 1L;
  private final String name;

  UnresolvedException(String name) {
    super(Errno.of(Errno.EAGAIN), "connect", name);
    this.name = name;
  }

  /** The host's name. */
  String host() {
    return name;
  }
}
