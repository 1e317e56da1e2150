package dev.paddock.sandbox.names;

import dev.paddock.linux.Errno;
import dev.paddock.linux.HostLookup;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Endpoint;
import dev.paddock.policy.EndpointMatcher;
import dev.paddock.sandbox.Strength;
import dev.paddock.sandbox.observe.Refusals;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the target is told about names: the address that stands for one which is granted, and that
 * there is no other. Nothing is asked of anybody about a name that is not granted, so none carries
 * anything outside.
 */
public final class Names {
  private static final int INTERNET = 1; // the class IN of RFC 1035
  private static final int ADDRESS = 1; // A
  private static final int POINTER = 12; // PTR
  private static final int ADDRESS6 = 28; // AAAA
  private static final String REVERSE = ".in-addr.arpa";
  private static final String LOCAL = "localhost";

  private final EndpointMatcher rules;
  private final NameTable table;
  private final HostNames host;
  private final @Nullable PinnedNames pinned;
  private final Refusals refusals;
  private final int target;

  /**
   * For one run.
   *
   * @param pinned takes note of the true addresses, where names are answered by them; else null
   * @param target the process that events about questions name: who asks, nobody knows
   */
  public Names(
      EndpointMatcher rules,
      NameTable table,
      HostNames host,
      @Nullable PinnedNames pinned,
      Refusals refusals,
      int target) {
    this.pinned = pinned;
    this.rules = rules;
    this.table = table;
    this.host = host;
    this.refusals = refusals;
    this.target = target;
  }

  /**
   * Answers a question.
   *
   * @param reply given the answer, now or later, on any thread
   */
  void answer(Question question, Consumer<byte[]> reply) {
    if (question.kind() != 0 || question.group() != INTERNET) {
      reply.accept(Answer.of(question, Answer.Code.NOT_IMPLEMENTED));
      return;
    }
    String name = question.name();
    if (name.endsWith(REVERSE)) {
      reply.accept(pointer(question, name));
      return;
    }
    if (name.equals(LOCAL) || name.endsWith("." + LOCAL)) { // RFC 6761
      reply.accept(
          question.type() == ADDRESS
              ? Answer.of(question, new byte[] {127, 0, 0, 1})
              : Answer.of(question, Answer.Code.DONE));
      return;
    }
    if (!Endpoint.isHostName(name) || !rules.grantsName(name)) {
      refused(name);
      reply.accept(Answer.of(question, Answer.Code.NO_NAME));
      return;
    }
    PinnedNames pins = pinned;
    if (pins != null && (question.type() == ADDRESS || question.type() == ADDRESS6)) {
      host.find(name, result -> reply.accept(found(question, name, result, pins)));
      return;
    }
    if (question.type() != ADDRESS) {
      // No address but one that says by which name it was found; nothing that hides the name from
      // whoever looks into the connection (HTTPS, SVCB); nothing that leads to other names.
      reply.accept(Answer.of(question, Answer.Code.DONE));
      return;
    }
    host.find(name, result -> reply.accept(found(question, name, result)));
  }

  private static byte[] found(
      Question question, String name, HostLookup.Result result, PinnedNames pins) {
    if (!result.exists()) {
      return Answer.of(question, Answer.Code.NO_NAME);
    }
    if (result.addresses().isEmpty()) {
      return Answer.of(question, Answer.Code.FAILED);
    }
    List<byte[]> records = new ArrayList<>();
    for (byte[] address : result.addresses()) {
      if (address.length == (question.type() == ADDRESS ? 4 : 16)) {
        records.add(address);
        pins.pin(address, name);
      }
    }
    return Answer.of(question, records);
  }

  private byte[] found(Question question, String name, HostLookup.Result result) {
    if (!result.exists()) {
      return Answer.of(question, Answer.Code.NO_NAME);
    }
    Optional<Integer> address =
        result.addresses().isEmpty() ? Optional.empty() : table.address(name);
    return address.isEmpty()
        ? Answer.of(question, Answer.Code.FAILED)
        : Answer.of(question, ByteBuffer.allocate(4).putInt(address.get()).array());
  }

  /** {@code D.C.B.A.in-addr.arpa}: only what stands for a name has one. */
  private byte[] pointer(Question question, String name) {
    String[] parts = name.substring(0, name.length() - REVERSE.length()).split("\\.", -1);
    int address = 0;
    boolean whole = parts.length == 4;
    for (int i = parts.length - 1; i >= 0 && whole; i--) {
      whole = parts[i].matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(parts[i]) < 256;
      address = whole ? address << 8 | Integer.parseInt(parts[i]) : 0;
    }
    Optional<String> found = address >>> 24 == 127 ? Optional.of(LOCAL) : table.name(address);
    if (!whole || found.isEmpty()) {
      return Answer.of(question, Answer.Code.NO_NAME);
    }
    return question.type() == POINTER
        ? Answer.of(question, Answer.name(found.get()))
        : Answer.of(question, Answer.Code.DONE);
  }

  private void refused(String name) {
    boolean real = Endpoint.isHostName(name);
    refusals.refused(
        target,
        "lookup",
        ByteString.of(name.isEmpty() ? "." : name),
        Errno.ENOENT,
        "",
        real ? "--net-allow " + name + ":443" : "",
        Strength.EMULATED);
  }
}
