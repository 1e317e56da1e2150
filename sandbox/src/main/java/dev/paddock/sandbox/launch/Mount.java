package dev.paddock.sandbox.launch;

import dev.paddock.policy.ByteString;
import java.util.Set;

/**
 * One step in the making of the target's own root: {@code struct pk_mount} of {@code
 * native/protocol.h}.
 *
 * @param kind what is done
 * @param flags how
 * @param source by the kind: a path of the host, the text of a link, the mode of a directory, what
 *     is in a file; otherwise empty
 * @param place an absolute path in the target's root, without symbolic links
 * @param rights the Landlock rights below it, as the kernel's bits; 0 for those of the host's file
 */
public record Mount(Kind kind, Set<Flag> flags, ByteString source, ByteString place, long rights) {

  /** What is done. */
  public enum Kind {
    /** The root itself, empty at first and read-only in the end. */
    ROOT(1),
    /** A file or directory of the host, with all that is mounted below it. */
    BIND(2),
    /** An empty file system in memory. */
    TMPFS(3),
    /** Pseudo-terminals of its own. */
    DEVPTS(4),
    /** The processes of its own pid name space. */
    PROC(5),
    /** A symbolic link. */
    LINK(6),
    /** An empty directory that can be entered and not listed. */
    DIRECTORY(7),
    /** Hides what is there: an empty file or directory that nobody may open. */
    COVER(8),
    /** POSIX message queues of its own IPC name space. */
    MQUEUE(9),
    /** The directory at the place, changed in a layer. */
    LAYER(10),
    /** A file with a text of its own, over one that is there. */
    TEXT(11);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** How it is done. */
  public enum Flag {
    /** Nothing in it may be changed. */
    READ_ONLY(1),
    /** The place is made, which it may be only where it is the run's own. */
    MAKE(1 << 1),
    /** The place is no directory. */
    FILE(1 << 2),
    /** Left out if what it is about has gone. */
    OPTIONAL(1 << 3);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    int bit() {
      return bit;
    }
  }

  /** Copies the flags. */
  public Mount {
    flags = Set.copyOf(flags);
  }

  int bits() {
    int bits = 0;
    for (Flag flag : flags) {
      bits |= flag.bit();
    }
    return bits;
  }
}
