package dev.cdcpipeline.model.serde;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An HTTP server that answers as told, in order, and remembers what it was asked. */
final class RegistryServer implements AutoCloseable {

  /** What is answered to a request. */
  record Answer(int status, String body) {}

  /** What was asked. */
  record Request(String line, String body, String authorization) {}

  private final HttpServer server;
  private final Map<String, List<Answer>> answers = new LinkedHashMap<>();
  private final Set<String> held = new HashSet<>();
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());

  private RegistryServer(HttpServer server) {
    this.server = server;
  }

  static RegistryServer start() {
    try {
      HttpServer http =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      RegistryServer registry = new RegistryServer(http);
      http.createContext("/", registry::handle);
      http.start();
      return registry;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers this the next time; the last answer to a request is given again and again. */
  RegistryServer answer(String line, int status, String body) {
    answers.computeIfAbsent(line, l -> new ArrayList<>()).add(new Answer(status, body));
    return this;
  }

  /** Answers with the beginning of a body, and with the rest of it when the server is closed. */
  RegistryServer hold(String line) {
    held.add(line);
    return this;
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    if (held.contains(line)) {
      exchange.sendResponseHeaders(200, 100);
      exchange.getResponseBody().write('{');
      exchange.getResponseBody().flush();
      return;
    }
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(new Request(line, body, exchange.getRequestHeaders().getFirst("Authorization")));
    List<Answer> given =
        answers.getOrDefault(line, List.of(new Answer(404, "<html>no such page</html>")));
    Answer answer = given.size() > 1 ? given.remove(0) : given.get(0);
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  String url() {
    return "http://"
        + server.getAddress().getHostString()
        + ":"
        + server.getAddress().getPort()
        + "/api";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
