package dev.paddock.sandbox.process;

import dev.paddock.linux.Arch;
import dev.paddock.linux.Errno;
import dev.paddock.linux.Fd;
import dev.paddock.linux.FileStatus;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Paths;
import dev.paddock.linux.ProcessMemory;
import dev.paddock.sandbox.process.ExecRequest.Role;
import dev.paddock.sandbox.supervise.HeldCall;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a caller of execve(2) or execveat(2) asks for, and finds out what will come of it. */
final class ExecReader {
  /** PATH_MAX, with the NUL; linux/limits.h. */
  private static final int LONGEST_PATH = 4095;

  /** MAX_ARG_STRLEN, with the NUL: 32 pages; linux/binfmts.h. */
  private static final int LONGEST_STRING = 131_071;

  /** What the kernel takes with the usual limit of 8 MiB for the stack: a quarter. */
  private static final long MOST_BYTES = 2 << 20;

  /** How often one interpreter may lead to the next; exec_binprm() in fs/exec.c. */
  private static final int MOST_INTERPRETERS = 5;

  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;

  /** Where the machine of an ELF file stands, see elf(5). */
  private static final int ELF_MACHINE = 18;

  private static final int ELF_CLASS = 4;
  private static final int ELF_CLASS_64 = 2;

  private final int thread;
  private final CallerFiles files;
  private final LoaderReader loader;
  private final boolean withEnvironment;
  private final boolean opening;

  /**
   * A reader for one caller.
   *
   * @param opening whether files are opened to see what they are. That shows to whoever watches
   *     them, as with inotify(7)
   */
  ExecReader(int thread, LoaderReader loader, boolean withEnvironment, boolean opening) {
    this.thread = thread;
    this.files = new CallerFiles(thread);
    this.loader = loader;
    this.withEnvironment = withEnvironment;
    this.opening = opening;
  }

  /**
   * Which file is asked for.
   *
   * @param directory what the path starts from, as {@link CallerFiles#open} has it
   * @param path as given; may be empty with {@code AT_EMPTY_PATH}
   * @param name the path as the kernel will have it; AT_EXECFN
   * @param follow whether a symbolic link at the end is followed
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Asked(int directory, byte[] path, byte[] name, boolean follow) {}

  /**
   * Reads the path of a call.
   *
   * @param at whether it is execveat
   * @throws KernelException with what the call fails with
   */
  Asked asked(HeldCall call, boolean at) throws KernelException {
    int directory = at ? (int) call.argument(0) : CallerFiles.WORKING_DIRECTORY;
    int flags = at ? (int) call.argument(4) : 0;
    byte[] path;
    try {
      path = ProcessMemory.ofThread().readString(thread, call.argument(at ? 1 : 0), LONGEST_PATH);
    } catch (KernelException e) {
      throw e.is(Errno.E2BIG) ? failure(Errno.ENAMETOOLONG) : e;
    }
    if (path.length == 0 && (flags & AT_EMPTY_PATH) == 0) {
      throw failure(Errno.ENOENT);
    }
    return asked(directory, path, (flags & AT_SYMLINK_NOFOLLOW) == 0);
  }

  private static Asked asked(int directory, byte[] path, boolean follow) {
    boolean absolute = path.length > 0 && path[0] == '/';
    if (directory == CallerFiles.WORKING_DIRECTORY || absolute) {
      return new Asked(CallerFiles.WORKING_DIRECTORY, path, path, follow);
    }
    // alloc_bprm() in fs/exec.c
    String prefix = "/dev/fd/" + directory + (path.length == 0 ? "" : "/");
    byte[] start = prefix.getBytes(StandardCharsets.US_ASCII);
    byte[] name = java.util.Arrays.copyOf(start, start.length + path.length);
    System.arraycopy(path, 0, name, start.length, path.length);
    return new Asked(directory, path, name, follow);
  }

  /** What a program that has started says that it was asked for by. */
  static Asked asked(byte[] name) {
    return new Asked(CallerFiles.WORKING_DIRECTORY, name, name, true);
  }

  /** Whether the caller would be told ENOENT, and may know. */
  boolean isAbsent(Asked asked) {
    return files.isAbsent(asked.directory(), asked.path());
  }

  /**
   * Opens the file that is asked for.
   *
   * @throws KernelException with what the call fails with
   */
  Fd open(Asked asked) throws KernelException {
    return asked.path().length == 0
        ? files.descriptor(asked.directory())
        : files.open(asked.directory(), asked.path(), asked.follow());
  }

  /**
   * Reads the arguments of a call.
   *
   * @throws KernelException with what the call fails with
   */
  List<byte[]> arguments(HeldCall call, boolean at) throws KernelException {
    List<byte[]> arguments = strings(call.argument(at ? 2 : 1));
    // Linux 5.18: there is always a name.
    return arguments.isEmpty() ? List.of(new byte[0]) : arguments;
  }

  /** The same for the environment; none if nobody wants to know. */
  List<byte[]> environment(HeldCall call, boolean at) throws KernelException {
    return withEnvironment ? strings(call.argument(at ? 3 : 2)) : List.of();
  }

  private List<byte[]> strings(long vector) throws KernelException {
    return ProcessMemory.ofThread().readStrings(thread, vector, LONGEST_STRING, MOST_BYTES);
  }

  /**
   * Finds out what will come of an exec.
   *
   * @param file what is asked for, opened; null if it cannot be found: then only the result tells
   * @throws KernelException with what the call fails with
   */
  ExecCandidate candidate(
      Asked asked, @Nullable Fd file, List<byte[]> arguments, List<byte[]> environment)
      throws KernelException {
    List<ExecRequest> requests = new ArrayList<>(2);
    byte @Nullable [] joined = withEnvironment ? ExecCandidate.joined(environment) : null;
    if (file == null) {
      requests.add(
          new ExecRequest(
              Role.PROGRAM, thread, asked.name(), new byte[0], null, arguments, environment));
      return new ExecCandidate(
          requests, true, null, asked.name(), ExecCandidate.joined(arguments), joined);
    }
    List<byte[]> words = new ArrayList<>(0);
    byte[] name = asked.name();
    List<byte[]> now = arguments;
    @Nullable FileStatus image = null;
    boolean readable = true;
    Fd current = file;
    Role role = Role.PROGRAM;
    try {
      for (int depth = 0; ; depth++) {
        FileStatus status = Paths.status(current);
        if (!status.isRegular()) {
          throw failure(Errno.EACCES);
        }
        byte[] executable = Paths.ofDescriptor(current);
        if (!opening) {
          requests.add(new ExecRequest(role, thread, name, executable, status, now, environment));
          break;
        }
        byte[] start = start(current);
        if (start == null) {
          requests.add(new ExecRequest(role, thread, name, executable, status, now, environment));
          readable = false;
          break;
        }
        ScriptLine line = ScriptLine.read(start);
        Role shown = role == Role.PROGRAM && line != null ? Role.SCRIPT : role;
        requests.add(new ExecRequest(shown, thread, name, executable, status, now, environment));
        if (line == null) {
          image = isNative(start) ? status : null;
          loaded(requests, executable, now, environment);
          break;
        }
        if (depth == MOST_INTERPRETERS) {
          throw failure(Errno.ELOOP);
        }
        addWords(words, line);
        now = line.arguments(name, now);
        name = line.interpreter();
        role = Role.INTERPRETER;
        Fd interpreter;
        try {
          interpreter = files.open(CallerFiles.WORKING_DIRECTORY, name, true);
        } catch (KernelException e) {
          // The kernel says why: what we may see the caller need not be allowed to.
          requests.add(new ExecRequest(role, thread, name, new byte[0], null, now, environment));
          break;
        }
        if (current != file) {
          current.close();
        }
        current = interpreter;
      }
    } finally {
      if (current != file) {
        current.close();
      }
    }
    if (!words.isEmpty()) {
      requests.set(0, requests.getFirst().by(words));
    }
    return new ExecCandidate(
        requests, readable, image, asked.name(), ExecCandidate.joined(now), joined);
  }

  /** The programs that a script's first line may name: {@code #!/usr/bin/env node} has two. */
  private static void addWords(List<byte[]> words, ScriptLine line) {
    words.add(line.interpreter());
    byte[] argument = line.argument();
    int start = 0;
    for (int i = 0; argument != null && i <= argument.length; i++) {
      if (i == argument.length || argument[i] == ' ' || argument[i] == '\t') {
        if (i > start) {
          words.add(java.util.Arrays.copyOfRange(argument, start, i));
        }
        start = i + 1;
      }
    }
  }

  /** The dynamic loader is also judged as what it is told to load. */
  private void loaded(
      List<ExecRequest> requests,
      byte[] executable,
      List<byte[]> arguments,
      List<byte[]> environment) {
    byte[] by = executable;
    List<byte[]> now = arguments;
    for (int depth = 0; depth < MOST_INTERPRETERS; depth++) { // It can be told to load itself.
      LoaderReader.Loaded loaded = loader.read(by, now);
      if (loaded == null) {
        return;
      }
      byte[] found = new byte[0];
      @Nullable FileStatus status = null;
      try (Fd program = files.open(CallerFiles.WORKING_DIRECTORY, loaded.path(), true)) {
        found = Paths.ofDescriptor(program);
        status = Paths.status(program);
      } catch (KernelException | IllegalArgumentException e) {
        // It will not be found by the loader either; its name is judged all the same.
      }
      requests.add(
          new ExecRequest(
              Role.LOADED, thread, loaded.path(), found, status, loaded.arguments(), environment));
      by = found;
      now = loaded.arguments();
      if (now.isEmpty()) {
        return;
      }
    }
  }

  /** The first bytes of a file; null if we may not read it. */
  private static byte @Nullable [] start(Fd file) throws KernelException {
    byte[] start = new byte[ScriptLine.SIZE];
    int length = 0;
    try (Fd opened = Paths.reopen(file, Paths.O_RDONLY | Paths.O_NOCTTY)) {
      while (length < start.length) {
        int count = opened.read(start, length, start.length - length);
        if (count == 0) {
          break;
        }
        length += count;
      }
    } catch (KernelException e) {
      if (e.is(Errno.EACCES) || e.is(Errno.EPERM)) {
        return null;
      }
      throw e;
    }
    return java.util.Arrays.copyOf(start, length);
  }

  /** Whether the kernel itself runs this; anything else may be given to somebody by binfmt_misc. */
  private static boolean isNative(byte[] start) {
    int machine = Arch.current() == Arch.X86_64 ? 62 : 183; // EM_X86_64, EM_AARCH64; elf-em.h
    return start.length > ELF_MACHINE + 1
        && start[0] == 0x7f
        && start[1] == 'E'
        && start[2] == 'L'
        && start[3] == 'F'
        && start[ELF_CLASS] == ELF_CLASS_64
        && ((start[ELF_MACHINE] & 0xff) | (start[ELF_MACHINE + 1] & 0xff) << 8) == machine;
  }

  private static KernelException failure(int errno) {
    return new KernelException(Errno.of(errno), "execve", "");
  }
}
