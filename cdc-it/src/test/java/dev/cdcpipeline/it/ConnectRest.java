package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.HttpAddress;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;

/** What an operator does with Connect's REST API, beyond putting connectors. */
final class ConnectRest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpAddress address;

  /**
   * @param url base URL of the worker with its credentials
   */
  ConnectRest(String url) {
    this.address = HttpAddress.of(url);
  }

  /** Sends a request until it succeeds: a worker in a rebalance answers 409. */
  String call(String method, String path) {
    AtomicReference<String> answer = new AtomicReference<>();
    Awaitility.await("Connect does " + method + " " + path)
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> succeeds(method, path, answer));
    return answer.get();
  }

  private boolean succeeds(String method, String path, AtomicReference<String> answer)
      throws InterruptedException {
    try {
      HttpRequest request =
          address
              .request(path)
              .timeout(Duration.ofSeconds(90))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build();
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      answer.set(response.body());
      return response.statusCode() / 100 == 2;
    } catch (IOException e) {
      // the worker is being started
      return false;
    }
  }

  /** Waits until a connector's status has a word. */
  void awaitStatus(String connector, String word) {
    Awaitility.await(connector + " is " + word)
        .atMost(Duration.ofSeconds(120))
        .until(() -> call("GET", "/connectors/" + connector + "/status").contains(word));
  }
}
