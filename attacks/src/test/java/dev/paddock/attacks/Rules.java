package dev.paddock.attacks;

import dev.paddock.policy.Policy;
import dev.paddock.policy.PolicyException;
import dev.paddock.policy.PolicyFile;
import dev.paddock.sandbox.PlanException;
import dev.paddock.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The policies that attacks on the supervisor are held by. */
enum Rules {
  /** Programs and arguments whose names end in "-d" are denied; see {@code marker.c}. */
  EXEC(
      """
      extends = "base"
      [exec]
      deny = ["marker-d", "script-d", "* arg-d"]
      [protections]
      alerts = "report" # By default the first race that is noticed would end all of them.
      [[exec.rules]] # So that arguments are raced there too, and not all refused for one reason.
      match = "/memfd:marker-*"
      decision = "allow"
      """),
  /** The same without a rule about arguments, so that no start-up variable is judged. */
  EXEC_NAMES(
      """
      extends = "base"
      [exec]
      deny = ["marker-d", "script-d"]
      [protections]
      alerts = "report"
      """),
  /** What is named so inside the writable folder is hidden, or not to be changed. */
  VIEW(
      """
      extends = "base"
      [files]
      write = ["${workspace}"]
      deny = ["${workspace}/hidden", "${workspace}/in/hidden", "${workspace}/hidden-directory"]
      read-only = ["${workspace}/kept", "${workspace}/in/kept", "${workspace}/kept-directory"]
      """),
  /** The host's network, where there is a view too. */
  HOST_NETWORK(
      """
      extends = "base"
      [view]
      loopback = "host"
      """),
  /** A network of its own, and one port of loopback outside by TCP and UDP. */
  WAY_OUT(
      """
      extends = "base"
      [network]
      allow = ["127.0.0.1:9"]
      [view]
      loopback = "own"
      """),
  /** At most twenty processes. */
  TWENTY(
      """
      extends = "base"
      [limits]
      processes = 20
      """);

  private final String text;

  Rules(String text) {
    this.text = text;
  }

  /** A builder that starts from these rules. */
  Sandbox.Builder builder() throws IOException {
    try {
      Policy policy =
          PolicyFile.parse(
              name().toLowerCase(Locale.ROOT) + ".toml", text.getBytes(StandardCharsets.UTF_8));
      return Sandbox.builder().policy(policy);
    } catch (PolicyException e) {
      throw new IOException(e);
    }
  }

  /** Why this program cannot hold them yet; null if it can. A wrong policy is no such reason. */
  @Nullable String missing() throws IOException {
    try {
      builder().build();
      return null;
    } catch (PlanException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("exec.deny") || message.contains("limits.processes")) {
        return message;
      }
      throw e;
    }
  }
}
