package dev.paddock.sandbox.event;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.Outcome;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.Usage;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One fact about a run. Events are bounded: whatever a process passes to the kernel, an event keeps
 * {@value #MOST_BYTES} bytes of each name and {@value #MOST_CHARACTERS} characters of each text,
 * and of arguments what {@link Arguments} says.
 */
public sealed interface Event {
  /** How many bytes of a name are kept: PATH_MAX, see path_resolution(7). */
  int MOST_BYTES = 4096;

  /** How many characters of a text are kept. */
  int MOST_CHARACTERS = 2048;

  /** When, where and who. */
  Head head();

  /** How far the event can be relied on. */
  Strength strength();

  /**
   * What all events have.
   *
   * @param time the wall clock's time; it can be set back, {@code sequence} cannot
   * @param sequence the event's place among those of its bus, from 1, without gaps except where
   *     {@link Dropped} says so; {@link #UNNUMBERED} until the event is posted
   * @param sandbox the sandbox's name
   * @param session the session's name; empty if the event belongs to none
   * @param pid the process that it is about, as the supervisor sees it; 0 if none
   * @param parent its parent; 0 if it is not known
   */
  record Head(Instant time, long sequence, String sandbox, String session, int pid, int parent) {
    /** The sequence number of an event that was not posted. */
    public static final long UNNUMBERED = 0;

    /** Cuts the names. */
    public Head {
      sandbox = EventLimits.cut(sandbox);
      session = EventLimits.cut(session);
    }
  }

  /** What a rule says about a call. */
  enum Decision {
    /** It goes on. */
    ALLOW,
    /** It is refused. */
    DENY,
    /** It goes on and is to be looked at. */
    AUDIT;

    /** The word in JSON. */
    public String label() {
      return switch (this) {
        case ALLOW -> "allow";
        case DENY -> "deny";
        case AUDIT -> "audit";
      };
    }
  }

  /**
   * The target was started.
   *
   * @param executable its file
   * @param arguments its arguments
   * @param directory its working directory
   */
  record Started(Head head, ByteString executable, Arguments arguments, ByteString directory)
      implements Event {
    /** Cuts the names. */
    public Started {
      executable = EventLimits.cut(executable);
      directory = EventLimits.cut(directory);
    }

    @Override
    public Strength strength() {
      return Strength.KERNEL;
    }
  }

  /**
   * A process that ran already was taken over.
   *
   * @param executable its file; empty if it is not known
   * @param arguments its arguments, as it shows them
   * @param threads how many threads it had
   */
  record Attached(Head head, ByteString executable, Arguments arguments, int threads)
      implements Event {
    /** Cuts the name. */
    public Attached {
      executable = EventLimits.cut(executable);
    }

    @Override
    public Strength strength() {
      return Strength.VERIFIED;
    }
  }

  /**
   * Processes that were taken over were let go, and are not judged any more. The last event of an
   * attach.
   *
   * @param processes how many were left; 0 if all had ended
   */
  record Detached(Head head, int processes) implements Event {
    @Override
    public Strength strength() {
      return Strength.KERNEL;
    }
  }

  /**
   * A process called execve(2) or execveat(2), and it was judged.
   *
   * @param path the path as the process named it
   * @param executable the file that this led to; empty if it led to none
   * @param arguments the new program's arguments
   * @param decision what was decided
   * @param rule the line of the policy that decided; empty if none did
   * @param message what the policy's author says about it, or what could not be seen; may be empty
   * @param errno what the call failed with, 0 if it did not
   * @param strength {@link Strength#VERIFIED} if the new image was compared with what was judged,
   *     or if there is none; else {@link Strength#OBSERVED}
   * @param judgement how long the judging took, without the kernel's own work
   */
  record Exec(
      Head head,
      ByteString path,
      ByteString executable,
      Arguments arguments,
      Decision decision,
      String rule,
      String message,
      int errno,
      Strength strength,
      Duration judgement)
      implements Event {
    /** Cuts the names. */
    public Exec {
      path = EventLimits.cut(path);
      executable = EventLimits.cut(executable);
      rule = EventLimits.cut(rule);
      message = EventLimits.cut(message);
    }
  }

  /**
   * A process was made.
   *
   * @param child the new process
   * @param kind by which call
   * @param strength {@link Strength#VERIFIED} if the child was registered before it ran
   */
  record Fork(Head head, int child, Fork.Kind kind, Strength strength) implements Event {
    /** How a process is made. */
    public enum Kind {
      /** By fork(2), or a clone(2) that does the same. */
      FORK,
      /** By vfork(2), or a clone(2) that does the same: the parent waits. */
      VFORK,
      /** By clone(2) or clone3(2) with memory that is shared, or a signal other than SIGCHLD. */
      CLONE,
      /** Known only from what it did or from /proc. */
      FOUND;

      /** The word in JSON. */
      public String label() {
        return switch (this) {
          case FORK -> "fork";
          case VFORK -> "vfork";
          case CLONE -> "clone";
          case FOUND -> "found";
        };
      }
    }
  }

  /**
   * A process ended.
   *
   * @param status its exit status, 0 to 255; 0 if a signal ended it, -1 if it is not known
   * @param signal the signal that ended it; 0 if none did
   * @param coreDumped whether a core file was written
   * @param usage what it used; null if that is not known
   */
  record Exited(Head head, int status, int signal, boolean coreDumped, @Nullable Usage usage)
      implements Event {
    @Override
    public Strength strength() {
      return Strength.KERNEL;
    }
  }

  /**
   * A call was refused, or with {@code --denials} one that would be was seen.
   *
   * @param call the system call's name
   * @param arguments what it was about, such as {@code /etc/shadow}; may be empty
   * @param errno what the process was told
   * @param rule the line of the policy that refused; empty if it was that none grants it
   * @param hint the flags that would grant it, quoted for a shell; may be empty
   */
  record Denied(
      Head head,
      String call,
      ByteString arguments,
      int errno,
      String rule,
      String hint,
      Strength strength)
      implements Event {
    /** Cuts the names. */
    public Denied {
      call = EventLimits.cut(call);
      arguments = EventLimits.cut(arguments);
      rule = EventLimits.cut(rule);
      hint = EventLimits.cut(hint);
    }
  }

  /**
   * A process sent a signal that a rule is about.
   *
   * @param target the process that it was sent to; see kill(2) for 0 and less
   * @param signal the signal's number, 0 for only asking
   * @param relation what the receiver is to the sender
   * @param decision what was decided
   * @param rule the line of the policy that decided; empty if none did
   */
  record SignalSent(
      Head head,
      int target,
      int signal,
      Relation relation,
      Decision decision,
      String rule,
      Strength strength)
      implements Event {
    /** Cuts the names. */
    public SignalSent {
      rule = EventLimits.cut(rule);
    }

    /** What the receiver is to the sender. */
    public enum Relation {
      /** The sender itself. */
      SELF,
      /** A child of it. */
      CHILD,
      /** Some other process of the tree. */
      TREE,
      /** No process of the tree. */
      OUTSIDE;

      /** The word in JSON. */
      public String label() {
        return switch (this) {
          case SELF -> "self";
          case CHILD -> "child";
          case TREE -> "tree";
          case OUTSIDE -> "outside";
        };
      }
    }
  }

  /**
   * A limit was reached.
   *
   * @param limit its name in a policy, such as {@code processes}
   * @param value where it stands, in the limit's unit
   * @param action what was done
   * @param rule the line of the policy that sets it
   */
  record LimitReached(
      Head head, String limit, long value, Action action, String rule, Strength strength)
      implements Event {
    /** Cuts the names. */
    public LimitReached {
      limit = EventLimits.cut(limit);
      rule = EventLimits.cut(rule);
    }
  }

  /** What was done about something. */
  enum Action {
    /** Nothing but this event. */
    REPORTED,
    /** The call was refused. */
    REFUSED,
    /** The process was killed. */
    PROCESS_KILLED,
    /** The whole tree was killed. */
    TREE_KILLED;

    /** The word in JSON. */
    public String label() {
      return switch (this) {
        case REPORTED -> "reported";
        case REFUSED -> "refused";
        case PROCESS_KILLED -> "process_killed";
        case TREE_KILLED -> "tree_killed";
      };
    }
  }

  /**
   * What was judged and what happened differ, or might: somebody tries to get out, or the kernel
   * does what it should not.
   *
   * @param judged what was judged; may be empty
   * @param actual what was found instead; may be empty
   */
  record Alert(
      Head head,
      Alert.Kind kind,
      ByteString judged,
      ByteString actual,
      Action action,
      Strength strength)
      implements Event {
    /** Cuts the names. */
    public Alert {
      judged = EventLimits.cut(judged);
      actual = EventLimits.cut(actual);
    }

    /** What differs. */
    public enum Kind {
      /** Another file than the judged one became the program. */
      IMAGE_CHANGED,
      /** The program got other arguments than the judged ones. */
      ARGUMENTS_CHANGED,
      /** The program got another environment than the judged one. */
      ENVIRONMENT_CHANGED,
      /** A stopped process ran, was in another call, or was killed while it was judged. */
      STOP_BYPASSED,
      /** A process that is not in the tree asked. */
      UNKNOWN_SESSION,
      /** A process could not be seized or held, and so not be judged. */
      NOT_SEIZED,
      /** A process did not answer in the time that a step of the supervisor has. */
      DEADLINE,
      /** The kernel's or a process's data are not what they can be. */
      MALFORMED;

      /** The word in JSON. */
      public String label() {
        return switch (this) {
          case IMAGE_CHANGED -> "image_changed";
          case ARGUMENTS_CHANGED -> "arguments_changed";
          case ENVIRONMENT_CHANGED -> "environment_changed";
          case STOP_BYPASSED -> "stop_bypassed";
          case UNKNOWN_SESSION -> "unknown_session";
          case NOT_SEIZED -> "not_seized";
          case DEADLINE -> "deadline";
          case MALFORMED -> "malformed";
        };
      }
    }
  }

  /**
   * A handler or a decision's callback threw, or took too long; the call was refused.
   *
   * @param handler its name
   * @param call the system call's name
   * @param problem what it threw, or that its time was over
   * @param errno what the process was told
   */
  record HandlerFailed(Head head, String handler, String call, String problem, int errno)
      implements Event {
    /** Cuts the names. */
    public HandlerFailed {
      handler = EventLimits.cut(handler);
      call = EventLimits.cut(call);
      problem = EventLimits.cut(problem);
    }

    @Override
    public Strength strength() {
      return Strength.VERIFIED;
    }
  }

  /**
   * Events that this sink did not get, because they came faster than it took them or because it
   * could not take them. It stands in their place: its sequence number is that of the first, and
   * the next event's is that plus {@code count}. Made by the bus, for each sink by itself.
   *
   * @param count how many, at least 1
   */
  record Dropped(Head head, long count) implements Event {
    @Override
    public Strength strength() {
      return Strength.KERNEL;
    }
  }

  /**
   * The run is over: nothing of the tree is left.
   *
   * @param outcome how it ended
   * @param usage what it used; null if that is not known
   */
  record Ended(Head head, Outcome outcome, @Nullable Usage usage) implements Event {
    @Override
    public Strength strength() {
      return Strength.KERNEL;
    }
  }
}
