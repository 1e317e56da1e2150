package dev.paddock.sandbox.names;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Optional;

/** What confined programs send to their name server. */
final class NamesFuzzTest {
  /** What can be read has an answer that repeats it, and is no question. */
  @FuzzTest
  void questions(byte[] content) throws Exception {
    Optional<Question> read;
    try {
      read = Question.decode(content);
    } catch (Question.MalformedException e) {
      assertThat(e.id()).isEqualTo((content[0] & 0xff) << 8 | (content[1] & 0xff));
      assertThat(Answer.malformed(e.id())).hasSize(Question.HEADER);
      return;
    }
    if (read.isEmpty()) {
      return;
    }
    Question question = read.get();
    assertThat(question.name().length()).isLessThanOrEqualTo(255);
    assertThat(question.name()).matches("[!-@\\[-~]*");
    byte[] answer = Answer.of(question, new byte[] {1, 2, 3, 4});
    assertThat(answer.length).isLessThan(512);
    assertThat(answer).startsWith(content[0], content[1]);
    assertThat(answer).containsSequence(question.raw());
    assertThat(answer[2] & 0x80).isEqualTo(0x80);
    assertThat(Question.decode(answer)).isEmpty();
  }
}
