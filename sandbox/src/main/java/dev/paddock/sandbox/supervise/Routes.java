package dev.paddock.sandbox.supervise;

import dev.paddock.linux.Arch;
import dev.paddock.linux.SystemCall;
import dev.paddock.linux.SystemCalls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which handler judges which system call: the table that is asked for each one. */
public final class Routes {
  private final @Nullable Handler[] handlers;

  private Routes(@Nullable Handler[] handlers) {
    this.handlers = handlers;
  }

  /** The handler of a system call's number, or null: nobody asked for it, so it is refused. */
  @Nullable Handler of(int number) {
    return number >= 0 && number < handlers.length ? handlers[number] : null;
  }

  /** A table to fill. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects handlers by the names of system calls. */
  public static final class Builder {
    private @Nullable Handler[] handlers = new Handler[512];
    private final List<String> names = new ArrayList<>();

    private Builder() {}

    /**
     * Has a handler judge some calls.
     *
     * @param calls kernel names; those that this architecture lacks are passed over
     * @throws IllegalArgumentException if one is unknown or has a handler
     */
    public Builder route(Handler handler, String... calls) {
      for (String name : calls) {
        SystemCall call =
            SystemCalls.byName(name)
                .orElseThrow(() -> new IllegalArgumentException("no system call " + name));
        if (call.exists(Arch.current())) {
          put(call.number(Arch.current()), handler, name);
        }
      }
      return this;
    }

    private void put(int number, Handler handler, String name) {
      if (number >= handlers.length) {
        handlers = java.util.Arrays.copyOf(handlers, number + 64);
      }
      if (handlers[number] != null) {
        throw new IllegalArgumentException(name + " has a handler already");
      }
      handlers[number] = handler;
      names.add(name);
    }

    /** The table. */
    public Routes build() {
      return new Routes(handlers.clone());
    }
  }
}
