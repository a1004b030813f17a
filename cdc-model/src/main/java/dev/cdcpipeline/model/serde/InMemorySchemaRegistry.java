package dev.cdcpipeline.model.serde;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/**
 * A registry without a server, for tests. Checks that a subject's next version can read what its
 * latest version wrote (BACKWARD).
 */
public final class InMemorySchemaRegistry implements SchemaRegistry {
  private static final Map<String, InMemorySchemaRegistry> SCOPES = new ConcurrentHashMap<>();

  private final Map<Schema, Integer> ids = new HashMap<>();
  private final List<Schema> schemas = new ArrayList<>();
  private final Map<String, List<Schema>> subjects = new HashMap<>();

  /** The registry that everyone in this process shares who asks for the same name. */
  public static InMemorySchemaRegistry ofScope(String name) {
    return SCOPES.computeIfAbsent(name, n -> new InMemorySchemaRegistry());
  }

  @Override
  public synchronized Schema schemaById(int id) {
    if (id < 1 || id > schemas.size()) {
      throw new UnknownSchemaException("schema id " + id + " is not in " + describe());
    }
    return schemas.get(id - 1);
  }

  @Override
  public synchronized int register(String subject, Schema schema) {
    if (!isCompatible(subject, schema)) {
      throw new RegistryRefusedException(
          409,
          "cannot register a schema under "
              + subject
              + ": it cannot read what the latest version wrote");
    }
    List<Schema> versions = subjects.computeIfAbsent(subject, s -> new ArrayList<>());
    if (!versions.contains(schema)) {
      versions.add(schema);
    }
    return ids.computeIfAbsent(
        schema,
        s -> {
          schemas.add(s);
          return schemas.size();
        });
  }

  @Override
  public synchronized OptionalInt lookup(String subject, Schema schema) {
    return subjects.getOrDefault(subject, List.of()).contains(schema)
        ? OptionalInt.of(ids.get(schema))
        : OptionalInt.empty();
  }

  @Override
  public synchronized Optional<RegisteredSchema> latest(String subject) {
    List<Schema> versions = subjects.getOrDefault(subject, List.of());
    if (versions.isEmpty()) {
      return Optional.empty();
    }
    Schema schema = versions.get(versions.size() - 1);
    return Optional.of(new RegisteredSchema(subject, versions.size(), ids.get(schema), schema));
  }

  @Override
  public synchronized boolean isCompatible(String subject, Schema schema) {
    return latest(subject)
        .map(
            writer ->
                SchemaCompatibility.checkReaderWriterCompatibility(schema, writer.schema())
                    .getType())
        .map(type -> type == SchemaCompatibilityType.COMPATIBLE)
        .orElse(true);
  }

  @Override
  public String describe() {
    return "the in-memory registry";
  }

  @Override
  public void close() {}
}
