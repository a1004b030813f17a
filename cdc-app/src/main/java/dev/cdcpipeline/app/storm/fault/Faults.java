package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Every kind of fault. */
public final class Faults {
  private static final List<Fault> ALL = all();

  private Faults() {}

  private static List<Fault> all() {
    List<Fault> faults = new ArrayList<>();
    for (Service service : Service.values()) {
      faults.add(new KillServer(service));
    }
    faults.add(new KillLauncher());
    faults.add(TerminateSessions.ofWalSender());
    faults.add(TerminateSessions.ofSink());
    for (Service service : Service.values()) {
      faults.add(new FreezeServer(service));
    }
    for (DisturbLink.Kind kind : DisturbLink.Kind.values()) {
      faults.add(new DisturbLink(kind));
    }
    faults.add(new FillDisk());
    faults.add(new RegistryErrors());
    faults.add(new JoinWorker());
    for (OrderConnector.Kind kind : OrderConnector.Kind.values()) {
      faults.add(new OrderConnector(kind));
    }
    faults.add(new IncrementalSnapshot());
    faults.add(new InitialSnapshot());
    return List.copyOf(faults);
  }

  /** All of them, but for the calm. */
  public static List<Fault> every() {
    return ALL;
  }

  /** The one of a name. */
  public static Optional<Fault> named(String name) {
    Fault calm = new Calm();
    return calm.name().equals(name)
        ? Optional.of(calm)
        : ALL.stream().filter(fault -> fault.name().equals(name)).findFirst();
  }
}
