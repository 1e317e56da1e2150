package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class InheritedTest {
  @Test
  void withoutAHandOverTheProcessesOwnIsTheUsers() {
    List<byte[]> own = List.of(Bytes.utf8("A=1"), Bytes.utf8("PADDOCK_ENVIRON_1=eA=="));
    assertThat(Inherited.environment(own)).isEqualTo(own);
  }

  @Test
  void whatWasHandedOverIsAllThereIs() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      List<byte[]> users = new ArrayList<>();
      byte[] block = {};
      for (int entry = random.nextInt(30); entry > 0; entry--) {
        byte[] value = new byte[random.nextInt(40)];
        for (int at = 0; at < value.length; at++) {
          value[at] = (byte) (1 + random.nextInt(255));
        }
        users.add(value);
        block = Bytes.join(block, Bytes.join(value, new byte[1]));
      }
      List<byte[]> own = new ArrayList<>();
      own.add(Bytes.utf8("LC_ALL=C.UTF-8"));
      String base64 = Base64.getEncoder().encodeToString(block);
      int pieces = 0;
      int length = 4 * (1 + random.nextInt(20));
      for (int from = 0; from < base64.length() || pieces == 0; from += length) {
        String piece = base64.substring(from, Math.min(base64.length(), from + length));
        own.add(Bytes.utf8("PADDOCK_ENVIRON_" + pieces++ + "=" + piece));
      }
      Collections.shuffle(own, random);
      assertThat(Inherited.environment(own)).as("seed %d", seed).containsExactlyElementsOf(users);
    }
  }

  @Test
  void anEmptyEnvironmentStaysEmpty() {
    assertThat(Inherited.environment(List.of(Bytes.utf8("PADDOCK_ENVIRON_0=")))).isEmpty();
  }
}
