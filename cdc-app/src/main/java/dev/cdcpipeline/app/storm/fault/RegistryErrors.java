package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.net.LinkProxy;
import dev.cdcpipeline.app.stack.Link;
import dev.cdcpipeline.app.storm.stage.StormConnectors;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.random.RandomGenerator;

/**
 * Has the registry answer every request with HTTP status 500, and connectors ask it: they are
 * started again, with nothing in their caches.
 */
final class RegistryErrors implements Fault {
  @Override
  public String name() {
    return "registry-500";
  }

  @Override
  public String description() {
    return "the registry answers 500 while connectors start";
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    LinkProxy proxy = stack.proxy(Link.CONNECT_REGISTRY);
    String connector = random.nextBoolean() ? StormConnectors.SOURCE : StormConnectors.SINK;
    proxy.answerWithHttpError();
    try {
      Moments.persist("restart " + connector, () -> stack.connect().restart(connector));
      Moments.last(Moments.between(3, 15, random));
    } finally {
      proxy.restore();
    }
    return connector + " was restarted meanwhile";
  }
}
