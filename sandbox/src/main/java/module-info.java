/** The public API: planner, launcher, supervisor. */
module dev.paddock.sandbox {
  requires static org.jspecify;
  requires dev.paddock.linux;
  requires transitive dev.paddock.policy;

  exports dev.paddock.sandbox;
  exports dev.paddock.sandbox.event;
}
