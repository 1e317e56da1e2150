package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;

/** Reads IP addresses without ever asking a resolver; RFC 4291 section 2.2, inet_pton(3). */
final class Addresses {
  private static final byte[] NONE = {};

  private Addresses() {}

  /** The 4 or 16 bytes of an address, or none if the text is no address. */
  static byte[] parse(String text) {
    return text.indexOf(':') >= 0 ? parse6(text) : parse4(text);
  }

  /** Whether 16 bytes are an IPv4-mapped address, ::ffff:0:0/96. */
  static boolean isMapped(byte[] bytes) {
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == -1 && bytes[11] == -1;
  }

  /** A number without sign and leading zeros, at most {@code most}; else -1. */
  static int number(String text, int most) {
    if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value <= most ? value : -1;
  }

  private static byte[] parse4(String text) {
    byte[] bytes = new byte[4];
    int start = 0;
    for (int i = 0; i < 4; i++) {
      int dot = i < 3 ? text.indexOf('.', start) : text.length();
      int value = dot < 0 ? -1 : number(text.substring(start, dot), 255);
      if (value < 0) {
        return NONE;
      }
      bytes[i] = (byte) value;
      start = dot + 1;
    }
    return bytes;
  }

  private static byte[] parse6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return NONE;
    }
    List<Integer> head = groups(gap < 0 ? text : text.substring(0, gap));
    List<Integer> tail = gap < 0 ? List.of() : groups(text.substring(gap + 2));
    int count = head.size() + tail.size();
    if (head.contains(-1) || tail.contains(-1) || (gap < 0 ? count != 8 : count > 7)) {
      return NONE;
    }
    byte[] bytes = new byte[16];
    put(bytes, 0, head);
    put(bytes, 8 - tail.size(), tail);
    return bytes;
  }

  private static void put(byte[] bytes, int from, List<Integer> groups) {
    for (int i = 0; i < groups.size(); i++) {
      bytes[2 * (from + i)] = (byte) (groups.get(i) >> 8);
      bytes[2 * (from + i) + 1] = (byte) (int) groups.get(i);
    }
  }

  /** The 16-bit groups; -1 among them if the text is wrong. An IPv4 tail makes two groups. */
  private static List<Integer> groups(String text) {
    List<Integer> groups = new ArrayList<>();
    if (text.isEmpty()) {
      return groups;
    }
    int start = 0;
    while (start <= text.length()) {
      int colon = text.indexOf(':', start);
      String group = colon < 0 ? text.substring(start) : text.substring(start, colon);
      if (colon < 0 && group.indexOf('.') >= 0) {
        byte[] four = parse4(group);
        groups.add(four.length == 0 ? -1 : (four[0] & 0xff) << 8 | (four[1] & 0xff));
        groups.add(four.length == 0 ? -1 : (four[2] & 0xff) << 8 | (four[3] & 0xff));
      } else {
        groups.add(hex(group));
      }
      if (colon < 0) {
        break;
      }
      start = colon + 1;
    }
    return groups;
  }

  private static int hex(String text) {
    if (text.isEmpty() || text.length() > 4) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Character.digit knows the digits of every script.
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
