package dev.cdcpipeline.app.storm.stage;

import dev.cdcpipeline.app.stack.Link;
import dev.cdcpipeline.app.stack.StackException;
import dev.cdcpipeline.app.stack.Wiring;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.Map;

/**
 * The ports of a storm's proxies, which live in the storm's process, as its launcher sees them, and
 * the ports of the servers behind them, as the proxies see them: each a file that the one writes
 * and the other reads. A launcher that is started again has other servers' ports, and the proxies
 * the same.
 */
final class ProxyPorts implements Wiring {
  private final Path directory;
  private final Map<Link, Integer> proxies = new EnumMap<>(Link.class);

  private ProxyPorts(Path directory) {
    this.directory = directory;
  }

  /** Writes down where the proxies listen. */
  static void write(Path directory, Map<Link, Integer> proxies) throws IOException {
    Files.createDirectories(directory);
    for (Map.Entry<Link, Integer> proxy : proxies.entrySet()) {
      Files.writeString(directory.resolve(proxy.getKey() + ".proxy"), proxy.getValue().toString());
    }
  }

  /** Reads that. */
  static ProxyPorts read(Path directory) throws IOException {
    ProxyPorts ports = new ProxyPorts(directory);
    for (Link link : Link.values()) {
      Path file = directory.resolve(link + ".proxy");
      if (Files.exists(file)) {
        ports.proxies.put(link, Integer.valueOf(Files.readString(file)));
      }
    }
    return ports;
  }

  @Override
  public int port(Link link, int port) {
    try {
      Path fresh = directory.resolve(link + ".new");
      Files.writeString(fresh, Integer.toString(port));
      Files.move(fresh, server(directory, link), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new StackException("cannot write down a port in %s: %s".formatted(directory, e), e);
    }
    return proxies.getOrDefault(link, port);
  }

  /** Where the server behind a link listens at the moment. */
  static InetSocketAddress server(Path directory, Link link, InetAddress loopback)
      throws IOException {
    try {
      return new InetSocketAddress(
          loopback, Integer.parseInt(Files.readString(server(directory, link))));
    } catch (NoSuchFileException e) {
      throw new IOException("the launcher has not said yet where " + link.title() + " leads", e);
    }
  }

  private static Path server(Path directory, Link link) {
    return directory.resolve(link + ".server");
  }
}
