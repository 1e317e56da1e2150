/** The command line: commands and their rendering for people and for machines. */
module dev.paddock.cli {
  requires static org.jspecify;
  requires dev.paddock.linux;
  requires dev.paddock.sandbox;
  requires info.picocli;
}
