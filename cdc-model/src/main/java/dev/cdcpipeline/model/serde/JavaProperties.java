package dev.cdcpipeline.model.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;

/** What Avro's code generator adds to schemas for Java alone, and no registry should keep. */
final class JavaProperties {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> PROPERTIES =
      List.of("avro.java.string", "java-class", "java-element-class", "java-key-class");

  private JavaProperties() {}

  /** The schema as any language would write it. */
  static Schema without(Schema schema) {
    try {
      JsonNode tree = JSON.readTree(schema.toString());
      if (!remove(tree)) {
        return schema;
      }
      return new Schema.Parser(NameValidator.NO_VALIDATION)
          .setValidateDefaults(false)
          .parse(tree.toString());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "Avro wrote a schema that is no JSON: " + schema.getFullName(), e);
    }
  }

  private static boolean remove(JsonNode node) {
    boolean removed = false;
    if (node instanceof ObjectNode object) {
      for (String property : PROPERTIES) {
        removed |= object.remove(property) != null;
      }
    }
    for (JsonNode child : node) {
      removed |= remove(child);
    }
    return removed;
  }
}
