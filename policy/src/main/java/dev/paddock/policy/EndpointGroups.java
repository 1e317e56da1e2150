package dev.paddock.policy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The groups of endpoints that a policy can name, such as {@code @npm}: those that come with
 * Paddock, each with the source that says so, and its own, which stand before them.
 */
public final class EndpointGroups {
  private static final String FILE = "groups.txt";

  private EndpointGroups() {}

  /**
   * One that comes with Paddock.
   *
   * @param source where its service says which endpoints it has
   * @param endpoints what is in it
   */
  public record Group(String source, List<String> endpoints) {
    /** Copies the list. */
    public Group {
      endpoints = List.copyOf(endpoints);
    }
  }

  /** Those that come with Paddock, by their names without {@code @}. */
  public static Map<String, Group> builtIn() {
    Map<String, Group> groups = new LinkedHashMap<>();
    String source = "";
    for (String line : text().lines().toList()) {
      if (line.startsWith("#")) {
        source = line.substring(1).strip();
      } else if (!line.isBlank()) {
        String[] words = line.strip().split(" +", -1);
        groups.put(words[0], new Group(source, List.of(words).subList(1, words.length)));
      }
    }
    return groups;
  }

  private static String text() {
    try (InputStream file = EndpointGroups.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new IllegalStateException(FILE + " is missing");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each group replaced by what is in it, at the place where it is named. */
  static List<Entry<Endpoint>> expand(
      List<Entry<Endpoint>> entries,
      Map<String, List<Entry<Endpoint>>> own,
      List<PolicyProblem> problems) {
    List<Entry<Endpoint>> expanded = new ArrayList<>(entries.size());
    for (Entry<Endpoint> entry : entries) {
      add(entry, own, new LinkedHashSet<>(), expanded, problems);
    }
    return expanded;
  }

  private static void add(
      Entry<Endpoint> entry,
      Map<String, List<Entry<Endpoint>>> own,
      Set<String> around,
      List<Entry<Endpoint>> into,
      List<PolicyProblem> problems) {
    if (!(entry.value().host() instanceof Endpoint.Host.Group group)) {
      into.add(entry);
      return;
    }
    if (!around.add(group.name())) {
      problems.add(new PolicyProblem(entry.origin(), "the group " + group + " contains itself"));
      return;
    }
    List<Entry<Endpoint>> mine = own.get(group.name());
    if (mine != null) {
      for (Entry<Endpoint> one : mine) {
        add(new Entry<>(one.value(), entry.origin()), own, around, into, problems);
      }
    } else {
      addBuiltIn(group, entry.origin(), own, into, problems);
    }
    around.remove(group.name());
  }

  private static void addBuiltIn(
      Endpoint.Host.Group group,
      Origin origin,
      Map<String, List<Entry<Endpoint>>> own,
      List<Entry<Endpoint>> into,
      List<PolicyProblem> problems) {
    Map<String, Group> known = builtIn();
    Group found = known.get(group.name());
    if (found == null) {
      List<String> names = new ArrayList<>(known.keySet());
      names.addAll(own.keySet());
      String nearest = Spelling.nearest(group.name(), names);
      problems.add(
          new PolicyProblem(
              origin,
              "there is no group "
                  + group
                  + (nearest.isEmpty() ? "" : ", did you mean @" + nearest + "?")
                  + "; paddock policy list names those that there are"));
      return;
    }
    for (String endpoint : found.endpoints()) {
      try {
        into.add(new Entry<>(Endpoint.parse(endpoint), origin));
      } catch (ValueException e) {
        throw new IllegalStateException(FILE + ": " + e.problem(), e);
      }
    }
  }
}
