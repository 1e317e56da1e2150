/** The public API: planner, launcher, supervisor. */
@SuppressWarnings("module") // the module of measurements is built later, and need not be there
module dev.paddock.sandbox {
  requires static org.jspecify;
  requires dev.paddock.linux;
  requires transitive dev.paddock.policy;

  exports dev.paddock.sandbox;
  exports dev.paddock.sandbox.event;
  exports dev.paddock.sandbox.layers;
  exports dev.paddock.sandbox.supervise to
      dev.paddock.bench;
}
