package dev.cdcpipeline.model.http;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends a request and waits for the whole answer. The client's own timeout ends with the headers,
 * so a body that never ends would hold its caller for good.
 */
public final class WholeAnswer {
  private WholeAnswer() {}

  /**
   * Sends a request and reads its answer, whatever the status.
   *
   * @param limit time until the last byte of the body
   * @param maximumBytes size of the largest body that is read
   * @throws HttpTimeoutException if the body has not ended within the limit
   * @throws IOException if there is no answer, or if it is too large
   */
  public static HttpResponse<String> to(
      HttpRequest request, HttpClient client, Duration limit, int maximumBytes)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(request, info -> new BoundedText(maximumBytes));
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no whole answer within " + limit);
    } finally {
      answer.cancel(true);
    }
  }
}
