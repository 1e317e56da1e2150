package dev.paddock.cli;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Plan;
import java.util.Arrays;
import java.util.Optional;

/** Answers "would this be allowed, and which line decides" for paths, endpoints and commands. */
final class Why {
  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  private final Context context;
  private final Plan plan;

  Why(Context context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  /** For a question whose kind its form tells: a path, an endpoint, or a command's name. */
  Answer answer(byte[] question) throws UsageException {
    if (question.length == 0) {
      throw new UsageException("--why needs a path, host:port or a command's name");
    }
    String text = Text.show(question);
    boolean scheme =
        text.startsWith("tcp://") || text.startsWith("udp://") || text.startsWith("icmp://");
    if (!scheme && Bytes.indexOf(question, '/', 0) >= 0) {
      return path(question, WorkingDirectory.absolute(context, Flag.WHY, question));
    }
    if (scheme || Bytes.indexOf(question, ':', 0) >= 0) {
      return new Reach(plan.policy()).answer(text);
    }
    return command(question);
  }

  /** For the program that a name leads to; see execvp(3). */
  Answer command(byte[] name) throws UsageException {
    if (Bytes.indexOf(name, '/', 0) >= 0) {
      return path(name, WorkingDirectory.absolute(context, Flag.WHY, name));
    }
    byte[] path = context.variable("PATH").orElse(Bytes.utf8(DEFAULT_PATH));
    int from = 0;
    while (from <= path.length) {
      int colon = Bytes.indexOf(path, ':', from);
      int end = colon < 0 ? path.length : colon;
      byte[] directory = Bytes.slice(path, from, end);
      byte[] file = Bytes.join(Bytes.join(directory, Bytes.utf8("/")), name);
      if (directory.length > 0 && directory[0] == '/' && isProgram(file)) {
        return path(name, file);
      }
      from = end + 1;
    }
    return new Answer(Text.show(name), false, "no such program", "the search in PATH");
  }

  /** For an argument of a command, if it is the path of something that exists. */
  Optional<Answer> argument(byte[] argument) throws UsageException {
    if (argument.length == 0 || argument[0] == '-' || context.directory().isEmpty()) {
      return Optional.empty();
    }
    byte[] path = WorkingDirectory.absolute(context, Flag.WHY, argument);
    try {
      Paths.linkStatus(path);
      return Optional.of(path(argument, path));
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  private static boolean isProgram(byte[] file) {
    try {
      return Paths.accessible(file, Paths.X_OK) && Paths.status(file).isRegular();
    } catch (KernelException e) {
      return false;
    }
  }

  private Answer path(byte[] typed, byte[] absolute) {
    byte[] real = absolute;
    String subject = Text.show(typed);
    try {
      real = Paths.real(absolute);
    } catch (KernelException e) {
      subject += " (" + e.errno().text() + ")";
    }
    if (!Arrays.equals(typed, real)) {
      subject += " -> " + Text.show(real);
    }
    Access access = plan.access(real);
    String what =
        switch (access.level()) {
          case NONE -> "refused";
          case READ -> "may be read, listed and executed, not changed";
          case WRITE -> "may be read and changed";
        };
    String decidedBy =
        access.decidedBy().isPresent()
            ? access.decidedBy().get().rule() + " [" + access.decidedBy().get().origin() + "]"
            : "default: no grant covers it";
    return new Answer(subject, access.readable(), what, decidedBy);
  }
}
