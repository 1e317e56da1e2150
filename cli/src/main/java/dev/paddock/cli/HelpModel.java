package dev.paddock.cli;

import dev.paddock.policy.BuiltIns;
import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The table of flags as picocli's model, built without annotations or reflection: for the help, the
 * completion script and the manual. The start path of {@code run} never comes here.
 */
final class HelpModel {
  /** What the statuses mean, for help and manual. */
  private static final String[][] STATUSES = {
    {"0-255", "the command's own exit status"},
    {"128+n", "signal n ended the command; 130 after Ctrl-C"},
    {"124", "the time limit (-t) passed"},
    {"125", "Paddock failed, or the command line or the policy is wrong; nothing was run"},
    {"126", "the command was found, but may not or cannot be executed"},
    {"127", "the command was not found"}
  };

  /** What a value is called that names a file. */
  private static final Set<String> PATHS = Set.of("PATH", "DIR", "FILE");

  private static final int NARROWEST = 60;
  private static final int WIDEST = 100;

  private HelpModel() {}

  /** The whole program, each command with its flags. */
  static CommandLine program() {
    CommandSpec root = named("paddock");
    root.usageMessage()
        .customSynopsis("paddock COMMAND [FLAGS] ...")
        .description(
            "",
            "Runs programs that you do not trust, so that they and all they start can touch only"
                + " what you grant. No root, no containers; the kernel enforces it.",
            "")
        .commandListHeading("Commands:%n")
        .footer(
            "",
            "Examples:",
            "  paddock run -- ls /usr                 reads what base grants, nothing else",
            "  paddock run -r . -w out -- make        may read here, and change out",
            "  paddock run -p build -- make -j2       a built-in policy",
            "  paddock explain -p build               what enforces each of its lines",
            "  paddock check                          what this host can enforce",
            "",
            "paddock help COMMAND says more about one of them.");
    root.addOption(help());
    root.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .arity("0")
            .type(boolean.class)
            .description("Print the version.")
            .build());
    for (Verb verb : Verb.values()) {
      root.addSubcommand(verb.word(), command(verb));
    }
    return new CommandLine(root);
  }

  /** One command with its flags, its operands collected as they stand. */
  static CommandSpec command(Verb verb) {
    CommandSpec spec = named(verb.word());
    spec.parser().stopAtPositional(true).expandAtFiles(false).trimQuotes(false);
    String operands = verb.operands().isEmpty() ? "" : " " + verb.operands();
    spec.usageMessage()
        .customSynopsis("paddock " + verb.word() + " [FLAGS]" + operands)
        .description(verb.summary());
    int order = 0;
    for (Flag.Section section : Flag.Section.values()) {
      ArgGroupSpec.Builder group =
          ArgGroupSpec.builder()
              .validate(false)
              .exclusive(false)
              .multiplicity("0..1")
              .order(order++)
              .heading("%n" + section.title() + ":%n");
      boolean any = false;
      for (Flag flag : Flag.values()) {
        if (flag.section() == section && verb.knows(flag)) {
          OptionSpec option = option(flag);
          if (option.hidden()) {
            spec.addOption(option);
          } else {
            group.addArg(option);
            any = true;
          }
        }
      }
      if (any) {
        spec.addArgGroup(group.build());
      }
    }
    if (!verb.operands().isEmpty()) {
      spec.addPositional(
          PositionalParamSpec.builder()
              .index("0..*")
              .arity("0..*")
              .type(File[].class)
              .paramLabel(verb.operands())
              .hidden(true)
              .build());
    }
    if (verb == Verb.POLICY) {
      policyWords(spec);
    }
    if (verb == Verb.RUN) {
      spec.usageMessage().exitCodeListHeading("%nExit status:%n").exitCodeList(statuses());
    }
    if (verb.knows(Flag.MAX_MEMORY)) {
      List<String> footer = new ArrayList<>();
      footer.add("");
      footer.add(Flag.Section.REFUSED.title() + ":");
      footer.addAll(Table.wrap("  ", refused(), 2, NARROWEST));
      spec.usageMessage().footer(footer.toArray(String[]::new));
    }
    return spec;
  }

  /** The help of one of the program's commands, or of the program if the name is none. */
  static String usage(CommandLine program, String command, int columns, boolean coloured) {
    CommandLine chosen = program.getSubcommands().getOrDefault(command, program);
    CommandLine.Help.Ansi ansi = coloured ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF;
    chosen.setUsageHelpWidth(Math.max(NARROWEST, Math.min(WIDEST, columns)));
    chosen.setUsageHelpLongOptionsMaxWidth(30);
    return chosen.getUsageMessage(ansi);
  }

  /** What the exit statuses mean, in their order. */
  static Map<String, String> statuses() {
    Map<String, String> statuses = new LinkedHashMap<>();
    for (String[] status : STATUSES) {
      statuses.put(status[0], status[1]);
    }
    return statuses;
  }

  /** The names of the flags that are known and refused. */
  static String refused() {
    StringBuilder names = new StringBuilder();
    for (Flag flag : Flag.values()) {
      if (!flag.served()) {
        names.append(names.isEmpty() ? "" : " ").append(flag.shown());
      }
    }
    return names.toString();
  }

  /** The words of {@code paddock policy}, for completion and help. */
  private static void policyWords(CommandSpec spec) {
    spec.addSubcommand("list", word("list", "Print the built-in policies."));
    spec.addSubcommand("show", word("show", "Print a policy, with all that it extends."));
    spec.addSubcommand("validate", word("validate", "Say what is wrong with policy files."));
  }

  private static CommandSpec word(String word, String description) {
    CommandSpec spec = named(word);
    spec.usageMessage().description(description);
    return spec;
  }

  private static CommandSpec named(String name) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.interpolateVariables(false);
    spec.usageMessage().sortOptions(false);
    return spec;
  }

  private static OptionSpec help() {
    return OptionSpec.builder("-h", "--help")
        .usageHelp(true)
        .arity("0")
        .type(boolean.class)
        .description("Print this help.")
        .build();
  }

  private static OptionSpec option(Flag flag) {
    if (flag == Flag.HELP) {
      return help();
    }
    String[] names = new String[flag.names().size() + (flag.letter() == 0 ? 0 : 1)];
    int at = 0;
    if (flag.letter() != 0) {
      names[at++] = "-" + flag.letter();
    }
    for (String name : flag.names()) {
      names[at++] = "--" + name;
    }
    OptionSpec.Builder option =
        OptionSpec.builder(names)
            .hidden(!flag.served())
            .required(false)
            .description(flag.text().replace("%", "%%"));
    if (flag.label() == null) {
      option.arity("0").type(boolean.class);
    } else {
      // The type is for the completion script: it completes files where it says File.
      boolean path = PATHS.contains(flag.label());
      Class<?> type = path ? File.class : String.class;
      option.arity("1").paramLabel(flag.label()).type(flag.repeatable() ? type.arrayType() : type);
      if (flag == Flag.POLICY) {
        option.completionCandidates(BuiltIns.names());
      }
    }
    return option.build();
  }
}
