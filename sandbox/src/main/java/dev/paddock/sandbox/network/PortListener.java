package dev.paddock.sandbox.network;

/** Is told of a granted port that was taken, so that another one was bound. */
@FunctionalInterface
public interface PortListener {
  /**
   * Called where the bind is judged; must not block.
   *
   * @param thread who binds
   * @param wanted the port that was asked for
   * @param got the port of the host's network that it has instead
   */
  void remapped(int thread, int wanted, int got);
}
