package dev.paddock.cli;

import dev.paddock.policy.PolicyException;
import dev.paddock.sandbox.Feature;
import dev.paddock.sandbox.Host;
import dev.paddock.sandbox.PlanException;
import java.util.List;

/** {@code paddock check}: what this host can enforce. */
final class CheckCommand {
  /** If {@code paddock run} would refuse here. */
  private static final int WOULD_REFUSE = 1;

  private CheckCommand() {}

  static int run(Context context, Arguments arguments)
      throws UsageException, OutputException, PolicyException {
    if (!arguments.operands().isEmpty()) {
      throw new UsageException(
          "paddock check takes no operands, but "
              + Text.show(arguments.operands().getFirst())
              + " follows");
    }
    Host host = Host.probe();
    List<Feature> features = host.inventory();
    List<String> refusals = refusals(context, arguments, host);
    Output output = new Output(context);
    if (arguments.has(Flag.JSON)) {
      output.print(json(host, refusals));
    } else {
      output.print(Text.line(host.kernel()));
      table(context, output, features, refusals);
    }
    output.flush();
    return refusals.isEmpty() ? 0 : WOULD_REFUSE;
  }

  /** Why a plain run would not start: what the built-in base needs and this host lacks. */
  private static List<String> refusals(Context context, Arguments arguments, Host host)
      throws UsageException, PolicyException {
    try {
      var _ = PolicyChoice.of(context, arguments).plan(host);
      return List.of();
    } catch (PlanException e) {
      return e.problems();
    }
  }

  private static void table(
      Context context, Output output, List<Feature> features, List<String> refusals) {
    Style style = output.style();
    Table table = new Table(context.console().columns());
    for (Feature feature : features) {
      String detail = feature.purpose() + "; " + feature.detail();
      if (!feature.available() && !feature.remedy().isEmpty()) {
        detail += "; remedy: " + feature.remedy();
      }
      table.row(word(feature), Text.line(feature.name()), Text.line(detail));
    }
    List<List<String>> lines = table.lines();
    for (int index = 0; index < features.size(); index++) {
      Feature feature = features.get(index);
      for (String line : lines.get(index)) {
        output.print(
            feature.available() ? line : feature.required() ? style.bad(line) : style.warn(line));
      }
    }
    output.print("");
    if (refusals.isEmpty()) {
      output.print(style.good("paddock run works on this host."));
    } else {
      output.print(style.bad("paddock run would refuse on this host:"));
      for (String refusal : refusals) {
        output.print("  " + Text.line(refusal));
      }
    }
  }

  private static String word(Feature feature) {
    return feature.available() ? "yes" : feature.required() ? "MISSING" : "no";
  }

  private static String json(Host host, List<String> refusals) {
    Json json = new Json().object().name("kernel").value(host.kernel());
    json.name("runs").value(refusals.isEmpty());
    json.name("refusals").values(refusals).name("features").array();
    for (Feature feature : host.inventory()) {
      json.object()
          .name("name")
          .value(feature.name())
          .name("available")
          .value(feature.available())
          .name("required")
          .value(feature.required())
          .name("purpose")
          .value(feature.purpose())
          .name("detail")
          .value(feature.detail())
          .name("remedy")
          .value(feature.remedy())
          .endObject();
    }
    return json.endArray().endObject().toString();
  }
}
