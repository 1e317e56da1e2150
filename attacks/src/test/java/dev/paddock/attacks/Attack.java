package dev.paddock.attacks;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table: how a program is called, and what must come of it.
 *
 * @param id the name that its report carries
 * @param row the row of the threat table
 * @param program the program's name
 * @param way the program's first argument after the identity
 * @param arguments what follows; {@code {name}} stands for a name that {@link Field} knows
 * @param setting what it is handed besides
 * @param touches the canaries of which a bare run must change at least one; empty if the effect is
 *     not outside
 * @param rootOnly why it proves nothing when an ordinary user runs it bare; null if it does
 * @param unless outcomes of a bare run that mean that this machine cannot show the attack, with the
 *     reason
 * @param neverBare why it is not run bare; null if it is
 * @param skip why it cannot be run at all, here or by this user; null if it can
 * @param inside the outcome inside: the error's name, or {@code SIG…}, {@code none}, {@code
 *     unchanged}, {@code no-effect}
 * @param insideStep the call that must be the one refused; null if any
 * @param mechanism what refuses it
 */
record Attack(
    String id,
    int row,
    String program,
    String way,
    List<String> arguments,
    Setting setting,
    List<String> touches,
    @Nullable String rootOnly,
    Map<String, String> unless,
    @Nullable String neverBare,
    @Nullable String skip,
    String inside,
    @Nullable String insideStep,
    Mechanism mechanism) {

  /** What refuses an attack. */
  enum Mechanism {
    LANDLOCK,
    BPF,
    CAPABILITIES,
    NO_NEW_PRIVILEGES,
    INIT,
    LAUNCH,
    /** The judgement of an exec, with its verification. */
    EXEC_GUARD,
    /** The count of processes. */
    PROCESS_LIMIT,
    /** The supervisor's handling of calls: none keeps another waiting. */
    SUPERVISOR,
    /** The mounts and name spaces of a view. */
    VIEW,
    /** Nothing: it works inside too, and the documents say so. */
    NOTHING
  }

  @Override
  public String toString() {
    return id;
  }
}
