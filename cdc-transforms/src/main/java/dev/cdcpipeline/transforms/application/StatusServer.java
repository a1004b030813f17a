package dev.cdcpipeline.transforms.application;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;

/** Tells whoever asks whether the application runs: for readiness and for watching it. */
final class StatusServer implements AutoCloseable {
  private final HttpServer server;

  StatusServer(String host, int port, Supplier<KafkaStreams.State> state) {
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot listen on status.host %s, status.port %d: %s"
              .formatted(host, port, e.getMessage()),
          e);
    }
    server.createContext(
        "/status",
        exchange -> {
          KafkaStreams.State now = state.get();
          byte[] body = (now + "\n").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(now == KafkaStreams.State.RUNNING ? 200 : 503, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
