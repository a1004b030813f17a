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
 * @param registryUrl base URL of the Confluent API of a registry that runs elsewhere and is used
 *     instead of the stack's own; null for the stack's own
 * @param plugins a directory with further plugins for the Connect worker, one directory or archive
 *     for each; null for none
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
    String registryUrl,
    Path plugins,
    Wiring wiring) {

  /** Makes the directories absolute: children run elsewhere. */
  public StackOptions {
    data = data.toAbsolutePath().normalize();
    plugins = plugins == null ? null : plugins.toAbsolutePath().normalize();
  }

  /** Where it is, without the registry's address, which may have a password. */
  @Override
  public String toString() {
    return "stack in %s, way %s".formatted(data, way);
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
        null,
        null,
        Wiring.DIRECT);
  }

  /** The same with another distribution. */
  public StackOptions withDistribution(Distribution other) {
    return new StackOptions(
        data,
        other,
        listener,
        supervised,
        connectors,
        quickStart,
        way,
        registryUrl,
        plugins,
        wiring);
  }

  /** The same with a listener. */
  public StackOptions withListener(StackListener other) {
    return new StackOptions(
        data,
        distribution,
        other,
        supervised,
        connectors,
        quickStart,
        way,
        registryUrl,
        plugins,
        wiring);
  }

  /** The same with or without supervision. */
  public StackOptions withSupervision(boolean on) {
    return new StackOptions(
        data,
        distribution,
        listener,
        on,
        connectors,
        quickStart,
        way,
        registryUrl,
        plugins,
        wiring);
  }

  /** The same without connectors: databases, broker, registry and an idle Connect worker. */
  public StackOptions withoutConnectors() {
    return new StackOptions(
        data,
        distribution,
        listener,
        supervised,
        false,
        quickStart,
        way,
        registryUrl,
        plugins,
        wiring);
  }

  /** The same for long and heavy work, at the price of a slower start. */
  public StackOptions forThroughput() {
    return new StackOptions(
        data,
        distribution,
        listener,
        supervised,
        connectors,
        false,
        way,
        registryUrl,
        plugins,
        wiring);
  }

  /** The same by another way. */
  public StackOptions withWay(Way other) {
    return new StackOptions(
        data,
        distribution,
        listener,
        supervised,
        connectors,
        quickStart,
        other,
        registryUrl,
        plugins,
        wiring);
  }

  /**
   * The same with a registry that runs elsewhere.
   *
   * @param url base URL of its Confluent API; null for the stack's own registry
   */
  public StackOptions withRegistry(String url) {
    return new StackOptions(
        data,
        distribution,
        listener,
        supervised,
        connectors,
        quickStart,
        way,
        url,
        plugins,
        wiring);
  }

  /**
   * The same with further plugins for the Connect worker.
   *
   * @param directory holds a directory or archive for each plugin; null for none
   */
  public StackOptions withPlugins(Path directory) {
    return new StackOptions(
        data,
        distribution,
        listener,
        supervised,
        connectors,
        quickStart,
        way,
        registryUrl,
        directory,
        wiring);
  }

  /** The same with other places where the parts call one another. */
  public StackOptions withWiring(Wiring other) {
    return new StackOptions(
        data,
        distribution,
        listener,
        supervised,
        connectors,
        quickStart,
        way,
        registryUrl,
        plugins,
        other);
  }
}
