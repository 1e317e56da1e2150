/** The policy model, its file format, matching and explanation. Pure Java: no native call. */
module dev.paddock.policy {
  requires static org.jspecify;
  requires org.tomlj;

  exports dev.paddock.policy;
}
