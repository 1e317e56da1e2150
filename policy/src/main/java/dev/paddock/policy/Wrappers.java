package dev.paddock.policy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Programs that run another one which their arguments name: {@code env}, {@code nice}, {@code sh
 * -c} and their like. What they say of a command is advice before its time: the other program is
 * judged when it is executed, whatever was seen here. What is not understood for certain is not
 * seen through.
 *
 * <p>Sources: the manuals of GNU coreutils, findutils, time, util-linux, busybox, and POSIX.1-2024
 * for the shell.
 */
public final class Wrappers {
  /** How deep wrappers within wrappers are looked into. */
  private static final int MOST_NESTING = 16;

  /**
   * How a program reads its arguments, up to the first that is no option.
   *
   * @param name its base name
   * @param letters as for getopt(3): one colon after a letter that has a value, two after one that
   *     has it attached or not at all
   * @param words long options; {@code =} after one that has a value, {@code ?} after one that may
   * @param ends letters and long options with which no command is run
   * @param operands how many words stand between options and command
   */
  private record Form(String name, String letters, List<String> words, String ends, int operands) {}

  private static final Form[] FORMS = {
    form(
        "env",
        "iu:0C:S:va:",
        "ignore-environment null unset= chdir= split-string= debug argv0= block-signal?"
            + " default-signal? ignore-signal? list-signal-handling help version",
        " help version ",
        0),
    form("nice", "n:", "adjustment= help version", " help version ", 0),
    form("nohup", "", "help version", " help version ", 0),
    form(
        "timeout",
        "k:s:fpv",
        "kill-after= signal= foreground preserve-status verbose help version",
        " help version ",
        1),
    form(
        "xargs",
        "0a:E:e::i::I:l::L:n:prs:txP:d:o",
        "null arg-file= delimiter= eof? replace? max-lines? max-args= interactive no-run-if-empty"
            + " max-chars= verbose exit max-procs= open-tty process-slot-var= show-limits help"
            + " version",
        " help version ",
        0),
    form("stdbuf", "i:o:e:", "input= output= error= help version", " help version ", 0),
    form("setsid", "cfwVh", "ctty fork wait version help", " V h version help ", 0),
    form(
        "ionice",
        "c:n:p:P:u:tVh",
        "class= classdata= pid= pgid= uid= ignore version help",
        " p P u V h pid pgid uid version help ",
        0),
    form(
        "chrt",
        "abdefiorRmvpT:P:D:Vh",
        "all-tasks batch deadline ext fifo idle other rr reset-on-fork max verbose pid"
            + " sched-runtime= sched-period= sched-deadline= version help",
        " m p V h max pid version help ",
        1),
    form(
        "time",
        "af:o:pqvVh",
        "append format= output= portability quiet verbose version help",
        " V h version help ",
        0),
  };

  /** Words that begin no simple command, and built-ins whose arguments are code. */
  private static final String NOT_SIMPLE =
      " if then elif else fi for while until do done case esac in function select coproc eval"
          + " builtin trap source . alias ";

  private Wrappers() {}

  private static Form form(String name, String letters, String words, String ends, int operands) {
    return new Form(name, letters, List.of(words.split(" ", -1)), ends, operands);
  }

  /**
   * The command that a command runs.
   *
   * @param argv a command and its arguments; what matters of the first is its base name
   * @return the inner command and its arguments, as far as they are known: {@code xargs} adds
   *     others; empty if there is none, or if it is not certain
   */
  public static List<ByteString> inner(List<ByteString> argv) {
    if (argv.isEmpty()) {
      return List.of();
    }
    ByteString name = baseName(argv.getFirst());
    if (isMultiCall(name)) {
      return applet(name, argv);
    }
    if (isShell(name)) {
      return shell(name, argv);
    }
    for (Form form : FORMS) {
      if (is(name, form.name)) {
        return new Reader(form, argv).command();
      }
    }
    return List.of();
  }

  /**
   * All commands that a command runs, one within the other, the outermost first, the command itself
   * not among them.
   */
  public static List<List<ByteString>> nested(List<ByteString> argv) {
    List<List<ByteString>> all = new ArrayList<>();
    List<ByteString> command = inner(argv);
    while (!command.isEmpty() && all.size() < MOST_NESTING) {
      all.add(command);
      command = inner(command);
    }
    return List.copyOf(all);
  }

  /** Whether a program is many, of which its arguments choose one: busybox(1). */
  static boolean isMultiCall(ByteString name) {
    return is(name, "busybox") || is(name, "toybox") || is(name, "coreutils");
  }

  /**
   * What a multi-call program runs as: its name for itself if that is another one, else its first
   * argument.
   *
   * @param executable the base name of the program
   * @return the applet and its arguments; empty if none is chosen
   */
  static List<ByteString> applet(ByteString executable, List<ByteString> argv) {
    if (argv.isEmpty()) {
      return List.of();
    }
    ByteString self = baseName(argv.getFirst());
    if (!self.isEmpty() && self.at(0) == '-') {
      self = self.slice(1, self.length()); // as login(1) starts a shell
    }
    if (!isMultiCall(self)) {
      return with(self, argv, 1);
    }
    if (argv.size() < 2) {
      return List.of();
    }
    ByteString first = argv.get(1);
    if (is(executable, "coreutils")) {
      ByteString option = ByteString.of("--coreutils-prog=");
      return first.startsWith(option)
          ? with(first.slice(option.length(), first.length()), argv, 2)
          : List.of();
    }
    return first.isEmpty() || first.at(0) == '-' ? List.of() : with(baseName(first), argv, 2);
  }

  private static List<ByteString> with(ByteString name, List<ByteString> argv, int from) {
    List<ByteString> command = new ArrayList<>(argv.size());
    command.add(name);
    command.addAll(argv.subList(from, argv.size()));
    return List.copyOf(command);
  }

  /** Reads options as getopt_long(3) does with a {@code +}. */
  private static final class Reader {
    private final Form form;
    private final List<ByteString> argv;
    private int at = 1;
    private @Nullable ByteString split;

    Reader(Form form, List<ByteString> argv) {
      this.form = form;
      this.argv = argv;
    }

    List<ByteString> command() {
      while (at < argv.size() && split == null) {
        ByteString word = argv.get(at);
        if (word.isEmpty() || word.at(0) != '-') {
          break;
        }
        at++;
        if (is(word, "--") || (word.length() == 1 && form.name.equals("env"))) {
          break; // a lone - is -i for env, after its options
        }
        if (!isOption(word)) {
          return List.of();
        }
      }
      ByteString line = split;
      if (line != null) {
        return splitString(line);
      }
      if (form.name.equals("env")) {
        while (at < argv.size() && argv.get(at).indexOf('=', 0) > 0) {
          at++;
        }
      }
      if (form.name.equals("chrt") && at < argv.size() && !isNumber(argv.get(at), 0)) {
        return rest(at); // a policy without priorities needs none
      }
      return rest(at + form.operands);
    }

    private boolean isOption(ByteString word) {
      if (word.length() == 1) {
        return false;
      }
      if (form.name.equals("nice") && isNumber(word, 1)) {
        return true; // nice -10, nice --10
      }
      return word.at(1) == '-' ? longOption(word) : letters(word);
    }

    private List<ByteString> rest(int from) {
      return from < argv.size() ? List.copyOf(argv.subList(from, argv.size())) : List.of();
    }

    /** {@code -abc}, {@code -uNAME}, {@code -u NAME}; false if one is unknown or ends it all. */
    private boolean letters(ByteString word) {
      for (int i = 1; i < word.length(); i++) {
        char letter = (char) (word.at(i) & 0xff);
        int found = letter == ':' ? -1 : form.letters.indexOf(letter);
        if (found < 0 || form.ends.contains(" " + letter + " ")) {
          return false;
        }
        if (!form.letters.startsWith(":", found + 1)) {
          continue;
        }
        ByteString value = null;
        if (i + 1 < word.length()) {
          value = word.slice(i + 1, word.length());
        } else if (!form.letters.startsWith("::", found + 1)) {
          if (at >= argv.size()) {
            return false;
          }
          value = argv.get(at);
          at++;
        }
        if (letter == 'S' && form.name.equals("env")) {
          split = value;
        }
        return true;
      }
      return true;
    }

    /** {@code --word}, {@code --word=value}, {@code --word value}, each abbreviated or not. */
    private boolean longOption(ByteString word) {
      String text = word.toString();
      int equals = text.indexOf('=');
      String given = text.substring(2, equals < 0 ? text.length() : equals);
      String option = "";
      for (String one : form.words) {
        char last = one.charAt(one.length() - 1);
        String bare = last == '=' || last == '?' ? one.substring(0, one.length() - 1) : one;
        if (bare.equals(given)) {
          option = one;
          break;
        }
        if (bare.startsWith(given)) {
          if (!option.isEmpty()) {
            return false;
          }
          option = one;
        }
      }
      if (option.isEmpty() || form.ends.contains(" " + bare(option) + " ")) {
        return false;
      }
      boolean needs = option.endsWith("=");
      ByteString value = null;
      if (equals >= 0) {
        if (!needs && !option.endsWith("?")) {
          return false;
        }
        value = word.slice(word.indexOf('=', 0) + 1, word.length());
      } else if (needs) {
        if (at >= argv.size()) {
          return false;
        }
        value = argv.get(at);
        at++;
      }
      if (option.equals("split-string=")) {
        split = value;
      }
      return true;
    }

    private static String bare(String option) {
      char last = option.charAt(option.length() - 1);
      return last == '=' || last == '?' ? option.substring(0, option.length() - 1) : option;
    }

    /** {@code env -S}: the words of a line stand where it stood. */
    private List<ByteString> splitString(ByteString line) {
      List<ByteString> words = ShellWords.read(line);
      if (words == null || words.isEmpty()) {
        return List.of();
      }
      List<ByteString> again = new ArrayList<>(words.size() + argv.size() - at + 1);
      again.add(argv.getFirst());
      again.addAll(words);
      again.addAll(argv.subList(at, argv.size()));
      return new Reader(form, again).command();
    }
  }

  private static boolean isShell(ByteString name) {
    return is(name, "sh")
        || is(name, "bash")
        || is(name, "dash")
        || is(name, "ash")
        || is(name, "ksh")
        || is(name, "zsh");
  }

  /** {@code sh -c 'simple command'}. */
  private static List<ByteString> shell(ByteString name, List<ByteString> argv) {
    int at = 1;
    boolean command = false;
    boolean options = true;
    while (options && at < argv.size()) {
      ByteString word = argv.get(at);
      if (word.length() < 2 || (word.at(0) != '-' && word.at(0) != '+')) {
        break;
      }
      at++;
      if (is(word, "--")) {
        options = false;
      } else if (word.at(1) == '-') {
        if (!is(name, "bash") || !isFlagOfBash(word)) {
          return List.of();
        }
      } else {
        for (int i = 1; i < word.length(); i++) {
          byte letter = word.at(i);
          command |= letter == 'c' && word.at(0) == '-';
          if (letter == 'o' || letter == 'O') {
            at++;
          } else if (letter == 'n' || letter == 's') {
            return List.of(); // it runs nothing, or what it reads
          }
        }
      }
    }
    if (!command || at >= argv.size()) {
      return List.of();
    }
    List<ByteString> words = ShellWords.read(argv.get(at));
    return words == null ? List.of() : simple(words);
  }

  private static boolean isFlagOfBash(ByteString word) {
    return is(word, "--norc")
        || is(word, "--noprofile")
        || is(word, "--posix")
        || is(word, "--login")
        || is(word, "--restricted")
        || is(word, "--noediting")
        || is(word, "--verbose");
  }

  private static List<ByteString> simple(List<ByteString> words) {
    int at = 0;
    while (at < words.size() && isAssignment(words.get(at))) {
      at++;
    }
    while (at < words.size()) {
      ByteString word = words.get(at);
      if (NOT_SIMPLE.contains(" " + word + " ")) {
        return List.of();
      }
      boolean goesOn = is(word, "exec") || is(word, "command");
      if (!goesOn) {
        return List.copyOf(words.subList(at, words.size()));
      }
      at++;
      if (at < words.size() && is(words.get(at), "--")) {
        at++;
      } else if (at < words.size() && !words.get(at).isEmpty() && words.get(at).at(0) == '-') {
        return List.of();
      }
    }
    return List.of();
  }

  private static boolean isAssignment(ByteString word) {
    int equals = word.indexOf('=', 0);
    if (equals <= 0) {
      return false;
    }
    for (int i = 0; i < equals; i++) {
      byte b = word.at(i);
      boolean letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_';
      if (!letter && (i == 0 || b < '0' || b > '9')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNumber(ByteString word, int from) {
    int at =
        from < word.length() && (word.at(from) == '-' || word.at(from) == '+') ? from + 1 : from;
    if (at >= word.length()) {
      return false;
    }
    for (int i = at; i < word.length(); i++) {
      if (word.at(i) < '0' || word.at(i) > '9') {
        return false;
      }
    }
    return true;
  }

  static ByteString baseName(ByteString path) {
    int start = baseStart(path);
    return start == 0 ? path : path.slice(start, path.length());
  }

  /** Where the base name of a path begins. */
  static int baseStart(ByteString path) {
    int start = path.length();
    while (start > 0 && path.at(start - 1) != '/') {
      start--;
    }
    return start;
  }

  private static boolean is(ByteString word, String text) {
    if (word.length() != text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (word.at(i) != (byte) text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
