package dev.paddock.attacks;

import dev.paddock.policy.Policy.ViewMode;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The supervisor that {@link LifelineTest} kills. For every byte on standard input it runs the tree
 * of processes in a sandbox, and answers with a byte when that is over; at end-of-file it ends.
 */
final class LifelineMain {
  private LifelineMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path programs = Path.of(arguments[0]);
    Path program = programs.resolve(arguments[1]);
    Path scratch = Path.of(arguments[2]);
    ViewMode view = ViewMode.valueOf(arguments[3]);
    Sandbox sandbox = Sandbox.builder().view(view).read(programs).write(scratch).build();
    System.out.write('r');
    System.out.flush();
    while (System.in.read() >= 0) {
      int answer;
      try {
        Inside.run(
            sandbox,
            Inside.command(List.of(program.toString(), "49-tree", "tree", "60"))
                .directory(Inside.bytes(scratch.toString()))
                .timeout(Duration.ofSeconds(60)));
        answer = '.';
      } catch (SandboxException expected) {
        // The launch was shot down: that it says so is all that is asked here.
        answer = '!';
      }
      System.out.write(answer);
      System.out.flush();
    }
  }
}
