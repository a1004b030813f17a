package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every kind of fault. */
public final class Faults {
  private static final List<Fault> ALL = all();

  /** Those that are no fault, or with which less can be compared. */
  private static final List<Fault> BY_NAME = List.of(new Calm(), new IncrementalSnapshot());

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
    return List.copyOf(faults);
  }

  /** All that leave every promise as it is. */
  public static List<Fault> every() {
    return ALL;
  }

  /** The same and those that happen only if they are named. */
  public static List<Fault> known() {
    return Stream.concat(ALL.stream(), BY_NAME.stream()).toList();
  }

  /** The one of a name. */
  public static Optional<Fault> named(String name) {
    return known().stream().filter(fault -> fault.name().equals(name)).findFirst();
  }
}
