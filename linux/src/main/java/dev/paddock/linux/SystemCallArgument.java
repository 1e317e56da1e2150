package dev.paddock.linux;

/** What one argument of a system call means. */
public enum SystemCallArgument {
  /** An open descriptor. */
  DESCRIPTOR('f'),
  /** A descriptor of a directory from which a relative path starts, or {@code AT_FDCWD}. */
  DIRECTORY('d'),
  /** A pointer to a path that ends with a NUL. */
  PATH('p'),
  /** A pointer to another string that ends with a NUL. */
  STRING('s'),
  /** A pointer to an array of pointers to strings, which ends with a null pointer. */
  STRINGS('v'),
  /** A pointer to bytes whose number is another argument. */
  BUFFER('b'),
  /** A pointer to a struct or an array. */
  POINTER('*'),
  /** A pointer to a {@code struct sockaddr} whose length is the next argument. */
  SOCKET_ADDRESS('n'),
  /** An address in the caller's own address space that is not read through. */
  ADDRESS('a'),
  /** A number of bytes or elements. */
  SIZE('z'),
  /** A position in a file. */
  OFFSET('x'),
  /** A set of bits. */
  FLAGS('o'),
  /** File mode bits. */
  MODE('m'),
  /** What is to be done: the command of ioctl(2), fcntl(2), prctl(2) and their like. */
  COMMAND('c'),
  /** A process, thread or process group id. */
  PROCESS('P'),
  /** A signal's number. */
  SIGNAL('g'),
  /** A user or group id. */
  USER('u'),
  /** A clock's id. */
  CLOCK('t'),
  /** A key or an id in a name space of its own: System V IPC, keyrings, timers. */
  KEY('k'),
  /** Another number. */
  NUMBER('i');

  private static final SystemCallArgument[] ALL = values();

  private final char code;

  SystemCallArgument(char code) {
    this.code = code;
  }

  static SystemCallArgument of(char code) {
    for (SystemCallArgument argument : ALL) {
      if (argument.code == code) {
        return argument;
      }
    }
    throw new IllegalArgumentException("no argument kind " + code);
  }
}
