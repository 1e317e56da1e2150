package dev.paddock.cli;

import dev.paddock.policy.BuiltIns;
import dev.paddock.policy.EndpointGroups;
import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyPrinter;
import dev.paddock.policy.PolicyProblem;
import dev.paddock.policy.UnreachableRules;
import dev.paddock.sandbox.SandboxException;
import java.util.List;

/** {@code paddock policy list|show|validate}. */
final class PolicyCommand {
  private PolicyCommand() {}

  static int run(Context context, Arguments arguments)
      throws UsageException, OutputException, PolicyException {
    List<byte[]> operands = arguments.operands();
    if (operands.isEmpty()) {
      throw new UsageException("paddock policy needs list, show NAME|FILE or validate FILE");
    }
    String word = Text.show(operands.getFirst());
    List<byte[]> rest = operands.subList(1, operands.size());
    Output output = new Output(context);
    int status =
        switch (word) {
          case "list" -> list(output, context, rest);
          case "show" -> show(output, context, rest);
          case "validate" -> validate(output, context, rest);
          default ->
              throw new UsageException("paddock policy knows list, show and validate, not " + word);
        };
    output.flush();
    return status;
  }

  private static int list(Output output, Context context, List<byte[]> rest) throws UsageException {
    if (!rest.isEmpty()) {
      throw new UsageException("paddock policy list takes no operands");
    }
    Table table = new Table(context.console().columns());
    for (String name : BuiltIns.names()) {
      table.row(name, BuiltIns.get(name).description().orElse(""));
    }
    table.row(PolicyChoice.NONE, "Nothing granted at all: start from it with -p none and flags.");
    EndpointGroups.builtIn()
        .forEach(
            (name, group) -> table.row("@" + name, "--net-allow @" + name + ": a group of hosts."));
    output.print(table);
    return 0;
  }

  private static int show(Output output, Context context, List<byte[]> rest)
      throws UsageException, PolicyException {
    if (rest.size() != 1) {
      throw new UsageException("paddock policy show needs one NAME or FILE");
    }
    String name = Text.show(rest.getFirst());
    if (name.startsWith("@")) {
      return showGroup(output, name);
    }
    Policy policy = PolicyChoice.named(context, Flag.POLICY, rest.getFirst());
    output.print(PolicyPrinter.print(policy).stripTrailing());
    return 0;
  }

  private static int showGroup(Output output, String name) throws UsageException {
    EndpointGroups.Group group = EndpointGroups.builtIn().get(name.substring(1));
    if (group == null) {
      throw new UsageException("there is no group " + name + "; paddock policy list names them");
    }
    output.print("# " + group.source());
    group.endpoints().forEach(output::print);
    return 0;
  }

  private static int validate(Output output, Context context, List<byte[]> rest)
      throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException("paddock policy validate needs a FILE");
    }
    int status = 0;
    for (byte[] file : rest) {
      try {
        Policy policy = PolicyChoice.read(context, Flag.PROFILE_FILE, file);
        output.print(Text.show(file) + ": well-formed");
        for (PolicyProblem line : UnreachableRules.of(policy)) {
          output.say("warning: " + line);
        }
      } catch (PolicyException e) {
        for (PolicyProblem problem : e.problems()) {
          output.error(problem.toString());
        }
        status = SandboxException.FAILED;
      }
    }
    return status;
  }
}
