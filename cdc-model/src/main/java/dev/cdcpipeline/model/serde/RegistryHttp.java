package dev.cdcpipeline.model.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.model.http.WholeAnswer;
import dev.cdcpipeline.model.tls.TlsProblem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * Sends requests to a registry: to each of its addresses in turn, again after a wait while it is
 * away or failing. What it refuses is not sent again. Thread-safe.
 */
final class RegistryHttp {
  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Larger than any schema that {@link SchemaLimits} lets pass is likely to be. */
  private static final int LARGEST_ANSWER = 32 << 20;

  /** Confluent's error codes begin with the HTTP status and have five digits. */
  private static final int SMALLEST_ERROR_CODE = 40_000;

  private final RegistryOptions options;
  private final Pause pause;
  private final HttpClient client;

  RegistryHttp(RegistryOptions options, Pause pause) {
    this.options = options;
    this.pause = pause;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(options.requestTimeout());
    if (options.tls() != null) {
      builder.sslContext(options.tls());
    }
    this.client = builder.build();
  }

  RegistryOptions options() {
    return options;
  }

  /**
   * The answer to a GET, or to a POST if there is a body.
   *
   * @param doing what is being done, for messages: "fetch schema id 7"
   * @return empty if the registry says, in its own words, that there is no such thing
   */
  Optional<JsonNode> send(String path, String body, String doing) {
    Duration wait = options.backoff();
    Exception last = null;
    String problem = "";
    for (int attempt = 0; attempt < options.attempts(); attempt++) {
      if (attempt > 0) {
        sleep(wait, doing);
        wait = wait.multipliedBy(2);
        if (wait.compareTo(RegistryOptions.MAXIMUM_BACKOFF) > 0) {
          wait = RegistryOptions.MAXIMUM_BACKOFF;
        }
      }
      URI base = options.urls().get(attempt % options.urls().size());
      try {
        HttpResponse<String> response =
            WholeAnswer.to(
                request(base, path, body), client, options.requestTimeout(), LARGEST_ANSWER);
        int status = response.statusCode();
        if (status < 500 && status != 408 && status != 429) {
          return answer(response, base, doing);
        }
        problem = "HTTP " + status + " " + message(response.body());
        last = null;
      } catch (IOException e) {
        problem =
            e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
        last = e;
      } catch (InterruptedException e) {
        throw interrupted(doing, e);
      }
    }
    throw new RegistryUnavailableException(
        "cannot "
            + doing
            + " at "
            + options.urls()
            + ": "
            + problem
            + ", "
            + options.attempts()
            + " attempts; "
            + TlsProblem.of(last).orElse("check that the schema registry is up"),
        last);
  }

  private void sleep(Duration wait, String doing) {
    try {
      pause.sleep(wait);
    } catch (InterruptedException e) {
      throw interrupted(doing, e);
    }
  }

  private static RegistryUnavailableException interrupted(String doing, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RegistryUnavailableException(
        "interrupted before the registry's answer to: " + doing, e);
  }

  private HttpRequest request(URI base, String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(options.requestTimeout())
            .header("Accept", CONTENT_TYPE + ", application/json");
    if (options.authorization() != null) {
      request.header("Authorization", options.authorization());
    }
    if (body != null) {
      request.header("Content-Type", CONTENT_TYPE).POST(BodyPublishers.ofString(body));
    }
    return request.build();
  }

  private static Optional<JsonNode> answer(HttpResponse<String> response, URI base, String doing) {
    int status = response.statusCode();
    if (status == 200) {
      try {
        return Optional.of(JSON.readTree(response.body()));
      } catch (JsonProcessingException e) {
        throw new RegistryRefusedException(
            status,
            "cannot "
                + doing
                + ": "
                + base
                + " does not answer with JSON; check that "
                + RegistryOptions.URL
                + " is the registry's Confluent API");
      }
    }
    if (status == 404 && errorCode(response.body()) >= SMALLEST_ERROR_CODE) {
      return Optional.empty();
    }
    throw new RegistryRefusedException(
        status,
        "cannot "
            + doing
            + " at "
            + base
            + ": HTTP "
            + status
            + " "
            + message(response.body())
            + "; "
            + advice(status));
  }

  private static String advice(int status) {
    return switch (status) {
      case 401, 403 -> "check " + RegistryOptions.USER_INFO;
      case 404 -> "check that " + RegistryOptions.URL + " is the registry's Confluent API";
      case 409 ->
          "make the schema compatible with the subject's versions, or change the subject's"
              + " compatibility";
      default -> "the registry will not accept this request";
    };
  }

  private static int errorCode(String body) {
    return parse(body).path("error_code").asInt(0);
  }

  private static String message(String body) {
    String text = parse(body).path("message").asText(body == null ? "" : body);
    return text.length() > 500 ? text.substring(0, 500) + "…" : text;
  }

  private static JsonNode parse(String body) {
    try {
      JsonNode node = body == null || body.isEmpty() ? null : JSON.readTree(body);
      return node == null ? JSON.createObjectNode() : node;
    } catch (JsonProcessingException e) {
      // an error page of a proxy: the status says enough
      return JSON.createObjectNode();
    }
  }
}
