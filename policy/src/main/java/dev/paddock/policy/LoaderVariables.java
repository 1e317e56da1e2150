package dev.paddock.policy;

/**
 * The variables that make a program run code of somebody's choice before or beside its own.
 * Sources: ld.so(8), bash(1), dash(1), python(1), perlrun(1), ruby(1), node(1), java(1), git(1),
 * rsync(1).
 */
public final class LoaderVariables {
  /** A line for each program: its name as a prefix, then its variables; {@code *} ends a prefix. */
  private static final String[][] TABLE = {
    {"", "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "GCONV_PATH", "GLIBC_TUNABLES"},
    {"bash", "BASH_ENV", "ENV", "BASH_FUNC_*", "SHELLOPTS", "PS4"},
    {"sh", "BASH_ENV", "ENV", "BASH_FUNC_*", "SHELLOPTS", "PS4"},
    {"dash", "ENV"},
    {"zsh", "ZDOTDIR"},
    {"python", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT", "PYTHONBREAKPOINT"},
    {"perl", "PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB"},
    {"ruby", "RUBYOPT", "RUBYLIB"},
    {"node", "NODE_OPTIONS", "NODE_PATH"},
    {"java", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"},
    {"lua", "LUA_INIT*", "LUA_PATH*", "LUA_CPATH*"},
    {"php", "PHPRC", "PHP_INI_SCAN_DIR"},
    {
      "git",
      "GIT_SSH",
      "GIT_SSH_COMMAND",
      "GIT_EXTERNAL_DIFF",
      "GIT_PAGER",
      "PAGER",
      "GIT_EDITOR",
      "GIT_SEQUENCE_EDITOR",
      "VISUAL",
      "EDITOR",
      "GIT_ASKPASS",
      "SSH_ASKPASS",
      "GIT_PROXY_COMMAND",
      "GIT_EXEC_PATH",
      "GIT_TEMPLATE_DIR",
      "GIT_CONFIG*"
    },
    {"rsync", "RSYNC_RSH", "RSYNC_CONNECT_PROG"},
    {"man", "MANPAGER", "PAGER"},
    {"less", "LESSOPEN", "LESSCLOSE"},
    {"make", "MAKEFLAGS", "MAKEFILES", "GNUMAKEFLAGS"},
    {"tar", "TAR_OPTIONS"},
  };

  private LoaderVariables() {}

  /**
   * Whether a variable makes a program run other code.
   *
   * @param program the program's base name; a version may follow the name: {@code python3.11}
   * @param assignment as {@code NAME=value}; an empty value injects nothing
   */
  public static boolean injects(ByteString program, ByteString assignment) {
    int equals = assignment.indexOf('=', 0);
    if (equals <= 0 || equals == assignment.length() - 1) {
      return false;
    }
    for (String[] line : TABLE) {
      if (isProgram(program, line[0])) {
        for (int i = 1; i < line.length; i++) {
          if (isVariable(assignment, equals, line[i])) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isProgram(ByteString program, String name) {
    if (name.isEmpty()) {
      return true;
    }
    if (!program.startsWith(ByteString.of(name))) {
      return false;
    }
    for (int i = name.length(); i < program.length(); i++) {
      byte b = program.at(i);
      if ((b < '0' || b > '9') && b != '.' && b != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isVariable(ByteString assignment, int equals, String name) {
    boolean open = name.endsWith("*");
    String fixed = open ? name.substring(0, name.length() - 1) : name;
    return assignment.startsWith(ByteString.of(fixed)) && (open || equals == fixed.length());
  }
}
