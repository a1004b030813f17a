package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.stack.Secrets.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * How a client of the embedded broker, and the broker itself, proves who it is: SASL PLAIN with one
 * password per stack, on loopback.
 *
 * <p>Without it any user of this machine could write into Connect's own topics, and so have the
 * worker run a connector that its REST API would have refused.
 */
record BrokerLogin(String user, String password) {
  private static final String MECHANISM = "PLAIN";
  private static final String PROTOCOL = "SASL_PLAINTEXT";

  static BrokerLogin of(Secrets secrets) {
    return new BrokerLogin(Role.KAFKA.user(), secrets.password(Role.KAFKA));
  }

  /** What a client adds to its settings, by Kafka's own keys. */
  Map<String, String> client() {
    return Map.of(
        "security.protocol", PROTOCOL,
        "sasl.mechanism", MECHANISM,
        "sasl.jaas.config", jaas(""));
  }

  /** The same, as the variables of the environment that the connectors' files name. */
  Map<String, String> environment() {
    return Map.of(
        "CDC_KAFKA_SECURITY_PROTOCOL", PROTOCOL,
        "CDC_KAFKA_SASL_MECHANISM", MECHANISM,
        "CDC_KAFKA_SASL_JAAS_CONFIG", jaas(""));
  }

  /**
   * Has the broker and its controller ask for the password, at every listener.
   *
   * @param clients name of the listener for clients and for the broker itself
   * @param controller name of the controller's listener
   * @param others names of further listeners for clients
   */
  void require(Properties broker, String clients, String controller, List<String> others) {
    List<String> listeners = new ArrayList<>(List.of(clients, controller));
    listeners.addAll(others);
    broker.setProperty(
        "listener.security.protocol.map",
        listeners.stream()
            .map(listener -> listener + ":" + PROTOCOL)
            .collect(Collectors.joining(",")));
    broker.setProperty("inter.broker.listener.name", clients);
    broker.setProperty("sasl.enabled.mechanisms", MECHANISM);
    broker.setProperty("sasl.mechanism.inter.broker.protocol", MECHANISM);
    broker.setProperty("sasl.mechanism.controller.protocol", MECHANISM);
    for (String listener : listeners) {
      broker.setProperty(
          "listener.name.%s.plain.sasl.jaas.config".formatted(listener.toLowerCase(Locale.ROOT)),
          jaas(" user_%s=\"%s\"".formatted(user, password)));
    }
  }

  private String jaas(String known) {
    return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\"%s;"
        .formatted(user, password, known);
  }

  /** The user alone. */
  @Override
  public String toString() {
    return user;
  }
}
