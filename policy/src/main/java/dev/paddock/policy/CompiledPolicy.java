package dev.paddock.policy;

import java.nio.charset.StandardCharsets;

/**
 * The compiled form of a built-in policy: one line an entry, {@code key TAB line TAB column TAB
 * value}, in the order of the source. It needs no parser to speak of, and keeps where every entry
 * stands.
 */
final class CompiledPolicy {
  private CompiledPolicy() {}

  /** One entry in the compiled form. */
  static String line(String key, Origin origin, String value) {
    if (value.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(origin + ": a built-in's value must be one line");
    }
    return key + '\t' + origin.line() + '\t' + origin.column() + '\t' + value + '\n';
  }

  /** The policy of a compiled form, on top of what it extends. */
  static Policy decode(String name, byte[] compiled) {
    PolicyBuilder builder = new PolicyBuilder();
    String text = new String(compiled, StandardCharsets.UTF_8);
    String parent = "";
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      int first = text.indexOf('\t', at);
      int second = text.indexOf('\t', first + 1);
      int third = text.indexOf('\t', second + 1);
      Origin origin =
          new Origin(
              name,
              Integer.parseInt(text.substring(first + 1, second)),
              Integer.parseInt(text.substring(second + 1, third)));
      String value = text.substring(third + 1, end);
      Key key = Key.of(text.substring(at, first));
      try {
        if (key == Key.EXTENDS) {
          parent = value;
        } else if (key == Key.ENVIRONMENT_SET) {
          int equals = value.indexOf('=');
          builder.setVariable(
              value.substring(0, equals), ByteString.of(value.substring(equals + 1)), origin);
        } else if (key != null) {
          builder.put(key, value, origin);
        } else {
          throw new IllegalStateException("the built-in policy " + name + " is damaged: " + value);
        }
      } catch (ValueException e) {
        throw new IllegalStateException("the built-in policy " + name + " is damaged", e);
      }
      at = end + 1;
    }
    Policy own = builder.build();
    return parent.isEmpty() ? own : own.over(BuiltIns.get(parent));
  }
}
