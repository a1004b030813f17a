package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.model.http.WholeAnswer;
import dev.cdcpipeline.model.tls.TlsProblem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** JSON over HTTP. Thread-safe. */
final class HttpCall {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Bytes; the largest is the text of all metrics. */
  private static final int LARGEST_ANSWER = 32 << 20;

  private final HttpClient client;

  /** For addresses that the JVM trusts by itself. */
  HttpCall() {
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** For one address, with the stores that it names. */
  HttpCall(HttpAddress address) {
    client = address.client(LIMIT);
  }

  /** What came back. */
  record Reply(int status, String body) {
    boolean isOk() {
      return status >= 200 && status < 300;
    }
  }

  /**
   * Sends a request and reads the whole reply, whatever its status, within 30 seconds.
   *
   * @param path what follows the address, beginning with a slash
   * @param body JSON, or null for none
   * @throws IOException if there is no reply
   */
  Reply send(String method, HttpAddress address, String path, String body) throws IOException {
    HttpRequest.BodyPublisher publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request =
        address
            .request(path)
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .method(method, publisher)
            .build();
    try {
      HttpResponse<String> response = WholeAnswer.to(request, client, LIMIT, LARGEST_ANSWER);
      return new Reply(response.statusCode(), response.body());
    } catch (SSLException | ConnectException e) {
      throw new IOException(
          "cannot reach %s: %s"
              .formatted(
                  address,
                  TlsProblem.of(e).orElse("the connection is refused, or the host is not known")),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
