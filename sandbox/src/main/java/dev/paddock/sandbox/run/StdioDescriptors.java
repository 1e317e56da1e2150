package dev.paddock.sandbox.run;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.Pipe;
import dev.paddock.sandbox.Command;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.Stdio;
import dev.paddock.sandbox.launch.HandedFiles;
import dev.paddock.sandbox.launch.Launcher;
import dev.paddock.sandbox.launch.Streams;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The descriptors that a command's target begins with, and what of them is the caller's. */
final class StdioDescriptors {
  private static final byte[] NULL_DEVICE = "/dev/null".getBytes(StandardCharsets.US_ASCII);

  private StdioDescriptors() {}

  /** The target's standard input. */
  static Fd input(Stdio stdio, Streams streams, List<Fd> ours)
      throws KernelException, SandboxException {
    return switch (stdio) {
      case Stdio.Inherit _ -> inherited(0);
      case Stdio.Descriptor descriptor -> descriptor.fd();
      case Stdio.Null _ -> nothing(ours);
      case Stdio.Bytes bytes -> {
        Pipe pipe = Pipe.open();
        streams.feed(pipe.writeEnd(), bytes.content());
        yield streams.handOver(pipe.readEnd());
      }
      case Stdio.Pipe _ -> {
        Pipe pipe = Pipe.open();
        streams.pipeInput(pipe.writeEnd());
        yield streams.handOver(pipe.readEnd());
      }
      case Stdio.Capture _ -> throw new IllegalArgumentException("input cannot be captured");
    };
  }

  /** An output of the target. */
  static Fd output(Stdio stdio, int number, Streams streams, List<Fd> ours)
      throws KernelException, SandboxException {
    return switch (stdio) {
      case Stdio.Inherit _ -> inherited(number);
      case Stdio.Descriptor descriptor -> descriptor.fd();
      case Stdio.Null _ -> nothing(ours);
      case Stdio.Capture _ -> {
        Pipe pipe = Pipe.open();
        streams.collect(number == 2, pipe.readEnd());
        yield streams.handOver(pipe.writeEnd());
      }
      case Stdio.Pipe _ -> {
        Pipe pipe = Pipe.open();
        streams.pipeOutput(number == 2, pipe.readEnd());
        yield streams.handOver(pipe.writeEnd());
      }
      case Stdio.Bytes _ -> throw new IllegalArgumentException("output takes no bytes");
    };
  }

  private static Fd inherited(int number) throws SandboxException {
    if (!Fd.borrowed(number).isOpen()) {
      throw new SandboxException(
          SandboxException.FAILED,
          "descriptor " + number + " is closed, so it cannot be inherited");
    }
    return Fd.borrowed(number);
  }

  private static Fd nothing(List<Fd> ours) throws KernelException {
    Fd fd = Paths.open(NULL_DEVICE, Paths.O_RDWR, 0);
    ours.add(fd);
    return fd;
  }

  /** What leads out of this library's own hands, which hold pipes and /dev/null. */
  static HandedFiles handed(Command command, List<Launcher.Descriptor> descriptors)
      throws KernelException {
    HandedFiles handed = new HandedFiles();
    for (Launcher.Descriptor descriptor : descriptors) {
      Stdio stdio =
          switch (descriptor.number()) {
            case 0 -> command.stdin();
            case 1 -> command.stdout();
            case 2 -> command.stderr();
            default -> Stdio.descriptor(descriptor.source());
          };
      if (stdio instanceof Stdio.Inherit || stdio instanceof Stdio.Descriptor) {
        handed.add(descriptor.source());
      }
    }
    return handed;
  }
}
