package dev.paddock.sandbox.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** What comes from init's socket: a message, or the reason why it is none. */
final class LaunchFuzzTest {
  @FuzzTest
  void message(byte[] content) {
    Message message = Message.decode(content);
    if (message instanceof Message.Malformed malformed) {
      assertThat(malformed.reason()).isNotEmpty();
    } else {
      assertThat(content.length).isBetween(8, Message.LONGEST);
    }
  }
}
