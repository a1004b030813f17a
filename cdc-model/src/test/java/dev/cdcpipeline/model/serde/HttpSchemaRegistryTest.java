package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpSchemaRegistryTest {
  private static final Schema STRING = Avro.schema("\"string\"");
  private static final String EXISTS =
      "{\"error_code\":409,\"message\":\"An artifact with ID 's' already exists.\"}";
  private static final String UNKNOWN = "{\"error_code\":40403,\"message\":\"Schema not found\"}";

  private final RegistryServer server = RegistryServer.start();
  private final List<Duration> pauses = new ArrayList<>();

  @AfterEach
  void stopTheServer() {
    server.close();
  }

  private HttpSchemaRegistry registry(Map<String, String> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.putIfAbsent(RegistryOptions.URL, server.url());
    return new HttpSchemaRegistry(RegistryOptions.of(config), pauses::add);
  }

  private HttpSchemaRegistry registry() {
    return registry(Map.of());
  }

  private HttpSchemaRegistry askingOnceWithin(Duration timeout) {
    return registry(
        Map.of(
            RegistryOptions.ATTEMPTS,
            "1",
            RegistryOptions.REQUEST_TIMEOUT_MS,
            Long.toString(timeout.toMillis())));
  }

  @Test
  void fetchesASchemaByItsIdOnce() {
    server.answer("GET /api/schemas/ids/7", 200, "{\"schema\":\"\\\"string\\\"\"}");
    HttpSchemaRegistry registry = registry();

    assertThat(registry.schemaById(7)).isEqualTo(STRING);
    assertThat(registry.schemaById(7)).isEqualTo(STRING);
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void saysThatAnIdIsUnknown() {
    server.answer("GET /api/schemas/ids/7", 404, UNKNOWN);

    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(UnknownSchemaException.class)
        .hasMessage("schema id 7 is not in the registry at [" + server.url() + "]");
    assertThat(pauses).isEmpty();
  }

  @Test
  void takesANotFoundThatIsNotTheRegistrysOwnForAWrongUrl() {
    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessage(
            "cannot fetch schema id 7 at "
                + server.url()
                + ": HTTP 404 <html>no such page</html>; check that schema.registry.url is the"
                + " registry's Confluent API");
  }

  @Test
  void asksNobodyForAnIdThatNoRegistryGives() {
    assertThatThrownBy(() -> registry().schemaById(-1))
        .isInstanceOf(UnknownSchemaException.class)
        .hasMessageContaining("4294967295");
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void resolvesReferencesToOtherSubjects() {
    server
        .answer(
            "GET /api/schemas/ids/9",
            200,
            "{\"schema\":\"{\\\"type\\\":\\\"array\\\",\\\"items\\\":\\\"x.Value\\\"}\",\"references\":"
                + "[{\"name\":\"x.Value\",\"subject\":\"x.Value\",\"version\":2}]}")
        .answer(
            "GET /api/subjects/x.Value/versions/2",
            200,
            "{\"subject\":\"x.Value\",\"version\":2,\"id\":3,\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":"
                + "\\\"Value\\\",\\\"namespace\\\":\\\"x\\\",\\\"fields\\\":[]}\"}");

    assertThat(registry().schemaById(9).getElementType().getFullName()).isEqualTo("x.Value");
  }

  @Test
  void refusesASchemaThatIsNotAvro() {
    server.answer("GET /api/schemas/ids/7", 200, "{\"schema\":\"{}\",\"schemaType\":\"JSON\"}");

    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(UnknownSchemaException.class)
        .hasMessage("cannot fetch schema id 7: it is a schema of type JSON, expected AVRO");
  }

  @Test
  void registersASchemaOnce() {
    server.answer("POST /api/subjects/a%2Fb-value/versions", 200, "{\"id\":5}");
    HttpSchemaRegistry registry = registry();

    assertThat(registry.register("a/b-value", STRING)).isEqualTo(5);
    assertThat(registry.register("a/b-value", STRING)).isEqualTo(5);
    assertThat(registry.lookup("a/b-value", STRING)).hasValue(5);
    assertThat(server.requests()).hasSize(1);
    assertThat(server.requests().get(0).body()).isEqualTo("{\"schema\":\"\\\"string\\\"\"}");
  }

  @Test
  void saysWhatToDoAboutAnIncompatibleSchema() {
    server.answer(
        "POST /api/subjects/s/versions",
        409,
        "{\"error_code\":409,\"message\":\"field x is gone\"}");
    server.answer("POST /api/subjects/s", 404, UNKNOWN);

    assertThatThrownBy(() -> registry().register("s", STRING))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessage(
            "cannot register a schema under s at "
                + server.url()
                + ": HTTP 409 field x is gone; make the schema compatible with the subject's"
                + " versions, or change the subject's compatibility")
        .extracting(e -> ((RegistryRefusedException) e).status())
        .isEqualTo(409);
  }

  @Test
  void takesTheIdOfOneWhoRegisteredTheSameSchemaAtTheSameTime() {
    server.answer("POST /api/subjects/s/versions", 409, EXISTS);
    server.answer("POST /api/subjects/s", 200, "{\"subject\":\"s\",\"id\":7,\"version\":1}");

    assertThat(registry().register("s", STRING)).isEqualTo(7);
  }

  @Test
  void registersAfterOneWhoMadeTheSubjectWithAnotherSchemaAtTheSameTime() {
    server.answer("POST /api/subjects/s/versions", 409, EXISTS);
    server.answer("POST /api/subjects/s/versions", 200, "{\"id\":8}");
    server.answer("POST /api/subjects/s", 404, UNKNOWN);

    assertThat(registry().register("s", STRING)).isEqualTo(8);
  }

  @Test
  void looksUpASchemaThatIsNotRegistered() {
    server.answer("POST /api/subjects/s", 404, UNKNOWN);

    assertThat(registry().lookup("s", STRING)).isEqualTo(OptionalInt.empty());
  }

  @Test
  void fetchesTheLatestVersion() {
    server
        .answer(
            "GET /api/subjects/s/versions/latest",
            200,
            "{\"subject\":\"s\",\"version\":3,\"id\":8,\"schema\":\"\\\"string\\\"\"}")
        .answer("GET /api/subjects/t/versions/latest", 404, "{\"error_code\":40401}");

    assertThat(registry().latest("s")).contains(new RegisteredSchema("s", 3, 8, STRING));
    assertThat(registry().latest("t")).isEqualTo(Optional.empty());
  }

  @Test
  void checksCompatibility() {
    server
        .answer(
            "POST /api/compatibility/subjects/s/versions/latest", 200, "{\"is_compatible\":false}")
        .answer(
            "POST /api/compatibility/subjects/t/versions/latest", 404, "{\"error_code\":40401}");

    assertThat(registry().isCompatible("s", STRING)).isFalse();
    assertThat(registry().isCompatible("t", STRING)).isTrue();
  }

  @Test
  void triesAgainWhileTheRegistryFails() {
    server
        .answer("GET /api/schemas/ids/7", 503, "starting")
        .answer("GET /api/schemas/ids/7", 429, "")
        .answer("GET /api/schemas/ids/7", 200, "{\"schema\":\"\\\"string\\\"\"}");

    assertThat(registry().schemaById(7)).isEqualTo(STRING);
    assertThat(pauses).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
  }

  @Test
  void givesUpAfterTheLastAttempt() {
    server.answer("GET /api/schemas/ids/7", 500, "{\"error_code\":50001,\"message\":\"no store\"}");

    assertThatThrownBy(() -> registry(Map.of(RegistryOptions.ATTEMPTS, "3")).schemaById(7))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessage(
            "cannot fetch schema id 7 at ["
                + server.url()
                + "]: HTTP 500 no store, 3 attempts; check that the schema registry is up");
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void countsAsUnavailableWhenNobodyListens() {
    String url = server.url();
    server.close();

    assertThatThrownBy(
            () ->
                registry(Map.of(RegistryOptions.URL, url, RegistryOptions.ATTEMPTS, "2"))
                    .schemaById(7))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("ConnectException");
    assertThat(pauses).hasSize(1);
  }

  @Test
  void goesOnToTheNextAddress() {
    server.answer("GET /api/schemas/ids/7", 200, "{\"schema\":\"\\\"string\\\"\"}");
    RegistryServer dead = RegistryServer.start();
    String deadUrl = dead.url();
    dead.close();

    assertThat(registry(Map.of(RegistryOptions.URL, deadUrl + "," + server.url())).schemaById(7))
        .isEqualTo(STRING);
  }

  @Test
  void doublesThePauseUpToAMaximum() {
    server.answer("GET /api/schemas/ids/7", 500, "");

    assertThatThrownBy(() -> registry(Map.of(RegistryOptions.ATTEMPTS, "9")).schemaById(7))
        .isInstanceOf(RegistryUnavailableException.class);
    assertThat(pauses)
        .extracting(Duration::toMillis)
        .containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
  }

  @Test
  void sendsBasicCredentialsAndSaysWhenTheyAreRefused() {
    server.answer("GET /api/schemas/ids/7", 401, "{\"message\":\"who?\"}");

    assertThatThrownBy(
            () -> registry(Map.of(RegistryOptions.USER_INFO, "user:secret")).schemaById(7))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessageContaining("HTTP 401 who?; check basic.auth.user.info")
        .hasMessageNotContaining("secret");
    assertThat(server.requests().get(0).authorization()).isEqualTo("Basic dXNlcjpzZWNyZXQ=");
  }

  @Test
  void refusesAnAnswerThatIsNotJson() {
    server.answer("GET /api/schemas/ids/7", 200, "<html>welcome</html>");

    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessageContaining("does not answer with JSON; check that schema.registry.url");
  }

  @Test
  void refusesAnAnswerThatIsLargerThanAnySchema() {
    server.answer("GET /api/schemas/ids/7", 200, " ".repeat(33 << 20));

    assertThatThrownBy(() -> askingOnceWithin(Duration.ofMinutes(5)).schemaById(7))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("the answer has more than 33554432 bytes");
  }

  @Test
  void waitsForTheWholeAnswerNoLongerThanForItsBeginning() {
    server.hold("GET /api/schemas/ids/7");

    assertThatThrownBy(() -> askingOnceWithin(Duration.ofMillis(100)).schemaById(7))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("no whole answer within PT0.1S");
  }

  @Test
  void refusesWhatIsNoSchemaAtAll() {
    for (String schema :
        List.of("", "null", "{}", "[", "7", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[1]}")) {
      server.answer(
          "GET /api/schemas/ids/7", 200, "{\"schema\":\"" + schema.replace("\"", "\\\"") + "\"}");

      assertThatThrownBy(() -> registry().schemaById(7))
          .as(schema)
          .isInstanceOf(UnknownSchemaException.class)
          .hasMessageStartingWith("cannot fetch schema id 7: it is no Avro schema: ");
    }
  }

  @Test
  void refusesASchemaThatIsNestedDeeperThanTheStack() {
    String deep = "{\\\"type\\\":\\\"array\\\",\\\"items\\\":".repeat(100_000);
    server.answer("GET /api/schemas/ids/7", 200, "{\"schema\":\"" + deep + "\"}");

    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(UnknownSchemaException.class)
        .hasMessageStartingWith("cannot fetch schema id 7: it is no Avro schema: ");
  }

  @Test
  void fetchesEachSchemaThatIsReferredToOnce() {
    // each refers to the next one twice: fetched each time, they would be a million
    for (int i = 0; i < 20; i++) {
      String next = reference(i + 1);
      server.answer(
          i == 0 ? "GET /api/schemas/ids/7" : "GET /api/subjects/S" + i + "/versions/1",
          200,
          record(i, next + "," + next));
    }
    server.answer("GET /api/subjects/S20/versions/1", 200, record(20, ""));

    assertThat(registry().schemaById(7).getName()).isEqualTo("S0");
    assertThat(server.requests()).hasSize(21);
  }

  @Test
  void refusesASchemaThatRefersToItself() {
    server.answer("GET /api/schemas/ids/7", 200, record(0, reference(1)));
    server.answer("GET /api/subjects/S1/versions/1", 200, record(1, reference(1)));

    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(UnknownSchemaException.class)
        .hasMessage("cannot fetch schema id 7: S1 version 1, to which it refers, refers to itself");
  }

  @Test
  void refusesASchemaThatRefersToHundreds() {
    List<String> references = new ArrayList<>();
    for (int i = 1; i <= 101; i++) {
      references.add(reference(i));
      server.answer("GET /api/subjects/S" + i + "/versions/1", 200, record(i, ""));
    }
    server.answer("GET /api/schemas/ids/7", 200, record(0, String.join(",", references)));

    assertThatThrownBy(() -> registry().schemaById(7))
        .isInstanceOf(UnknownSchemaException.class)
        .hasMessage("cannot fetch schema id 7: it refers to more than 100 schemas");
  }

  /** An answer with an empty record that refers to others. */
  private static String record(int i, String references) {
    return ("{\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"S%d\\\",\\\"fields\\\":[]}\","
                + "\"references\":[%s]}")
        .formatted(i, references);
  }

  private static String reference(int i) {
    return "{\"name\":\"S%d\",\"subject\":\"S%d\",\"version\":1}".formatted(i, i);
  }
}
