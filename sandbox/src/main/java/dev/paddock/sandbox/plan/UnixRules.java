package dev.paddock.sandbox.plan;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.Glob;
import java.util.List;

/**
 * The policy's {@code network.unix}. A pattern does not cover what gives whoever reaches it more
 * than the policy can hold: that must be named in full.
 */
public final class UnixRules {
  private record Powerful(Glob names, String meaning) {
    Powerful(String pattern, String meaning) {
      this(Glob.ofText(ByteString.of(pattern)), meaning);
    }
  }

  private static final List<Powerful> POWERFUL =
      List.of(
          new Powerful("*/docker.sock", "who reaches Docker is root on this machine"),
          new Powerful("*/containerd.sock", "who reaches containerd is root on this machine"),
          new Powerful("*/crio.sock", "who reaches CRI-O is root on this machine"),
          new Powerful("*/podman.sock", "who reaches Podman runs programs as this user"),
          new Powerful("*/system_bus_socket", "D-Bus leads to services outside the sandbox"),
          new Powerful("*/bus", "D-Bus leads to programs outside, which run what they are told"),
          new Powerful("*/dbus-*", "D-Bus leads to programs outside, which run what they are told"),
          new Powerful("*/S.gpg-agent*", "the agent signs and decrypts with this user's keys"),
          new Powerful("*/ssh-*/agent.*", "the agent logs in with this user's keys"),
          new Powerful("*/keyring/*", "the keyring holds this user's passwords"),
          new Powerful("*/.X11-unix/*", "X11 lets a program type into and read all others"),
          new Powerful("*/wayland-*", "Wayland shows windows and reads the clipboard"),
          new Powerful("*/tmux-*/*", "tmux outside runs what it is told"),
          new Powerful("*/systemd/*", "systemd runs what it is told"),
          new Powerful("*/paddock/*", "Paddock's own"));

  private record Rule(ByteString text, Glob glob) {}

  private final List<Rule> rules;

  /**
   * The rules.
   *
   * @param patterns paths or globs over paths, resolved
   */
  public UnixRules(List<ByteString> patterns) {
    this.rules = patterns.stream().map(text -> new Rule(text, Glob.of(text))).toList();
  }

  /** Whether a socket may be reached; by its path without symbolic links. */
  public boolean allows(ByteString path) {
    boolean named = !meaning(path).isEmpty();
    for (Rule rule : rules) {
      if (rule.text().equals(path) || (!named && rule.glob().matches(path))) {
        return true;
      }
    }
    return false;
  }

  /** What reaching it would mean; empty for what is not known. */
  public static String meaning(ByteString path) {
    for (Powerful one : POWERFUL) {
      if (one.names().matches(path)) {
        return one.meaning();
      }
    }
    return "";
  }
}
