package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormConnectors;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Does to a connector, by Connect's REST API, what operators do. */
final class OrderConnector implements Fault {
  private final Kind kind;

  /** The orders. */
  enum Kind {
    PAUSE("a connector is paused and resumed"),
    STOP("a connector is stopped and resumed"),
    RESTART("a connector is restarted, once or several times");

    private final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  OrderConnector(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String name() {
    return kind.name().toLowerCase(Locale.ROOT) + "-connector";
  }

  @Override
  public String description() {
    return kind.description + " by REST";
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    String connector = random.nextInt(3) == 0 ? StormConnectors.SINK : StormConnectors.SOURCE;
    switch (kind) {
      case PAUSE -> {
        Moments.persist("pause " + connector, () -> stack.connect().pause(connector));
        Moments.last(Moments.between(1, 8, random));
        Moments.persist("resume " + connector, () -> stack.connect().resume(connector));
      }
      case STOP -> {
        Moments.persist("stop " + connector, () -> stack.connect().stop(connector));
        Moments.last(Moments.between(1, 8, random));
        Moments.persist("resume " + connector, () -> stack.connect().resume(connector));
      }
      case RESTART -> {
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
          Moments.persist("restart " + connector, () -> stack.connect().restart(connector));
          Moments.last(Moments.between(0, 3, random));
        }
      }
    }
    return connector;
  }
}
