package dev.cdcpipeline.runtime.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Refuses connector configurations that would show a secret or send it to another server: whoever
 * has the API's password does not thereby have those of the databases.
 */
// Kafka's filter that asks for the password says its place with an annotation that Jersey does not
// know, and so is among those that say nothing: this one must come after it
@Priority(Priorities.USER + 1000)
final class SecretCheck implements ContainerRequestFilter {
  private static final int BAD_REQUEST = 400;

  /** Kafka's clients would run them on the settings that a connector hands through to them. */
  private static final Pattern PROVIDERS = Pattern.compile("(^|\\.)config\\.providers(\\.|$)");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, SecretRule> rules;

  /**
   * @param rules by the variable that each is about
   */
  SecretCheck(Map<String, SecretRule> rules) {
    this.rules = Map.copyOf(rules);
  }

  @Override
  public void filter(ContainerRequestContext request) throws IOException {
    if (!request.hasEntity()) {
      return;
    }
    byte[] body = request.getEntityStream().readAllBytes();
    request.setEntityStream(new ByteArrayInputStream(body));
    problem(request.getMethod(), body)
        .ifPresent(
            problem ->
                request.abortWith(
                    Response.status(BAD_REQUEST)
                        .type("application/json")
                        .entity(
                            JSON.createObjectNode()
                                .put("error_code", BAD_REQUEST)
                                .put("message", problem)
                                .toString())
                        .build()));
  }

  /** Why a request with a body is refused; empty if it is not. */
  Optional<String> problem(String method, byte[] body) {
    Map<String, String> config;
    try {
      config = config(JSON.readTree(body));
    } catch (IOException e) {
      return Optional.of("the body is no JSON");
    }
    Optional<String> provider =
        config.keySet().stream().filter(key -> PROVIDERS.matcher(key).find()).findFirst();
    if (provider.isPresent()) {
      return Optional.of(provider.get() + ": a connector may not bring config providers");
    }
    if (method.equals("PATCH")) {
      // what it is added to is not here to be looked at
      return rules.values().stream()
          .flatMap(rule -> rule.settings().stream())
          .filter(config::containsKey)
          .map(setting -> "%s can't be patched; PUT the whole configuration".formatted(setting))
          .findFirst()
          .or(() -> firstProblem(config));
    }
    return firstProblem(config);
  }

  private Optional<String> firstProblem(Map<String, String> config) {
    return rules.values().stream().flatMap(rule -> rule.problem(config).stream()).findFirst();
  }

  /** A configuration comes alone, or in a new connector beside its name. */
  private static Map<String, String> config(JsonNode body) {
    Map<String, String> config = new HashMap<>();
    Stream.of(body, body.path("config"))
        .flatMap(node -> node.properties().stream())
        .filter(setting -> setting.getValue().isValueNode())
        .forEach(setting -> config.put(setting.getKey(), setting.getValue().asText()));
    return config;
  }
}
