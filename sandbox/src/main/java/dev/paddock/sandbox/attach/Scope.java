package dev.paddock.sandbox.attach;

/**
 * What a traced thread belongs to. A child has its parent's.
 *
 * @param session the session's name; empty if it belongs to none on purpose
 */
public record Scope(String session) {
  /** Of an attach that was meant to belong to no session. */
  public static final Scope SESSIONLESS = new Scope("");

  /** Whether it belongs to no session on purpose. */
  public boolean isSessionless() {
    return session.isEmpty();
  }
}
