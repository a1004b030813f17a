package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every kind of fault. */
public final class Faults {
  private static final List<Fault> ALL = all();

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
    faults.add(new InitialSnapshot());
    faults.add(new IncrementalSnapshot());
    return List.copyOf(faults);
  }

  /** All of them. */
  public static List<Fault> every() {
    return ALL;
  }

  /** The same and {@code calm}, which is none and happens only if it is named. */
  public static List<Fault> known() {
    return Stream.concat(ALL.stream(), Stream.of(CALM)).toList();
  }

  /** The one of a name. */
  public static Optional<Fault> named(String name) {
    return known().stream().filter(fault -> fault.name().equals(name)).findFirst();
  }
}
