package dev.paddock.sandbox.event;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * As much of JSON Schema 2020-12 as {@code docs/events.schema.json} uses. A keyword that this does
 * not know is an error, so that none is passed over.
 */
final class JsonSchema {
  private final Map<String, Object> root;

  private JsonSchema(Map<String, Object> root) {
    this.root = root;
  }

  static JsonSchema ofEvents() throws IOException {
    try (InputStream in = JsonSchema.class.getResourceAsStream("/events.schema.json")) {
      if (in == null) {
        throw new IOException("events.schema.json is not on the class path");
      }
      return new JsonSchema(
          JsonReader.object(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
    }
  }

  /** What is wrong with a value; nothing if it is valid. */
  List<String> problems(Object value) {
    List<String> problems = new ArrayList<>();
    Set<String> _ = check(root, value, "$", problems);
    return problems;
  }

  /** Returns the members that were looked at. */
  private Set<String> check(
      Map<String, Object> schema, Object value, String where, List<String> problems) {
    Set<String> seen = new HashSet<>();
    for (Map.Entry<String, Object> entry : schema.entrySet()) {
      keyword(entry.getKey(), entry.getValue(), value, where, problems, seen);
    }
    // These two look at what all the others have seen.
    for (String last : List.of("additionalProperties", "unevaluatedProperties")) {
      if (schema.containsKey(last)) {
        for (String name : object(value).keySet()) {
          if (!seen.contains(name)) {
            problems.add(where + "." + name + ": unknown");
          }
        }
      }
    }
    return seen;
  }

  private void keyword(
      String keyword,
      Object wanted,
      Object value,
      String where,
      List<String> problems,
      Set<String> seen) {
    boolean good =
        switch (keyword) {
          case "$schema", "$id", "$defs", "title", "description" -> true;
          case "additionalProperties", "unevaluatedProperties" -> wanted.equals(false);
          case "type" -> isType((String) wanted, value);
          case "const" -> wanted.equals(value);
          case "enum" -> ((List<?>) wanted).contains(value);
          case "minimum" -> (Long) value >= (Long) wanted;
          case "maximum" -> (Long) value <= (Long) wanted;
          case "maxItems" -> ((List<?>) value).size() <= (Long) wanted;
          case "pattern" -> Pattern.compile((String) wanted).matcher((String) value).find();
          case "required" -> object(value).keySet().containsAll((List<?>) wanted);
          case "dependentRequired" -> {
            boolean all = true;
            for (Map.Entry<String, Object> entry : object(wanted).entrySet()) {
              all &=
                  !object(value).containsKey(entry.getKey())
                      || object(value).keySet().containsAll((List<?>) entry.getValue());
            }
            yield all;
          }
          case "items" -> {
            for (Object item : (List<?>) value) {
              Set<String> _ = check(object(wanted), item, where + "[]", problems);
            }
            yield true;
          }
          case "properties" -> {
            for (Map.Entry<String, Object> entry : object(wanted).entrySet()) {
              Object member = object(value).get(entry.getKey());
              if (member != null) {
                seen.add(entry.getKey());
                Set<String> _ =
                    check(object(entry.getValue()), member, where + "." + entry.getKey(), problems);
              }
            }
            yield true;
          }
          case "$ref" -> {
            seen.addAll(check(definition((String) wanted), value, where, problems));
            yield true;
          }
          case "oneOf" -> {
            int valid = 0;
            for (Object choice : (List<?>) wanted) {
              List<String> own = new ArrayList<>();
              Set<String> members = check(object(choice), value, where, own);
              if (own.isEmpty()) {
                valid++;
                seen.addAll(members);
              }
            }
            yield valid == 1;
          }
          default -> throw new IllegalArgumentException("keyword " + keyword);
        };
    if (!good) {
      problems.add(where + ": " + keyword + " " + wanted + " but " + value);
    }
  }

  private static boolean isType(String type, Object value) {
    return switch (type) {
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "string" -> value instanceof String;
      case "integer" -> value instanceof Long;
      case "boolean" -> value instanceof Boolean;
      default -> throw new IllegalArgumentException("type " + type);
    };
  }

  private Map<String, Object> definition(String reference) {
    Object all = Objects.requireNonNull(root.get("$defs"));
    return object(
        Objects.requireNonNull(object(all).get(reference.substring("#/$defs/".length()))));
  }

  @SuppressWarnings("unchecked") // The reader makes no other maps.
  private static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }
}
