package dev.paddock.cli;

import dev.paddock.linux.Arch;
import dev.paddock.linux.bpf.Disassembler;
import dev.paddock.policy.PolicyException;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.Plan;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.PlanLine;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.SystemCallRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code paddock explain}: what enforces each line of a policy here, and what stays open. */
final class ExplainCommand {
  private static final int LONGEST_RULE = 200;

  private final Context context;
  private final Arguments arguments;
  private final Output output;
  private final Style style;
  private final int columns;

  private ExplainCommand(Context context, Arguments arguments) {
    this.context = context;
    this.arguments = arguments;
    this.output = new Output(context);
    this.style = output.style();
    this.columns = context.console().columns();
  }

  static int run(Context context, Arguments arguments)
      throws UsageException, OutputException, PolicyException, PlanException {
    return new ExplainCommand(context, arguments).run();
  }

  private int run() throws UsageException, OutputException, PolicyException, PlanException {
    Plan plan = PolicyChoice.of(context, arguments).plan(Host.probe());
    List<Answer> answers = answers(plan);
    if (arguments.has(Flag.BPF)) {
      for (String line : Disassembler.listing(plan.filter(), Arch.current())) {
        output.print(Text.line(line));
      }
    } else if (arguments.has(Flag.JSON)) {
      output.print(json(plan, answers));
    } else {
      if (!arguments.has(Flag.WHY)) {
        lines(plan);
        list("Not protected on this host:", plan.unprotected());
        list("Opened by this policy beyond the usual:", plan.weakenings());
        list("Written, and without effect:", plan.unreachable());
      }
      for (Answer answer : answers) {
        String line = answer.line();
        output.print(answer.allowed() ? style.good(line) : style.bad(line));
      }
    }
    output.flush();
    return 0;
  }

  /** What was asked with {@code --why}, else about the command's name and the paths it is given. */
  private List<Answer> answers(Plan plan) throws UsageException {
    Why why = new Why(context, plan);
    List<Answer> answers = new ArrayList<>();
    for (byte[] question : arguments.values(Flag.WHY)) {
      answers.add(why.answer(question));
    }
    List<byte[]> command = arguments.operands();
    if (!command.isEmpty()) {
      answers.add(why.command(command));
      for (byte[] argument : command.subList(1, command.size())) {
        why.argument(argument).ifPresent(answers::add);
      }
    }
    return answers;
  }

  /** Each line of the policy, under what enforces it: most lines share a few mechanisms. */
  private void lines(Plan plan) {
    Map<String, List<PlanLine>> byMechanism = new LinkedHashMap<>();
    int absent = 0;
    for (PlanLine line : plan.lines()) {
      if (line.isAbsent()) {
        absent++;
        continue;
      }
      byMechanism.computeIfAbsent(mechanism(line), _ -> new ArrayList<>()).add(line);
    }
    for (Map.Entry<String, List<PlanLine>> group : byMechanism.entrySet()) {
      boolean observed = group.getValue().getFirst().strength() == Strength.OBSERVED;
      for (String text : Table.wrap("", Text.line(group.getKey()), 4, columns)) {
        output.print(observed ? style.warn(text) : style.strong(text));
      }
      Table table = new Table(columns);
      for (PlanLine line : group.getValue()) {
        String note = line.note().isEmpty() ? "" : "; " + line.note();
        table.row("  " + shortened(Text.line(line.rule())), Text.line(line.origin() + note));
      }
      output.print(table);
    }
    if (absent > 0) {
      String text = absent + " lines are about paths that do not exist here; --json has them";
      for (String part : Table.wrap("", text, 4, columns)) {
        output.print(part);
      }
    }
    for (String text : Table.wrap("", calls(plan), 4, columns)) {
      output.print(style.strong(text));
    }
  }

  /** A long rule would leave no room for what is said about it; policy show has all of it. */
  private static String shortened(String rule) {
    return rule.length() <= LONGEST_RULE ? rule : rule.substring(0, LONGEST_RULE - 1) + "…";
  }

  /** The filter is part of every plan, so it is no line of the policy. */
  private static String calls(Plan plan) {
    int named = 0;
    int refused = 0;
    for (SystemCallRule rule : plan.systemCalls()) {
      named++;
      refused += rule.effect().startsWith("allow") ? 0 : 1;
    }
    return "kernel: system call filter (BPF); traps nothing; cost: under 0.1 µs a call; "
        + (named - refused)
        + " calls are let through, "
        + refused
        + " are judged by their arguments or refused by name, all others do not exist (ENOSYS)";
  }

  private static String mechanism(PlanLine line) {
    return line.strength().label()
        + ": "
        + line.mechanism()
        + "; traps "
        + (line.traps().isEmpty() ? "nothing" : line.traps())
        + "; cost: "
        + (line.cost().isEmpty() ? "none" : line.cost());
  }

  private void list(String title, List<String> facts) {
    if (facts.isEmpty()) {
      return;
    }
    output.print("");
    output.print(style.strong(title));
    for (String fact : facts) {
      for (String line : Table.wrap("  - ", Text.line(fact), 4, columns)) {
        output.print(line);
      }
    }
    output.print("");
  }

  private static String json(Plan plan, List<Answer> answers) {
    Json json = new Json().object().name("lines").array();
    for (PlanLine line : plan.lines()) {
      json.object()
          .name("rule")
          .value(line.rule())
          .name("origin")
          .value(line.origin().toString())
          .name("class")
          .value(line.strength().label())
          .name("mechanism")
          .value(line.mechanism())
          .name("traps")
          .value(line.traps())
          .name("cost")
          .value(line.cost())
          .name("note")
          .value(line.note())
          .endObject();
    }
    json.endArray().name("unprotected").values(plan.unprotected());
    json.name("weakenings").values(plan.weakenings()).name("system_calls").array();
    for (SystemCallRule rule : plan.systemCalls()) {
      json.object()
          .name("call")
          .value(rule.call())
          .name("effect")
          .value(rule.effect())
          .name("reason")
          .value(rule.reason())
          .endObject();
    }
    json.endArray().name("answers").array();
    for (Answer answer : answers) {
      json.object()
          .name("subject")
          .value(answer.subject())
          .name("allowed")
          .value(answer.allowed())
          .name("what")
          .value(answer.what())
          .name("decided_by")
          .value(answer.decidedBy())
          .endObject();
    }
    return json.endArray().endObject().toString();
  }
}
