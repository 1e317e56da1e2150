package dev.paddock.cli;

import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyProblem;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.SandboxException;
import java.util.List;

/** The program: from a context to an exit status. */
final class Paddock {
  /** Nobody reads what is written: as if SIGPIPE had ended us. */
  private static final int BROKEN_PIPE = 128 + 13;

  private Paddock() {}

  /** Runs the command that the context's arguments name and returns its exit status. */
  static int run(Context context) {
    Output output = new Output(context);
    try {
      return dispatch(context);
    } catch (UsageException e) {
      output.error(message(e));
      return SandboxException.FAILED;
    } catch (PolicyException e) {
      for (PolicyProblem problem : e.problems()) {
        output.error(problem.toString());
      }
      return SandboxException.FAILED;
    } catch (PlanException e) {
      for (String problem : e.problems()) {
        output.error(problem);
      }
      return e.status();
    } catch (SandboxException e) {
      output.error(message(e));
      return e.status();
    } catch (OutputException e) {
      if (e.isClosedPipe()) {
        return BROKEN_PIPE;
      }
      output.error(message(e));
      return SandboxException.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      output.error("interrupted");
      return SandboxException.FAILED;
    } catch (RuntimeException | Error e) {
      // A mistake of ours must look like one, and must never look like the command's own failure.
      output.error("internal error, please report it: " + e);
      for (StackTraceElement frame : e.getStackTrace()) {
        output.error("  at " + frame);
      }
      return SandboxException.FAILED;
    }
  }

  /** The command that a word names. */
  static Verb verb(byte[] word) throws UsageException {
    String name = Bytes.latin1(word, 0, word.length);
    Verb verb = Verb.of(name);
    if (verb != null) {
      return verb;
    }
    throw new UsageException(
        "unknown command " + Text.show(word) + Suggestion.verb(name) + "; paddock help lists them");
  }

  private static int dispatch(Context context)
      throws UsageException,
          OutputException,
          PolicyException,
          SandboxException,
          InterruptedException {
    List<byte[]> arguments = context.arguments();
    if (arguments.isEmpty()) {
      throw new UsageException(
          "no command given, as in: paddock run [options] -- command ...; paddock help lists them");
    }
    byte[] first = arguments.getFirst();
    if (first.length > 0 && first[0] == '-') {
      return flag(context, Bytes.latin1(first, 0, first.length));
    }
    Verb verb = verb(first);
    Arguments parsed = Arguments.parse(verb, arguments.subList(1, arguments.size()));
    if (parsed.has(Flag.HELP)) {
      return HelpCommand.usage(context, verb.word());
    }
    return switch (verb) {
      case RUN -> new RunCommand(context, parsed).run();
      case ATTACH -> new AttachCommand(context, parsed).run();
      case CHECK -> CheckCommand.run(context, parsed);
      case EXPLAIN -> ExplainCommand.run(context, parsed);
      case POLICY -> PolicyCommand.run(context, parsed);
      case LAYERS -> LayersCommand.run(context, parsed);
      case COMPLETION -> HelpCommand.completion(context, parsed.operands());
      case MANUAL -> HelpCommand.manual(context, parsed.operands());
      case HELP -> HelpCommand.help(context, parsed.operands());
    };
  }

  private static int flag(Context context, String flag) throws UsageException, OutputException {
    return switch (flag) {
      case "-V", "--version" -> version(context);
      case "-h", "--help" -> HelpCommand.usage(context, "");
      default ->
          throw new UsageException(
              "the command comes first: paddock run " + Text.show(Bytes.utf8(flag)) + " ...");
    };
  }

  private static int version(Context context) throws OutputException {
    Output output = new Output(context);
    output.print("paddock " + context.version());
    output.flush();
    return 0;
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }
}
