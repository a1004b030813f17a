package dev.cdcpipeline.app.stack;

/**
 * Where the pieces of a running pipeline answer, embedded or not.
 *
 * @param sourceJdbcUrl JDBC URL of the source database with user and password of a role that may
 *     change the shop's tables
 * @param targetJdbcUrl JDBC URL of the analytics database with user and password of a role that may
 *     read everything there
 * @param bootstrapServers Kafka's bootstrap servers
 * @param registryUrl base URL of the schema registry's Confluent API, for example {@code
 *     http://127.0.0.1:8081/apis/ccompat/v7}
 * @param connectUrl base URL of Connect's REST API
 */
public record Endpoints(
    String sourceJdbcUrl,
    String targetJdbcUrl,
    String bootstrapServers,
    String registryUrl,
    String connectUrl) {}
