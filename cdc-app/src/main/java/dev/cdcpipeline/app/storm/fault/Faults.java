package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every kind of fault. */
public final class Faults {
  private static final List<Fault> ALL = all();

  /** No fault, for comparison. */
  private static final Fault CALM = new Calm();

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

  /** All that are faults. */
  public static List<Fault> every() {
    return ALL;
  }

  /** The same and what happens only if it is named. */
  public static List<Fault> known() {
    return Stream.concat(ALL.stream(), Stream.of(CALM)).toList();
  }

  /** The one of a name. */
  public static Optional<Fault> named(String name) {
    return known().stream().filter(fault -> fault.name().equals(name)).findFirst();
  }
}
