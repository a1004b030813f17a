package dev.cdcpipeline.app.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.stack.HttpAddress;
import java.io.IOException;
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
   * @param registry its Confluent API
   * @throws IOException it does not answer, or with an error
   */
  static List<String> list(HttpAddress registry) throws IOException, InterruptedException {
    HttpResponse<String> response =
        registry
            .client(TIMEOUT)
            .send(
                registry.request("/subjects").timeout(TIMEOUT).build(),
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
