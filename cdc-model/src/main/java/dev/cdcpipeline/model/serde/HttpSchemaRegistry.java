package dev.cdcpipeline.model.serde;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;

/**
 * A registry that speaks the Confluent REST API: Confluent's, Apicurio's under {@code
 * /apis/ccompat/v7}, Karapace.
 *
 * <p>What cannot change is remembered: the schema of an id, the id of a schema under a subject.
 */
public final class HttpSchemaRegistry implements SchemaRegistry {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CONFLICT = 409;

  /** More than a schema's authors would keep apart; each is a request. */
  private static final int MAXIMUM_REFERENCES = 100;

  private final RegistryHttp http;
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<SubjectSchema, Integer> ids = new ConcurrentHashMap<>();

  private record SubjectSchema(String subject, Schema schema) {}

  HttpSchemaRegistry(RegistryOptions options, Pause pause) {
    this.http = new RegistryHttp(options, pause);
  }

  /** A client; nothing is sent until it is asked for something. */
  public static HttpSchemaRegistry connect(RegistryOptions options) {
    return new HttpSchemaRegistry(options, (Duration wait) -> Thread.sleep(wait.toMillis()));
  }

  @Override
  public Schema schemaById(int id) {
    Schema known = schemas.get(id);
    if (known != null) {
      return known;
    }
    // unsigned, as the id lies in the record: four bytes of which registries use 31 bits
    String doing = "fetch schema id " + Integer.toUnsignedString(id);
    if (id < 0) {
      throw new UnknownSchemaException(
          "schema id " + Integer.toUnsignedString(id) + " is larger than any registry gives");
    }
    JsonNode answer =
        http.send("/schemas/ids/" + id, null, doing)
            .orElseThrow(
                () -> new UnknownSchemaException("schema id " + id + " is not in " + describe()));
    Schema schema = parse(answer, doing, new HashMap<>());
    schemas.put(id, schema);
    return schema;
  }

  @Override
  public int register(String subject, Schema schema) {
    SubjectSchema key = new SubjectSchema(subject, schema);
    Integer known = ids.get(key);
    if (known != null) {
      return known;
    }
    int id = registered(subject, schema);
    ids.put(key, id);
    return id;
  }

  /**
   * Two clients that register the first schema of a subject at once: Apicurio answers one of them
   * with the status of an incompatible schema, because the subject has come to exist meanwhile. So
   * a conflict is final only if the schema is not there and is refused again.
   */
  private int registered(String subject, Schema schema) {
    try {
      return post(subject, schema);
    } catch (RegistryRefusedException e) {
      if (e.status() != CONFLICT) {
        throw e;
      }
      OptionalInt there = lookup(subject, schema);
      return there.isPresent() ? there.getAsInt() : post(subject, schema);
    }
  }

  private int post(String subject, Schema schema) {
    String doing = "register a schema under " + subject;
    return http.send("/subjects/" + encode(subject) + "/versions", body(schema), doing)
        .map(answer -> number(answer, "id", doing))
        .orElseThrow(
            () -> new RegistryRefusedException(404, "cannot " + doing + ": it does not exist"));
  }

  @Override
  public OptionalInt lookup(String subject, Schema schema) {
    SubjectSchema key = new SubjectSchema(subject, schema);
    Integer known = ids.get(key);
    if (known != null) {
      return OptionalInt.of(known);
    }
    String doing = "look up a schema under " + subject;
    Optional<Integer> id =
        http.send("/subjects/" + encode(subject), body(schema), doing)
            .map(answer -> number(answer, "id", doing));
    id.ifPresent(found -> ids.put(key, found));
    return id.isPresent() ? OptionalInt.of(id.get()) : OptionalInt.empty();
  }

  @Override
  public Optional<RegisteredSchema> latest(String subject) {
    String doing = "fetch version latest of " + subject;
    return http.send(path(subject, "latest"), null, doing)
        .map(
            answer ->
                new RegisteredSchema(
                    subject,
                    number(answer, "version", doing),
                    number(answer, "id", doing),
                    parse(answer, doing, new HashMap<>())));
  }

  private static String path(String subject, String version) {
    return "/subjects/" + encode(subject) + "/versions/" + version;
  }

  @Override
  public boolean isCompatible(String subject, Schema schema) {
    String doing = "check a schema against " + subject;
    return http.send(
            "/compatibility/subjects/" + encode(subject) + "/versions/latest", body(schema), doing)
        .map(answer -> answer.path("is_compatible").asBoolean())
        .orElse(true);
  }

  /**
   * Parses a schema and, before it, those it refers to by name in other subjects.
   *
   * @param referred what was fetched for this schema so far, by subject and version; null while it
   *     is fetched
   */
  private Schema parse(JsonNode answer, String doing, Map<String, Schema> referred) {
    String type = answer.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new UnknownSchemaException(
          "cannot " + doing + ": it is a schema of type " + type + ", expected AVRO");
    }
    Schema.Parser parser =
        new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false);
    List<Schema> known = new ArrayList<>();
    for (JsonNode reference : answer.path("references")) {
      known.add(referred(reference, doing, referred));
    }
    try {
      return parser.addTypes(known).parse(answer.path("schema").asText());
    } catch (RuntimeException | StackOverflowError e) {
      // which exceptions Avro throws for a text that is no schema is not written anywhere, and its
      // parser calls itself for each level
      throw new UnknownSchemaException(
          "cannot "
              + doing
              + ": it is no Avro schema: "
              + (e.getMessage() == null
                  ? e.getClass().getSimpleName()
                  : MalformedException.shorten(e.getMessage())));
    }
  }

  private Schema referred(JsonNode reference, String doing, Map<String, Schema> referred) {
    String subject = reference.path("subject").asText();
    String place = subject + " version " + number(reference, "version", doing);
    if (!referred.containsKey(place)) {
      if (referred.size() >= MAXIMUM_REFERENCES) {
        throw new UnknownSchemaException(
            "cannot " + doing + ": it refers to more than " + MAXIMUM_REFERENCES + " schemas");
      }
      referred.put(place, null);
      JsonNode answer =
          http.send(path(subject, reference.path("version").asText()), null, doing)
              .orElseThrow(
                  () ->
                      new UnknownSchemaException(
                          "cannot " + doing + ": it refers to " + place + ", which is gone"));
      referred.put(place, parse(answer, doing, referred));
    }
    Schema schema = referred.get(place);
    if (schema == null) {
      throw new UnknownSchemaException(
          "cannot " + doing + ": " + place + ", to which it refers, refers to itself");
    }
    return schema;
  }

  private static int number(JsonNode answer, String field, String doing) {
    if (!answer.path(field).canConvertToInt()) {
      throw new RegistryRefusedException(
          200,
          "cannot " + doing + ": the answer has no " + field + "; check " + RegistryOptions.URL);
    }
    return answer.path(field).asInt();
  }

  private static String body(Schema schema) {
    ObjectNode body = JSON.createObjectNode();
    body.put("schema", schema.toString());
    return body.toString();
  }

  private static String encode(String subject) {
    return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String describe() {
    return "the registry at " + http.options().urls();
  }

  @Override
  public void close() {}
}
