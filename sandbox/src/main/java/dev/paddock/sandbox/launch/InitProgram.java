package dev.paddock.sandbox.launch;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.MemFd;
import dev.paddock.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The init program as something that can be executed: a sealed file in memory, so that nobody, the
 * target least of all, can change the program that fences it in. One for the life of this JVM.
 */
public final class InitProgram {
  private static @Nullable Fd program;

  private InitProgram() {}

  /** A path under which a child of this process can execute init. */
  public static synchronized byte[] path() throws SandboxException {
    Fd made = program;
    if (made == null) {
      made = load();
      program = made;
    }
    return ("/proc/self/fd/" + made.number()).getBytes(StandardCharsets.US_ASCII);
  }

  private static Fd load() throws SandboxException {
    String name = "paddock-init-" + Arch.current().machine();
    try (InputStream resource = InitProgram.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new SandboxException(
            SandboxException.FAILED, "this build of Paddock carries no " + name);
      }
      return MemFd.sealedProgram("paddock-init", resource.readAllBytes());
    } catch (KernelException e) {
      String remedy = e.is(Errno.EACCES) ? "; set the sysctl vm.memfd_noexec to 0 or 1" : "";
      throw new SandboxException(
          SandboxException.FAILED, "cannot make init executable: " + e.getMessage() + remedy, e);
    } catch (IOException e) {
      throw new SandboxException(
          SandboxException.FAILED, "cannot read " + name + ": " + e.getMessage(), e);
    }
  }
}
