package dev.cdcpipeline.app.storm.stage;

import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Link;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackListener;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.app.stack.Wiring;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * The process that keeps a storm's stack: killed by the storm, and started again, like any other
 * part. It ends when the storm's process does, however that ends, and stops its servers first.
 */
final class StormLauncher {
  private StormLauncher() {}

  /**
   * Keeps a stack until the standard input ends.
   *
   * @param arguments the data directory, the way, and the file of the proxies' ports
   */
  public static void main(String[] arguments) throws IOException {
    Path data = Path.of(arguments[0]);
    Way way = Way.valueOf(arguments[1]);
    Wiring wiring = ProxyPorts.read(Path.of(arguments[2]));
    try (EmbeddedStack stack =
        EmbeddedStack.start(
            StackOptions.in(data)
                .withListener(new Said())
                .withSupervision(true)
                .withWay(way)
                .withoutConnectors()
                .withWiring(wiring))) {
      say("up after " + stack.startupTime().toMillis() + " ms");
      // ends with the process that holds the other end
      System.in.transferTo(OutputStream.nullOutputStream());
    }
    System.exit(0);
  }

  private static void say(String what) {
    System.out.println(Instant.now() + " " + what);
  }

  /** Writes down what happens to the stack. */
  private static final class Said implements StackListener {
    @Override
    public void ready(Service service, Duration took) {
      say(service.title() + " answers after " + took.toMillis() + " ms");
    }

    @Override
    public void died(Service service, String why) {
      say(service.title() + " died: " + why);
    }

    @Override
    public void restarting(Service service, Duration after) {
      say(service.title() + " is started again in " + after.toMillis() + " ms");
    }

    @Override
    public void connectorFailed(String what, String trace) {
      say("connector " + what + " failed: " + trace);
    }

    @Override
    public void connectorRestarted(String connector) {
      say("connector " + connector + " was told to start again");
    }
  }

  /** Whether a link of this way has somebody at its end. */
  static boolean isUsed(Link link, Way way) {
    return switch (link) {
      case CONNECT_SOURCE, CONNECT_TARGET, CONNECT_BROKER, CONNECT_REGISTRY -> true;
      case STREAMS_BROKER, STREAMS_REGISTRY -> way.hasTopics();
    };
  }
}
