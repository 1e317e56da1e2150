package dev.paddock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses of a host, looked up as every program of this host does it: hosts(5),
 * nsswitch.conf(5), resolv.conf(5), each as it is at the moment; getaddrinfo(3).
 */
public final class HostLookup {
  private static final MemorySegment GETADDRINFO = Kernel.symbol("getaddrinfo");
  private static final MemorySegment FREEADDRINFO = Kernel.symbol("freeaddrinfo");

  // netdb.h: struct addrinfo
  private static final int ADDRINFO = 48;
  private static final int AI_SOCKTYPE = 8;
  private static final int AI_ADDRLEN = 16;
  private static final int AI_ADDR = 24;
  private static final int AI_NEXT = 40;
  private static final int EAI_NONAME = -2;
  private static final int EAI_NODATA = -5;
  private static final int MOST = 64;

  private HostLookup() {}

  /**
   * What a look-up has found.
   *
   * @param addresses of 4 or 16 bytes in network order, in the order in which they are best tried
   *     (RFC 6724); at most 64
   * @param exists false if there is no such host. True with no addresses: that could not be found
   *     out now
   */
  public record Result(List<byte[]> addresses, boolean exists) {
    /** Copies the list. */
    public Result {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Looks a host up; waits for as long as that takes, tens of seconds at worst.
   *
   * @param name without a NUL
   */
  public static Result addresses(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment hints = arena.allocate(ADDRINFO, 8);
      hints.set(
          ValueLayout.JAVA_INT, AI_SOCKTYPE, Constants.SOCK_STREAM); // Else each comes thrice.
      MemorySegment result = arena.allocate(8, 8);
      MemorySegment host = arena.allocateFrom(name, StandardCharsets.US_ASCII);
      int failed =
          (int)
              Kernel.function(
                  GETADDRINFO, host.address(), 0, hints.address(), result.address(), 0, 0, 0);
      if (failed != 0) {
        return new Result(List.of(), failed != EAI_NONAME && failed != EAI_NODATA);
      }
      long first = result.get(ValueLayout.JAVA_LONG, 0);
      List<byte[]> addresses = read(first);
      long _ = Kernel.function(FREEADDRINFO, first, 0, 0, 0, 0, 0, 0);
      return new Result(addresses, true);
    }
  }

  private static List<byte[]> read(long first) {
    List<byte[]> addresses = new ArrayList<>();
    for (long at = first; at != 0 && addresses.size() < MOST; ) {
      MemorySegment entry = Kernel.foreign(at, ADDRINFO);
      int length = entry.get(ValueLayout.JAVA_INT, AI_ADDRLEN);
      MemorySegment raw = Kernel.foreign(entry.get(ValueLayout.JAVA_LONG, AI_ADDR), length);
      byte[] bytes = raw.toArray(ValueLayout.JAVA_BYTE);
      byte[] address = SocketAddress.decode(bytes, length).internetAddress();
      if (address.length > 0) {
        addresses.add(address);
      }
      at = entry.get(ValueLayout.JAVA_LONG, AI_NEXT);
    }
    return addresses;
  }
}
