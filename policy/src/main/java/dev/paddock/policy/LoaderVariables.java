package dev.paddock.policy;

import java.util.List;

/**
 * The variables that make a program do what its command line does not say. Such a list is never
 * complete: it has the ones that are documented, for the programs that rules are written for.
 * Sources: ld.so(8), bash(1), dash(1), zsh(1), python(1), perlrun(1), ruby(1), node(1), java(1),
 * git(1), rsync(1), tar(1), make(1), and the manuals of the others.
 */
public final class LoaderVariables {
  /** What a variable does to a program that is started with it. */
  public enum Effect {
    /** Nothing that is known. */
    NONE,
    /**
     * The program runs another one, such as a pager. That is an exec of its own, and judged as one.
     */
    COMMAND,
    /** The program takes options from it, which are in no argument. */
    OPTIONS,
    /** The program runs code from it, or from a file that it names, in its own process. */
    CODE
  }

  private record Line(ByteString program, Effect effect, List<ByteString> variables) {}

  /**
   * A line for each program and effect: its base name, after which a version may follow; then the
   * variables, a {@code *} at the end of one for any that begins like that.
   */
  private static final Line[] TABLE = {
    // glibc, musl and what most programs are linked with: for every program.
    line(
        "",
        Effect.CODE,
        "LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH GCONV_PATH GLIBC_TUNABLES OPENSSL_CONF"
            + " OPENSSL_MODULES OPENSSL_ENGINES"),
    line("sh", Effect.CODE, "BASH_ENV ENV BASH_FUNC_* SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND"),
    line("bash", Effect.CODE, "BASH_ENV ENV BASH_FUNC_* SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND"),
    line("rbash", Effect.CODE, "BASH_ENV ENV BASH_FUNC_* SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND"),
    line("dash", Effect.CODE, "ENV PS4"),
    line("ash", Effect.CODE, "ENV PS4"),
    line("busybox", Effect.CODE, "ENV PS4"),
    line("ksh", Effect.CODE, "ENV PS4"),
    line("mksh", Effect.CODE, "ENV PS4"),
    line("zsh", Effect.CODE, "ZDOTDIR PS4 FPATH"),
    line(
        "python",
        Effect.CODE,
        "PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONINSPECT PYTHONBREAKPOINT PYTHONUSERBASE"
            + " PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PYTHONWARNINGS PYTHONEXECUTABLE"),
    line(
        "pypy",
        Effect.CODE,
        "PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONINSPECT PYTHONUSERBASE PYTHONWARNINGS"),
    line("pytest", Effect.OPTIONS, "PYTEST_ADDOPTS PYTEST_PLUGINS"),
    line("pip", Effect.OPTIONS, "PIP_*"),
    line("perl", Effect.CODE, "PERL5OPT PERL5LIB PERLLIB PERL5DB"),
    line("ruby", Effect.CODE, "RUBYOPT RUBYLIB GEM_HOME GEM_PATH BUNDLE_GEMFILE"),
    line("node", Effect.CODE, "NODE_OPTIONS NODE_PATH"),
    line("nodejs", Effect.CODE, "NODE_OPTIONS NODE_PATH"),
    line("npm", Effect.OPTIONS, "npm_config_* NPM_CONFIG_*"),
    line("java", Effect.CODE, "JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH"),
    line("javac", Effect.CODE, "JAVA_TOOL_OPTIONS JDK_JAVAC_OPTIONS _JAVA_OPTIONS CLASSPATH"),
    line("mvn", Effect.CODE, "MAVEN_OPTS MAVEN_ARGS JAVA_TOOL_OPTIONS _JAVA_OPTIONS"),
    line("gradle", Effect.CODE, "GRADLE_OPTS JAVA_OPTS JAVA_TOOL_OPTIONS _JAVA_OPTIONS"),
    line("dotnet", Effect.CODE, "DOTNET_STARTUP_HOOKS CORECLR_PROFILER_PATH*"),
    line("lua", Effect.CODE, "LUA_INIT* LUA_PATH* LUA_CPATH*"),
    line("luajit", Effect.CODE, "LUA_INIT* LUA_PATH* LUA_CPATH*"),
    line("php", Effect.CODE, "PHPRC PHP_INI_SCAN_DIR"),
    line("R", Effect.CODE, "R_PROFILE* R_ENVIRON* R_LIBS*"),
    line("Rscript", Effect.CODE, "R_PROFILE* R_ENVIRON* R_LIBS*"),
    line("julia", Effect.CODE, "JULIA_LOAD_PATH JULIA_DEPOT_PATH JULIA_PROJECT"),
    line("guile", Effect.CODE, "GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH"),
    line("erl", Effect.CODE, "ERL_AFLAGS ERL_FLAGS ERL_ZFLAGS ERL_LIBS"),
    line("tclsh", Effect.CODE, "TCLLIBPATH TCL_LIBRARY"),
    line("awk", Effect.CODE, "AWKPATH AWKLIBPATH"),
    line("gawk", Effect.CODE, "AWKPATH AWKLIBPATH"),
    line("vim", Effect.CODE, "VIMINIT EXINIT VIMRUNTIME"),
    line("vi", Effect.CODE, "VIMINIT EXINIT VIMRUNTIME"),
    line("emacs", Effect.CODE, "EMACSLOADPATH"),
    line("hg", Effect.CODE, "HGRCPATH"),
    line("hg", Effect.COMMAND, "HGEDITOR EDITOR VISUAL PAGER"),
    // An alias, or a hooks folder, in the configuration makes other arguments of these.
    line("git", Effect.OPTIONS, "GIT_CONFIG*"),
    line(
        "git",
        Effect.COMMAND,
        "GIT_SSH GIT_SSH_COMMAND GIT_EXTERNAL_DIFF GIT_PAGER PAGER GIT_EDITOR GIT_SEQUENCE_EDITOR"
            + " VISUAL EDITOR GIT_ASKPASS SSH_ASKPASS GIT_PROXY_COMMAND GIT_EXEC_PATH"
            + " GIT_TEMPLATE_DIR"),
    line("svn", Effect.COMMAND, "SVN_SSH SVN_EDITOR EDITOR VISUAL"),
    line("ssh", Effect.COMMAND, "SSH_ASKPASS"),
    line("sudo", Effect.COMMAND, "SUDO_ASKPASS SUDO_EDITOR EDITOR VISUAL"),
    line("rsync", Effect.COMMAND, "RSYNC_RSH RSYNC_CONNECT_PROG"),
    line("man", Effect.COMMAND, "MANPAGER PAGER"),
    line("man", Effect.OPTIONS, "MANOPT"),
    line("less", Effect.COMMAND, "LESSOPEN LESSCLOSE VISUAL EDITOR"),
    line("less", Effect.OPTIONS, "LESS LESSKEY*"),
    line("psql", Effect.OPTIONS, "PSQLRC"),
    line("psql", Effect.COMMAND, "PSQL_PAGER PAGER PSQL_EDITOR EDITOR VISUAL"),
    line("kubectl", Effect.COMMAND, "KUBECONFIG KUBECTL_EXTERNAL_DIFF KUBE_EDITOR EDITOR"),
    line("terraform", Effect.OPTIONS, "TF_CLI_ARGS* TF_CLI_CONFIG_FILE"),
    line("ansible", Effect.OPTIONS, "ANSIBLE_*"),
    line("ansible-playbook", Effect.OPTIONS, "ANSIBLE_*"),
    line("make", Effect.OPTIONS, "MAKEFLAGS MAKEFILES GNUMAKEFLAGS"),
    line("gmake", Effect.OPTIONS, "MAKEFLAGS MAKEFILES GNUMAKEFLAGS"),
    line("go", Effect.OPTIONS, "GOFLAGS GOENV"),
    line("cargo", Effect.OPTIONS, "CARGO_ALIAS_* RUSTFLAGS"),
    line("cargo", Effect.COMMAND, "CARGO_BUILD_* CARGO_TARGET_* RUSTC RUSTC_WRAPPER RUSTDOC"),
    line("gcc", Effect.COMMAND, "COMPILER_PATH GCC_EXEC_PREFIX"),
    line("tar", Effect.OPTIONS, "TAR_OPTIONS"),
    line("xz", Effect.OPTIONS, "XZ_OPT XZ_DEFAULTS"),
    line("zip", Effect.OPTIONS, "ZIPOPT"),
    line("unzip", Effect.OPTIONS, "UNZIP"),
    line("bc", Effect.OPTIONS, "BC_ENV_ARGS"),
    line("curl", Effect.OPTIONS, "CURL_HOME"),
    line("wget", Effect.OPTIONS, "WGETRC SYSTEM_WGETRC"),
    line("docker", Effect.OPTIONS, "DOCKER_CONFIG"),
  };

  private LoaderVariables() {}

  private static Line line(String program, Effect effect, String variables) {
    String[] names = variables.split(" ", -1);
    ByteString[] bytes = new ByteString[names.length];
    for (int i = 0; i < names.length; i++) {
      bytes[i] = ByteString.of(names[i]);
    }
    return new Line(ByteString.of(program), effect, List.of(bytes));
  }

  /**
   * What a variable does to a program, the worst of what is known.
   *
   * @param program the program's base name; a version may follow the name: {@code python3.11}
   * @param assignment as {@code NAME=value}; an empty value does nothing
   */
  public static Effect effect(ByteString program, ByteString assignment) {
    int equals = assignment.indexOf('=', 0);
    Effect worst = Effect.NONE;
    if (equals <= 0 || equals == assignment.length() - 1) {
      return worst;
    }
    for (Line line : TABLE) {
      if (line.effect.compareTo(worst) > 0
          && isProgram(program, line.program)
          && hasVariable(line.variables, assignment, equals)) {
        worst = line.effect;
      }
    }
    return worst;
  }

  /**
   * Whether a variable makes a program's arguments worthless for a judgement: it runs code in its
   * process, or adds options.
   *
   * @param program the program's base name; a version may follow the name: {@code python3.11}
   * @param assignment as {@code NAME=value}; an empty value injects nothing
   */
  public static boolean injects(ByteString program, ByteString assignment) {
    return effect(program, assignment).compareTo(Effect.OPTIONS) >= 0;
  }

  private static boolean isProgram(ByteString program, ByteString name) {
    if (name.isEmpty()) {
      return true;
    }
    if (!program.startsWith(name)) {
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

  private static boolean hasVariable(
      List<ByteString> variables, ByteString assignment, int equals) {
    for (ByteString variable : variables) {
      int length = variable.length();
      boolean open = variable.endsWith('*');
      if (open
          ? begins(assignment, variable, length - 1)
          : equals == length && assignment.startsWith(variable)) {
        return true;
      }
    }
    return false;
  }

  private static boolean begins(ByteString text, ByteString prefix, int length) {
    if (text.length() < length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text.at(i) != prefix.at(i)) {
        return false;
      }
    }
    return true;
  }
}
