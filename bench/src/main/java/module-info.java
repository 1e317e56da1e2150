/** Measurements against bare runs and peers. */
module dev.paddock.bench {
  requires static org.jspecify;
  requires dev.paddock.linux;
  requires dev.paddock.sandbox;
}
