package dev.paddock.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EndpointGroupsTest {
  private static final Variables VARIABLES =
      new Variables(ByteString.of("/w"), null, ByteString.of("/t"), null, null, List.of());

  private static List<String> allowed(String text) throws Exception {
    Policy policy =
        PolicyFile.parse("test", text.getBytes(StandardCharsets.UTF_8)).expand(VARIABLES);
    return policy.network().allow().stream().map(entry -> entry.value().toString()).toList();
  }

  @Test
  void eachThatComesWithPaddockSaysWhereItIsFromAndCanBeRead() throws Exception {
    Map<String, EndpointGroups.Group> groups = EndpointGroups.builtIn();
    assertThat(groups.keySet())
        .contains("npm", "pypi", "crates", "go", "maven", "rubygems", "debian", "github", "gitlab")
        .contains("docker-hub", "huggingface", "anthropic", "openai");
    for (Map.Entry<String, EndpointGroups.Group> group : groups.entrySet()) {
      assertThat(group.getValue().source()).startsWith("https://");
      assertThat(Endpoint.groupName(group.getKey())).isEqualTo(group.getKey());
      for (String endpoint : group.getValue().endpoints()) {
        Endpoint one = Endpoint.parse(endpoint);
        assertThat(one.host()).isInstanceOf(Endpoint.Host.Name.class);
        assertThat(one.ports()).as(endpoint).isNotEmpty();
      }
    }
  }

  @Test
  void aPolicyHasItsOwnAndMayChangeOthers() throws Exception {
    assertThat(
            allowed(
                """
                [network]
                allow = ["@mine", "192.0.2.1:1"]
                [groups]
                mine = ["one.test:443", "@npm"]
                npm = ["registry.corp=10.0.0.0/8:443"]
                """))
        .containsExactly("one.test:443", "registry.corp=10.0.0.0/8:443", "192.0.2.1:1");
    assertThat(allowed("network.allow = [\"@pypi\"]"))
        .containsExactly("pypi.org:443", "files.pythonhosted.org:443");
  }

  @Test
  void whatIsNoGroupIsSaidWithItsPlace() {
    assertThatThrownBy(() -> allowed("network.allow = [\"@nmp\"]"))
        .hasMessageContaining("test:1:18")
        .hasMessageContaining("did you mean @npm?");
    assertThatThrownBy(() -> allowed("network.allow = [\"@npm:443\"]"))
        .hasMessageContaining("its protocols and ports are its own");
    assertThatThrownBy(
            () -> allowed("network.allow = [\"@a\"]\n[groups]\na = [\"@b\"]\nb = [\"@a\"]"))
        .hasMessageContaining("contains itself");
    assertThatThrownBy(() -> allowed("[groups]\na = \"one.test\""))
        .hasMessageContaining("groups.a: must be a list of strings");
  }
}
