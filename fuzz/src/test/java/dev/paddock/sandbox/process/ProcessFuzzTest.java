package dev.paddock.sandbox.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/** What confined programs write into files that they then execute. */
final class ProcessFuzzTest {
  @FuzzTest
  void scriptLine(byte[] content) {
    ScriptLine line = ScriptLine.read(content);
    if (line != null) {
      // A NUL behind blanks is an empty name, which the kernel goes on to open, in vain, or an
      // empty argument, which it hands over.
      assertThat(line.interpreter().length).isLessThanOrEqualTo(ScriptLine.SIZE);
      assertThat(line.interpreter()).doesNotContain((byte) 0, (byte) ' ', (byte) '\t', (byte) '\n');
      byte[] argument = line.argument();
      if (argument != null) {
        assertThat(argument).doesNotContain((byte) 0, (byte) '\n');
        assertThat(argument.length).isLessThanOrEqualTo(ScriptLine.SIZE);
      }
      assertThat(line.arguments(new byte[] {'s'}, List.of(new byte[] {'0'}, new byte[] {'1'})))
          .hasSize(argument == null ? 3 : 4);
    }
  }
}
