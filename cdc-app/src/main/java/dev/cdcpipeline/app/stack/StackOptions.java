package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * What an embedded stack is started with.
 *
 * @param data the directory that holds its data, logs and secrets; made if it is missing
 * @param distribution what it runs on
 * @param listener hears what happens
 * @param switches what is on
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
    Set<Switch> switches,
    Way way,
    String registryUrl,
    Path plugins,
    Wiring wiring) {

  /** What is done or not. */
  public enum Switch {
    /** A piece that dies, and a connector that fails, is started again. */
    SUPERVISED,
    /** The connectors of {@code infra/connectors} are deployed. */
    CONNECTORS,
    /**
     * The broker and the Connect worker compile their code quickly rather than thoroughly: up in
     * half the time, slower under full load.
     */
    QUICK_START
  }

  /** Makes the directories absolute: children run elsewhere. */
  public StackOptions {
    data = data.toAbsolutePath().normalize();
    switches = Set.copyOf(switches);
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
        EnumSet.of(Switch.CONNECTORS, Switch.QUICK_START),
        Way.TABLE,
        null,
        null,
        Wiring.DIRECT);
  }

  /** Whether a switch is on. */
  boolean has(Switch what) {
    return switches.contains(what);
  }

  private StackOptions with(Switch what, boolean on) {
    Set<Switch> changed = EnumSet.noneOf(Switch.class);
    changed.addAll(switches);
    if (on) {
      changed.add(what);
    } else {
      changed.remove(what);
    }
    return new StackOptions(
        data, distribution, listener, changed, way, registryUrl, plugins, wiring);
  }

  /** The same with another distribution. */
  public StackOptions withDistribution(Distribution other) {
    return new StackOptions(data, other, listener, switches, way, registryUrl, plugins, wiring);
  }

  /** The same with a listener. */
  public StackOptions withListener(StackListener other) {
    return new StackOptions(data, distribution, other, switches, way, registryUrl, plugins, wiring);
  }

  /** The same with or without supervision. */
  public StackOptions withSupervision(boolean on) {
    return with(Switch.SUPERVISED, on);
  }

  /** The same without connectors: databases, broker, registry and an idle Connect worker. */
  public StackOptions withoutConnectors() {
    return with(Switch.CONNECTORS, false);
  }

  /** The same for long and heavy work, at the price of a slower start. */
  public StackOptions forThroughput() {
    return with(Switch.QUICK_START, false);
  }

  /** The same by another way. */
  public StackOptions withWay(Way other) {
    return new StackOptions(
        data, distribution, listener, switches, other, registryUrl, plugins, wiring);
  }

  /**
   * The same with a registry that runs elsewhere.
   *
   * @param url base URL of its Confluent API; null for the stack's own registry
   */
  public StackOptions withRegistry(String url) {
    return new StackOptions(data, distribution, listener, switches, way, url, plugins, wiring);
  }

  /**
   * The same with further plugins for the Connect worker.
   *
   * @param directory holds a directory or archive for each plugin; null for none
   */
  public StackOptions withPlugins(Path directory) {
    return new StackOptions(
        data, distribution, listener, switches, way, registryUrl, directory, wiring);
  }

  /** The same with other places where the parts call one another. */
  public StackOptions withWiring(Wiring other) {
    return new StackOptions(
        data, distribution, listener, switches, way, registryUrl, plugins, other);
  }
}
