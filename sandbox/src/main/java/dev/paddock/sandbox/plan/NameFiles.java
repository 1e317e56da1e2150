package dev.paddock.sandbox.plan;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Uname;
import dev.paddock.policy.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files by which programs look names up, as they are in a network of the target's own:
 * resolv.conf(5), hosts(5), nsswitch.conf(5).
 */
final class NameFiles {
  private static final ByteString SERVERS = ByteString.of("/etc/resolv.conf");
  private static final ByteString HOSTS = ByteString.of("/etc/hosts");
  private static final ByteString SOURCES = ByteString.of("/etc/nsswitch.conf");
  private static final String SOURCE = "hosts:";
  private static final int MOST = 1 << 16;
  private static final String RESOLVER =
      """
      # Answered by Paddock: names that are granted, and no others.
      nameserver 127.0.0.53
      """;
  private static final String LOCAL =
      """
      127.0.0.1 localhost
      ::1 localhost ip6-localhost ip6-loopback
      """;

  private NameFiles() {}

  /** Each file's text, by its path without symbolic links; none that the root does not have. */
  static Map<ByteString, ByteString> of(PlanDraft draft) {
    Map<ByteString, ByteString> files = new LinkedHashMap<>();
    if (draft.waysOut) {
      add(draft, files, SERVERS, RESOLVER);
      add(draft, files, HOSTS, LOCAL + "127.0.1.1 " + node() + "\n" + loopback(read(draft, HOSTS)));
    }
    String sources = read(draft, SOURCES);
    if (sources != null) {
      // Where no server can be asked, a name is unknown at once: EAI_NONAME. A server that is not
      // reached would be a trouble that may pass, EAI_AGAIN, and be tried again.
      add(draft, files, SOURCES, ownSource(sources, draft.waysOut ? " files dns" : " files"));
    }
    return files;
  }

  private static void add(
      PlanDraft draft, Map<ByteString, ByteString> files, ByteString path, String text) {
    ByteString real = draft.real(path);
    if (real != null) {
      files.put(real, ByteString.of(text.getBytes(StandardCharsets.ISO_8859_1)));
    }
  }

  private static String ownSource(String sources, String own) {
    StringBuilder text = new StringBuilder();
    for (String line : sources.strip().split("\n", -1)) {
      text.append(line.strip().startsWith(SOURCE) ? SOURCE + own : line).append('\n');
    }
    return text.toString();
  }

  /** What the host's file calls by itself: names of servers that may as well be the run's own. */
  private static String loopback(@Nullable String hosts) {
    StringBuilder own = new StringBuilder();
    if (hosts != null) {
      for (String line : hosts.lines().toList()) {
        String address = line.strip();
        if (address.startsWith("127.") || address.matches("::1\\s.*")) {
          own.append(address).append('\n');
        }
      }
    }
    return own.toString();
  }

  private static String node() {
    try {
      return Uname.read().node();
    } catch (KernelException e) {
      throw new IllegalStateException(e); // It only copies.
    }
  }

  private static @Nullable String read(PlanDraft draft, ByteString path) {
    ByteString real = draft.real(path);
    if (real == null) {
      return null; // The C library's own order, which asks the name server first.
    }
    try {
      byte[] text = Paths.readAll(draft.root.source(real).toBytes(), MOST);
      return new String(text, StandardCharsets.ISO_8859_1);
    } catch (KernelException e) {
      return null; // It stays as it is, and what it adds to the name server leads nowhere.
    }
  }
}
