package dev.paddock.cli;

import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyException;
import dev.paddock.sandbox.Attachment;
import dev.paddock.sandbox.SandboxException;
import dev.paddock.sandbox.Session;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code paddock attach}: takes over a process that runs already. */
final class AttachCommand {
  /** PID_MAX_LIMIT of 64-bit Linux; linux/threads.h. */
  private static final int MOST_PROCESSES = 4 << 20;

  private final Context context;
  private final Arguments arguments;
  private final Output output;

  AttachCommand(Context context, Arguments arguments) {
    this.context = context;
    this.arguments = arguments;
    this.output = new Output(context);
  }

  /** Watches until all have ended, or a signal asks to let go; the status is 0. */
  int run() throws UsageException, PolicyException, SandboxException, InterruptedException {
    int process = process();
    Optional<byte[]> wanted = arguments.value(Flag.SESSION);
    boolean sessionless = arguments.has(Flag.SESSIONLESS);
    if (wanted.isPresent() && sessionless) {
      throw new UsageException("--session and --sessionless cannot be used together");
    }
    Policy policy = PolicyChoice.forAttach(context, arguments).expanded();
    Optional<String> name = ObservationOptions.name(arguments);
    ObservationOptions observation = new ObservationOptions(context, arguments);
    try (@Nullable Session session = sessionless ? null : session(wanted)) {
      Attachment.Order order =
          new Attachment.Order(
              policy,
              observation.supervisionOptions(name, session == null ? "" : session.id()),
              sessionless);
      try (Attachment attachment = Attachment.to(process, order)) {
        return watch(attachment, observation);
      }
    }
  }

  private int watch(Attachment attachment, ObservationOptions observation)
      throws SandboxException, InterruptedException {
    say(
        "attached to "
            + count(attachment.processes())
            + (attachment.session().isEmpty() ? "" : ", session " + attachment.session())
            + "; Ctrl-C lets go");
    context.cancellation().onCancel(attachment::detach);
    boolean ended;
    try {
      ended = attachment.waitFor();
    } finally {
      context.cancellation().clear();
    }
    attachment.close();
    observation.report(attachment.events(), output);
    say(ended ? "all have ended" : "let go of " + count(attachment.left()));
    return 0;
  }

  private static String count(int processes) {
    return processes + (processes == 1 ? " process" : " processes");
  }

  private void say(String text) {
    if (!arguments.has(Flag.QUIET)) {
      output.say(text);
    }
  }

  private int process() throws UsageException {
    List<byte[]> operands = arguments.operands();
    if (operands.isEmpty()) {
      throw new UsageException("attach needs the id of a process: paddock attach 4711");
    }
    if (operands.size() > 1) {
      throw new UsageException(
          "attach takes one process, and "
              + Text.show(operands.get(1))
              + " is one word too many; its descendants come with it");
    }
    byte[] text = operands.getFirst();
    int number = 0;
    for (byte b : text) {
      if (b < '0' || b > '9' || number > MOST_PROCESSES) {
        throw new UsageException(Text.show(text) + " is no process id; pgrep(1) finds one by name");
      }
      number = number * 10 + (b - '0');
    }
    if (text.length == 0 || number == 0 || number > MOST_PROCESSES) {
      throw new UsageException(Text.show(text) + " is no process id; pgrep(1) finds one by name");
    }
    return number;
  }

  private static Session session(Optional<byte[]> wanted) throws SandboxException {
    return wanted.isEmpty() ? Session.create() : Session.join(Text.show(wanted.get()));
  }
}
