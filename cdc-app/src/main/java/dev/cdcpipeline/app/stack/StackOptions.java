package dev.cdcpipeline.app.stack;

import java.nio.file.Path;

/**
 * What an embedded stack is started with.
 *
 * @param data the directory that holds its data, logs and secrets; made if it is missing
 * @param distribution what it runs on
 * @param listener hears what happens
 * @param supervised whether a piece that dies, and a connector that fails, is started again
 * @param connectors whether the connectors of {@code infra/connectors} are deployed
 * @param quickStart whether the broker and the Connect worker compile their code quickly rather
 *     than thoroughly: up in half the time, slower under full load
 * @param way which connectors are deployed, and whether the Streams application is started
 * @param wiring where the parts call one another
 */
public record StackOptions(
    Path data,
    Distribution distribution,
    StackListener listener,
    boolean supervised,
    boolean connectors,
    boolean quickStart,
    Way way,
    Wiring wiring) {

  /** Makes the directory absolute: children run elsewhere. */
  public StackOptions {
    data = data.toAbsolutePath().normalize();
  }

  /** A stack with its data in a directory, unsupervised, with all connectors, for a quick start. */
  public static StackOptions in(Path data) {
    return new StackOptions(
        data,
        Distribution.locate(),
        StackListener.NONE,
        false,
        true,
        true,
        Way.TABLE,
        Wiring.DIRECT);
  }

  /** The same with another distribution. */
  public StackOptions withDistribution(Distribution other) {
    return new StackOptions(data, other, listener, supervised, connectors, quickStart, way, wiring);
  }

  /** The same with a listener. */
  public StackOptions withListener(StackListener other) {
    return new StackOptions(
        data, distribution, other, supervised, connectors, quickStart, way, wiring);
  }

  /** The same with or without supervision. */
  public StackOptions withSupervision(boolean on) {
    return new StackOptions(data, distribution, listener, on, connectors, quickStart, way, wiring);
  }

  /** The same without connectors: databases, broker, registry and an idle Connect worker. */
  public StackOptions withoutConnectors() {
    return new StackOptions(
        data, distribution, listener, supervised, false, quickStart, way, wiring);
  }

  /** The same for long and heavy work, at the price of a slower start. */
  public StackOptions forThroughput() {
    return new StackOptions(
        data, distribution, listener, supervised, connectors, false, way, wiring);
  }

  /** The same by another way. */
  public StackOptions withWay(Way other) {
    return new StackOptions(
        data, distribution, listener, supervised, connectors, quickStart, other, wiring);
  }

  /** The same with other places where the parts call one another. */
  public StackOptions withWiring(Wiring other) {
    return new StackOptions(
        data, distribution, listener, supervised, connectors, quickStart, way, other);
  }
}
