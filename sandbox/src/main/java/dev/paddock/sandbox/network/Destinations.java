package dev.paddock.sandbox.network;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Socket;
import dev.paddock.linux.SocketAddress;

/** Judges where the sockets of one family may lead. */
interface Destinations {
  /**
   * Judges an address. What it refuses it has reported.
   *
   * @param thread the caller
   * @param call the system call's name
   * @param socket what the address is for
   * @param address what {@code raw} says
   * @param raw a copy of the caller's {@code struct sockaddr}
   * @return what the call is to be made with, or what the caller is told
   * @throws KernelException what the kernel would tell the caller
   */
  Destination judge(int thread, String call, Socket socket, SocketAddress address, byte[] raw)
      throws KernelException;
}
