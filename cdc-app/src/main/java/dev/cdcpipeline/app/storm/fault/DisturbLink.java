package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.net.LinkProxy;
import dev.cdcpipeline.app.stack.Link;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/** Disturbs the connections between two parts, by the proxy between them. */
final class DisturbLink implements Fault {
  private final Kind kind;

  /** What happens to connections. */
  enum Kind {
    CUT("connections between two parts are cut, several times"),
    REFUSE("connections between two parts are cut, and new ones refused for seconds"),
    DELAY("each direction between two parts takes up to half a second longer"),
    THROTTLE("connections between two parts carry only some kilobytes a second"),
    STALL("nothing passes between two parts, and nothing is ended, for up to 40 s");

    private final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  DisturbLink(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String name() {
    return kind.name().toLowerCase(java.util.Locale.ROOT) + "-link";
  }

  @Override
  public String description() {
    return kind.description;
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    List<Link> links = stack.links();
    Link link = links.get(random.nextInt(links.size()));
    LinkProxy proxy = stack.proxy(link);
    String detail = disturb(proxy, random);
    return link.title() + ": " + detail;
  }

  private String disturb(LinkProxy proxy, RandomGenerator random) throws InterruptedException {
    try {
      return switch (kind) {
        case CUT -> {
          int times = 1 + random.nextInt(4);
          for (int i = 0; i < times; i++) {
            proxy.cut();
            Moments.last(Moments.between(0, 1, random));
          }
          yield "cut " + times + " times";
        }
        case REFUSE -> {
          proxy.refuse();
          Moments.last(Moments.between(2, 15, random));
          yield "refused";
        }
        case DELAY -> {
          int millis = 20 + random.nextInt(480);
          proxy.delay(Duration.ofMillis(millis));
          Moments.last(Moments.between(5, 15, random));
          yield "delayed by " + millis + " ms";
        }
        case THROTTLE -> {
          int bytes = 20_000 + random.nextInt(200_000);
          proxy.throttle(bytes);
          Moments.last(Moments.between(5, 15, random));
          yield "throttled to " + bytes / 1_000 + " kB/s";
        }
        case STALL -> {
          proxy.stall();
          Moments.last(Moments.between(5, 40, random));
          yield "stalled";
        }
      };
    } finally {
      proxy.restore();
    }
  }
}
