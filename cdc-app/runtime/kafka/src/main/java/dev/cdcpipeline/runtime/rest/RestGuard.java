package dev.cdcpipeline.runtime.rest;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.rest.ConnectRestExtension;
import org.apache.kafka.connect.rest.ConnectRestExtensionContext;

/**
 * Guards a worker's REST API beyond the password: requests that name a foreign host are refused,
 * and so are connectors that would take a secret elsewhere than to the server it is for.
 *
 * <p>Settings of the worker:
 *
 * <ul>
 *   <li>{@code cdc.rest.hosts}: names, separated by commas, under which the worker is reached
 *       beside {@code rest.advertised.host.name}, {@code localhost} and any address; see {@link
 *       HostCheck}
 *   <li>{@code cdc.rest.secret.VARIABLE}: where a connector may refer to that variable of the
 *       environment; see {@link SecretRule}
 * </ul>
 */
public final class RestGuard implements ConnectRestExtension {
  static final String HOSTS = "cdc.rest.hosts";
  static final String SECRET_PREFIX = "cdc.rest.secret.";

  private HostCheck hosts;
  private SecretCheck secrets;

  /** Made by the worker. */
  public RestGuard() {}

  @Override
  public void configure(Map<String, ?> settings) {
    hosts = HostCheck.of(text(settings, HOSTS) + "," + text(settings, "rest.advertised.host.name"));
    Map<String, SecretRule> rules = new HashMap<>();
    settings.forEach(
        (key, value) -> {
          if (key.startsWith(SECRET_PREFIX)) {
            String variable = key.substring(SECRET_PREFIX.length());
            rules.put(variable, SecretRule.parse(variable, value.toString(), System.getenv()));
          }
        });
    secrets = new SecretCheck(rules);
  }

  private static String text(Map<String, ?> settings, String key) {
    Object value = settings.get(key);
    return value == null ? "" : value.toString();
  }

  @Override
  public void register(ConnectRestExtensionContext context) {
    context.configurable().register(hosts);
    context.configurable().register(secrets);
  }

  @Override
  public String version() {
    String version = RestGuard.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  @Override
  public void close() {}
}
