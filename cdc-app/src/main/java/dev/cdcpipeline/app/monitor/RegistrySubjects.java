package dev.cdcpipeline.app.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.stack.HttpAddress;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a schema registry holds. */
final class RegistrySubjects {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private RegistrySubjects() {}

  /**
   * The subjects, by name.
   *
   * @param url base URL of the registry's Confluent API
   * @throws IOException it does not answer, or with an error
   */
  static List<String> list(String url) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    HttpResponse<String> response =
        client.send(
            HttpAddress.of(url).request("/subjects").timeout(TIMEOUT).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("HTTP status " + response.statusCode() + " for " + response.uri());
    }
    List<String> subjects = new ArrayList<>();
    for (JsonNode subject : new ObjectMapper().readTree(response.body())) {
      subjects.add(subject.asText());
    }
    Collections.sort(subjects);
    return subjects;
  }
}
