package dev.cdcpipeline.model.serde;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.avro.Schema;

/**
 * Avro schemas by id and by subject. Thread-safe.
 *
 * <p>Every method throws {@link RegistryUnavailableException} if the registry cannot be reached or
 * is failing (wait, try again) and {@link RegistryRefusedException} if it refuses the request (do
 * not retry).
 */
public interface SchemaRegistry extends AutoCloseable {

  /**
   * The registry a client's configuration names: the one at {@code schema.registry.url}, or for
   * {@code mock://name} one in memory that this process shares.
   *
   * @throws org.apache.kafka.common.config.ConfigException if a value is missing or wrong
   */
  static SchemaRegistry connect(Map<String, ?> config) {
    Object url = config.get(RegistryOptions.URL);
    return url instanceof String text && text.startsWith("mock://")
        ? InMemorySchemaRegistry.ofScope(text.substring("mock://".length()))
        : HttpSchemaRegistry.connect(RegistryOptions.of(config));
  }

  /**
   * The schema records with this id were written with. An id's schema never changes, so it is asked
   * for once.
   *
   * @throws UnknownSchemaException if the registry has no schema with this id
   */
  Schema schemaById(int id);

  /**
   * The id of the schema under this subject, registered now if it is not yet. Asked for once for a
   * pair.
   *
   * @throws RegistryRefusedException with status 409 if the subject's compatibility rule forbids it
   */
  int register(String subject, Schema schema);

  /** The id of the schema if it is registered under this subject. Found ids are remembered. */
  OptionalInt lookup(String subject, Schema schema);

  /** The latest version of a subject, asked for every time. */
  Optional<RegisteredSchema> latest(String subject);

  /**
   * Whether the subject's compatibility rule would accept the schema as its next version; true for
   * a subject that does not exist.
   */
  boolean isCompatible(String subject, Schema schema);

  /** Where it is, for messages; without credentials. */
  String describe();

  @Override
  void close();
}
