package dev.paddock.cli;

/**
 * Whether something would be allowed.
 *
 * @param subject what was asked about, as it is shown
 * @param allowed whether it may be used at all
 * @param what what may be done with it, or that it may not be used
 * @param decidedBy the line that decides, and where it stands
 */
record Answer(String subject, boolean allowed, String what, String decidedBy) {
  /** One line for a person. */
  String line() {
    return subject + ": " + what + ", by " + decidedBy;
  }
}
