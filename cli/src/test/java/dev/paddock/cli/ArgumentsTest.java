package dev.paddock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

final class ArgumentsTest {
  @Test
  void flagsEndAtTheFirstArgumentThatIsNone() throws UsageException {
    Arguments parsed = parse("-r", "/usr", "ls", "-r", "/x", "--", "--help");
    assertThat(strings(parsed.values(Flag.FS_READ))).containsExactly("/usr");
    assertThat(strings(parsed.operands())).containsExactly("ls", "-r", "/x", "--", "--help");
  }

  @Test
  void flagsEndAtTwoDashes() throws UsageException {
    Arguments parsed = parse("-iq", "--", "--", "-x");
    assertThat(parsed.has(Flag.INTERACTIVE)).isTrue();
    assertThat(parsed.has(Flag.QUIET)).isTrue();
    assertThat(strings(parsed.operands())).containsExactly("--", "-x");
  }

  @Test
  void everyFormOfAValueIsTheSame() throws UsageException {
    for (String[] form :
        List.of(
            new String[] {"-t10m", "x"},
            new String[] {"-t=10m", "x"},
            new String[] {"-t", "10m", "x"},
            new String[] {"-qt10m", "x"},
            new String[] {"--timeout", "10m", "x"},
            new String[] {"--timeout=10m", "x"})) {
      Arguments parsed = parse(form);
      assertThat(new String(parsed.value(Flag.TIMEOUT).orElseThrow(), StandardCharsets.UTF_8))
          .as(String.join(" ", form))
          .isEqualTo("10m");
      assertThat(strings(parsed.operands())).containsExactly("x");
    }
  }

  @Test
  void bytesStayBytes() throws UsageException {
    byte[] odd = {'/', (byte) 0xff, '\n', 0x1b, (byte) 0xc3};
    byte[] joined = Bytes.join(Bytes.utf8("--fs-write="), odd);
    Arguments parsed = Arguments.parse(Verb.RUN, List.of(Bytes.utf8("-r"), odd, joined, odd, odd));
    assertThat(parsed.values(Flag.FS_READ)).containsExactly(odd);
    assertThat(parsed.values(Flag.FS_WRITE)).containsExactly(odd);
    assertThat(parsed.operands()).containsExactly(odd, odd);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --fs-raed /usr x       | unknown flag --fs-raed, did you mean --fs-read?; paddock help run lists them
          --wibble               | unknown flag --wibble; paddock help run lists them
          -Z                     | unknown flag -Z; paddock help run lists them
          -qZ                    | unknown flag -Z; paddock help run lists them
          --bpf x                | unknown flag --bpf, which belongs to paddock explain; paddock help run lists them
          --quiet=yes x          | --quiet takes no value
          -q=yes x               | -q takes no value
          -r                     | -r needs a value (PATH)
          --timeout              | --timeout needs a value (TIME)
          -r -- ls               | -r needs a value (PATH), but -- follows; if that is the value, write --fs-read=--
          -r --fs-write /x ls    | -r needs a value (PATH), but --fs-write follows; if that is the value, write --fs-read=--fs-write
          -t 1 --timeout=2 x     | --timeout is given twice
          -p base --profile=x x  | --policy is given twice
          --max-disk 2G -- x     | --max-disk is not served yet: no layer of this version can hold that limit; an outer one can, such as systemd-run --scope -p MemoryMax=2G -p TasksMax=256 -p CPUQuota=150%
          --image=x -- x         | --image is not served yet: this version shows the command the host's own files and user; grant the real paths
          --dry-run x            | --dry-run is not served yet: this version has no copy-on-write; let the command work on a copy
          """)
  void whatIsWrongIsNamed(String line, String message) {
    assertThatThrownBy(() -> parse(line.split(" ")))
        .isInstanceOf(UsageException.class)
        .hasMessage(message);
  }

  @Test
  void everyFlagThatIsNotServedIsRefusedByName() {
    for (Flag flag : Flag.values()) {
      if (!flag.served()) {
        String[] line =
            flag.takesValue() ? new String[] {flag.shown(), "1"} : new String[] {flag.shown()};
        assertThatThrownBy(() -> parse(line))
            .isInstanceOf(UsageException.class)
            .hasMessageStartingWith(flag.shown() + " is not served yet: ");
      }
    }
  }

  @Test
  void noTwoFlagsShareAName() {
    List<String> names = new ArrayList<>();
    for (Flag flag : Flag.values()) {
      names.addAll(flag.names());
      if (flag.letter() != 0) {
        names.add("-" + flag.letter());
      }
    }
    assertThat(names).doesNotHaveDuplicates();
  }

  /** The parser of the start path is never its own judge: picocli reads the same lines. */
  @Test
  void readsAsPicocliReads() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<String> line = randomLine(random);
      assertThat(ours(line))
          .as("seed %d, round %d: %s", seed, round, line)
          .isEqualTo(picocli(line));
    }
  }

  private static List<String> randomLine(Random random) {
    List<String> words =
        new ArrayList<>(List.of("x", "/usr", "--", "-", "a=b", "", "-r", "-q", "--json"));
    for (Flag flag : Flag.values()) {
      // picocli knows help as a word that ends parsing, and refuses nothing by name.
      if (Verb.RUN.knows(flag) && flag.served() && flag != Flag.HELP) {
        words.add(flag.shown());
        if (flag.takesValue()) {
          words.add(flag.shown() + "=v");
        }
        if (flag.letter() != 0) {
          words.add("-" + flag.letter());
          words.add("-q" + flag.letter());
          words.add("-" + flag.letter() + "v");
        }
      }
    }
    words.add("--unknown");
    words.add("-Z");
    List<String> line = new ArrayList<>();
    int length = random.nextInt(7);
    for (int at = 0; at < length; at++) {
      line.add(words.get(random.nextInt(words.size())));
    }
    return line;
  }

  private static String ours(List<String> line) {
    try {
      Arguments parsed = parse(line.toArray(String[]::new));
      StringBuilder text = new StringBuilder();
      for (Flag flag : Flag.values()) {
        if (parsed.has(flag)) {
          text.append(flag.shown());
          text.append(flag.takesValue() ? strings(parsed.values(flag)) : "").append(' ');
        }
      }
      return text.append(strings(parsed.operands())).toString();
    } catch (UsageException e) {
      return "refused";
    }
  }

  private static String picocli(List<String> line) {
    CommandSpec spec = HelpModel.command(Verb.RUN);
    CommandLine parser = new CommandLine(spec);
    parser.setOverwrittenOptionsAllowed(false);
    parser.setUnmatchedOptionsArePositionalParams(false);
    try {
      ParseResult result = parser.parseArgs(line.toArray(String[]::new));
      StringBuilder text = new StringBuilder();
      for (Flag flag : Flag.values()) {
        OptionSpec option = spec.findOption(flag.shown());
        if (option != null && result.hasMatchedOption(option)) {
          List<String> values = option.originalStringValues();
          if (values.size() > 1 && flag.takesValue() && !flag.repeatable()) {
            return "refused"; // In a group, picocli lets an option that is no list come twice.
          }
          text.append(flag.shown());
          text.append(flag.takesValue() ? values : "").append(' ');
        }
      }
      List<String> operands = new ArrayList<>();
      result.matchedPositionals().forEach(p -> operands.addAll(p.originalStringValues()));
      return text.append(operands).toString();
    } catch (ParameterException e) {
      return "refused";
    }
  }

  private static Arguments parse(String... words) throws UsageException {
    List<byte[]> bytes = new ArrayList<>();
    for (String word : words) {
      bytes.add(Bytes.utf8(word));
    }
    return Arguments.parse(Verb.RUN, bytes);
  }

  private static List<String> strings(List<byte[]> bytes) {
    return bytes.stream().map(b -> new String(b, StandardCharsets.UTF_8)).toList();
  }
}
