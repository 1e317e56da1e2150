package dev.paddock.sandbox;

import dev.paddock.linux.Fd;
import dev.paddock.linux.KernelException;
import dev.paddock.linux.Listener;
import dev.paddock.sandbox.launch.Supervision;
import dev.paddock.sandbox.supervise.CustomHandler;
import dev.paddock.sandbox.supervise.HeldCall;
import dev.paddock.sandbox.supervise.Routes;
import dev.paddock.sandbox.supervise.Supervisor;
import dev.paddock.sandbox.supervise.Trouble;
import dev.paddock.sandbox.supervise.Workers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The supervisor of one run, put together from what its plan needs and nothing else. */
final class RunSupervision implements Supervision, Trouble {
  private final Plan plan;
  private final Workers workers = new Workers();
  private @Nullable Supervisor supervisor;
  private volatile Runnable kill = () -> {};

  RunSupervision(Plan plan) {
    this.plan = plan;
  }

  @Override
  public void begin(Fd listener, Beginning beginning, Runnable killer) throws KernelException {
    kill = killer;
    supervisor = Supervisor.start(Listener.adopt(listener), routes(), this);
  }

  private Routes routes() {
    Routes.Builder routes = Routes.builder();
    for (Map.Entry<String, SystemCallHandler> custom : plan.oversight().handlers().entrySet()) {
      String name = custom.getKey();
      routes.route(new CustomHandler(name, custom.getValue(), workers, this), name);
    }
    return routes.build();
  }

  @Override
  public void end() {
    kill = () -> {};
    workers.end();
    Supervisor running = supervisor;
    if (running != null) {
      running.end();
    }
  }

  @Override
  public void handlerFailed(int thread, int number, Throwable cause) {}

  @Override
  public void expired(HeldCall call) {}

  @Override
  public void kill(String reason) {
    kill.run();
  }
}
