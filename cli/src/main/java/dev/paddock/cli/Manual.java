package dev.paddock.cli;

import java.util.Map;

/** Manual pages in the language of man(7), from the same table as everything else. */
final class Manual {
  private final StringBuilder page = new StringBuilder();

  private Manual() {}

  /** The page of the program. */
  static String program(String version) {
    Manual manual = new Manual();
    manual.title("PADDOCK", version);
    manual.heading("NAME");
    manual.text("paddock - run programs that you do not trust, confined by the kernel");
    manual.heading("SYNOPSIS");
    manual.text("paddock COMMAND [FLAGS] ...");
    manual.heading("DESCRIPTION");
    manual.text(
        "Runs programs that you do not trust, so that they and all they start can touch only what"
            + " you grant. No root and no containers are needed; the kernel enforces it.");
    manual.text(
        "Everything Paddock itself says goes to standard error, each line beginning with"
            + " \"paddock:\", and never mixes with the command's output.");
    manual.heading("COMMANDS");
    for (Verb verb : Verb.values()) {
      manual.item(verb.word(), verb.operands(), verb.summary());
    }
    manual.heading("EXIT STATUS");
    manual.statuses();
    manual.heading("SEE ALSO");
    StringBuilder others = new StringBuilder();
    for (Verb verb : Verb.values()) {
      others.append("paddock-").append(verb.word()).append("(1), ");
    }
    manual.text(others + "landlock(7), seccomp(2)");
    return manual.page.toString();
  }

  /** The page of one command. */
  static String command(Verb verb, String version) {
    Manual manual = new Manual();
    manual.title("PADDOCK-" + verb.word().toUpperCase(java.util.Locale.ROOT), version);
    manual.heading("NAME");
    String summary = verb.summary().substring(0, verb.summary().length() - 1);
    manual.text("paddock-" + verb.word() + " - " + summary);
    manual.heading("SYNOPSIS");
    manual.text("paddock " + verb.word() + " [FLAGS] " + verb.operands());
    for (Flag.Section section : Flag.Section.values()) {
      boolean first = true;
      for (Flag flag : Flag.values()) {
        if (flag.section() != section || !verb.knows(flag)) {
          continue;
        }
        if (first) {
          manual.heading(section.title().toUpperCase(java.util.Locale.ROOT));
          first = false;
        }
        manual.item(names(flag), flag.label() == null ? "" : flag.label(), flag.text());
      }
    }
    if (verb == Verb.RUN) {
      manual.heading("EXIT STATUS");
      manual.statuses();
    }
    manual.heading("SEE ALSO");
    manual.text("paddock(1)");
    return manual.page.toString();
  }

  private static String names(Flag flag) {
    StringBuilder names = new StringBuilder();
    if (flag.letter() != 0) {
      names.append('-').append(flag.letter());
    }
    for (String name : flag.names()) {
      names.append(names.isEmpty() ? "" : ", ").append("--").append(name);
    }
    return names.toString();
  }

  private void title(String name, String version) {
    page.append(".TH \"")
        .append(name)
        .append("\" 1 \"\" \"Paddock ")
        .append(escape(version))
        .append("\" \"Paddock\"\n");
  }

  private void heading(String text) {
    page.append(".SH \"").append(escape(text)).append("\"\n");
  }

  private void text(String text) {
    page.append(".PP\n").append(escape(text)).append('\n');
  }

  private void item(String name, String operand, String text) {
    page.append(".TP\n\\fB").append(escape(name)).append("\\fR");
    if (!operand.isEmpty()) {
      page.append(" \\fI").append(escape(operand)).append("\\fR");
    }
    page.append('\n').append(escape(text)).append('\n');
  }

  private void statuses() {
    for (Map.Entry<String, String> status : HelpModel.statuses().entrySet()) {
      item(status.getKey(), "", status.getValue());
    }
  }

  /** What troff would take for something else: backslashes, dashes, a control character first. */
  private static String escape(String text) {
    String safe = text.replace("\\", "\\e").replace("-", "\\-");
    return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
  }
}
