package dev.paddock.cli;

import java.util.List;
import picocli.CommandLine;

/** {@code paddock help}, {@code completion} and {@code manual}: what picocli's model is for. */
final class HelpCommand {
  private HelpCommand() {}

  /** {@code paddock help [COMMAND]}. */
  static int help(Context context, List<byte[]> operands) throws UsageException, OutputException {
    return usage(context, operands.isEmpty() ? "" : verb(Verb.HELP, operands).word());
  }

  /** The help of a command, or of the program if the name is empty. */
  static int usage(Context context, String command) throws OutputException {
    Output output = new Output(context);
    boolean coloured = output.style().coloured();
    CommandLine program = HelpModel.program();
    String usage = HelpModel.usage(program, command, context.console().columns(), coloured);
    output.print(usage.stripTrailing());
    output.flush();
    return 0;
  }

  /** {@code paddock completion [bash|zsh]}: one script serves both shells. */
  static int completion(Context context, List<byte[]> operands)
      throws UsageException, OutputException {
    if (!operands.isEmpty()) {
      String shell = Text.show(operands.getFirst());
      if (operands.size() > 1 || (!shell.equals("bash") && !shell.equals("zsh"))) {
        throw new UsageException("paddock completion knows bash and zsh, not " + shell);
      }
    }
    Output output = new Output(context);
    output.print(Documents.completion());
    output.flush();
    return 0;
  }

  /** {@code paddock manual [COMMAND]}. */
  static int manual(Context context, List<byte[]> operands) throws UsageException, OutputException {
    Output output = new Output(context);
    output.print(
        operands.isEmpty()
            ? Manual.program(context.version()).stripTrailing()
            : Manual.command(verb(Verb.MANUAL, operands), context.version()).stripTrailing());
    output.flush();
    return 0;
  }

  private static Verb verb(Verb of, List<byte[]> operands) throws UsageException {
    if (operands.size() > 1) {
      throw new UsageException("paddock " + of.word() + " takes one command");
    }
    return Paddock.verb(operands.getFirst());
  }
}
