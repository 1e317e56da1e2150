package dev.paddock.cli;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.ExecMatcher;
import dev.paddock.policy.Policy;
import dev.paddock.policy.ShellWords;
import dev.paddock.sandbox.Access;
import dev.paddock.sandbox.Plan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers "would this be allowed, and which line decides" for paths, endpoints and commands. */
final class Why {
  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  private final Context context;
  private final Plan plan;

  Why(Context context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  /** For a question whose kind its form tells: a path, an endpoint, or a command. */
  Answer answer(byte[] question) throws UsageException {
    if (question.length == 0) {
      throw new UsageException("--why needs a path, host:port or a command");
    }
    String text = Text.show(question);
    List<ByteString> words = ShellWords.read(ByteString.of(question));
    if (words != null && words.size() > 1 && !exists(question)) {
      List<byte[]> argv = new ArrayList<>(words.size());
      for (ByteString word : words) {
        argv.add(word.toBytes());
      }
      return command(argv);
    }
    boolean scheme =
        text.startsWith("tcp://") || text.startsWith("udp://") || text.startsWith("icmp://");
    if (!scheme && (Bytes.indexOf(question, '/', 0) >= 0 || text.equals("~"))) {
      return path(question, WorkingDirectory.absolute(context, Flag.WHY, question));
    }
    if (scheme || Bytes.indexOf(question, ':', 0) >= 0) {
      return new EndpointAccess(plan.policy()).answer(text);
    }
    return command(List.of(question));
  }

  private boolean exists(byte[] path) throws UsageException {
    try {
      Paths.linkStatus(WorkingDirectory.absolute(context, Flag.WHY, path));
      return true;
    } catch (KernelException e) {
      return false;
    }
  }

  /** For a command: its program, and what the rules for programs say of it and its arguments. */
  Answer command(List<byte[]> argv) throws UsageException {
    byte[] name = argv.getFirst();
    byte[] file = file(name);
    if (file == null) {
      return new Answer(Text.show(name), false, "no such program", "the search in PATH");
    }
    Answer access = path(name, file);
    ExecMatcher matcher = ExecMatcher.of(plan.policy());
    if (matcher.isEmpty() || !access.allowed()) {
      return access;
    }
    List<ByteString> words = new ArrayList<>();
    StringBuilder shown = new StringBuilder();
    for (byte[] word : argv) {
      words.add(ByteString.of(word));
      shown.append(shown.isEmpty() ? "" : " ").append(Text.quote(word));
    }
    Optional<ExecMatcher.Match> match =
        matcher.judge(new Asked(ByteString.of(file), ByteString.of(real(file)), words, List.of()));
    if (match.isPresent()) {
      boolean denied = match.get().decision() == Policy.Decision.DENY;
      String what = denied ? "refused" : "may be run";
      return new Answer(shown.toString(), !denied, what, match.get().rule());
    }
    Optional<ExecMatcher.Match> inner = matcher.foresee(words);
    return inner.isPresent()
        ? new Answer(shown.toString(), false, "runs what is refused", inner.get().rule())
        : access;
  }

  /** A command that is asked about; nobody knows its environment. */
  private record Asked(
      ByteString path,
      ByteString executable,
      List<ByteString> arguments,
      List<ByteString> environment)
      implements ExecMatcher.Program {}

  private byte[] real(byte[] file) {
    return plan.real(file).orElse(file); // If there is nothing, its name is judged.
  }

  /** The file that a name leads to, null if there is none; see execvp(3). */
  private byte @Nullable [] file(byte[] name) throws UsageException {
    if (Bytes.indexOf(name, '/', 0) >= 0) {
      return WorkingDirectory.absolute(context, Flag.WHY, name);
    }
    byte[] path = context.variable("PATH").orElse(Bytes.utf8(DEFAULT_PATH));
    int from = 0;
    while (from <= path.length) {
      int colon = Bytes.indexOf(path, ':', from);
      int end = colon < 0 ? path.length : colon;
      byte[] directory = Bytes.slice(path, from, end);
      byte[] file = Bytes.join(Bytes.join(directory, Bytes.utf8("/")), name);
      if (directory.length > 0 && directory[0] == '/' && isProgram(file)) {
        return file;
      }
      from = end + 1;
    }
    return null;
  }

  /** For an argument of a command, if it is the path of something that exists. */
  Optional<Answer> argument(byte[] argument) throws UsageException {
    if (argument.length == 0 || argument[0] == '-' || context.directory().isEmpty()) {
      return Optional.empty();
    }
    return exists(argument)
        ? Optional.of(path(argument, WorkingDirectory.absolute(context, Flag.WHY, argument)))
        : Optional.empty();
  }

  private static boolean isProgram(byte[] file) {
    try {
      return Paths.accessible(file, Paths.X_OK) && Paths.status(file).isRegular();
    } catch (KernelException e) {
      return false;
    }
  }

  private static String missing(byte[] path) {
    try {
      Paths.real(path);
      return "not in the root that the command gets";
    } catch (KernelException e) {
      return e.errno().text();
    }
  }

  private Answer path(byte[] typed, byte[] absolute) {
    Optional<byte[]> found = plan.real(absolute);
    byte[] real = found.orElse(absolute);
    String subject = Text.show(typed);
    if (found.isEmpty()) {
      subject += " (" + missing(absolute) + ")";
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
