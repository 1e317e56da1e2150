package dev.paddock.sandbox.run;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.LoaderCommand;
import dev.paddock.sandbox.process.LoaderReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Knows a dynamic loader by its file's name, and its command line from ld.so(8). */
final class PolicyLoaderReader implements LoaderReader {
  @Override
  public @Nullable Loaded read(byte[] executable, List<byte[]> arguments) {
    if (!LoaderCommand.isLoader(ByteString.of(executable))) {
      return null;
    }
    List<ByteString> strings = new ArrayList<>(arguments.size());
    for (byte[] argument : arguments) {
      strings.add(ByteString.of(argument));
    }
    LoaderCommand command = LoaderCommand.of(strings);
    if (command == null) {
      return null;
    }
    List<byte[]> programs = new ArrayList<>(command.arguments().size());
    for (ByteString argument : command.arguments()) {
      programs.add(argument.toBytes());
    }
    return new Loaded(command.program().toBytes(), programs);
  }
}
