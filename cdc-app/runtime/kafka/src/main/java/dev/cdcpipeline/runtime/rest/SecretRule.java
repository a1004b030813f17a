package dev.cdcpipeline.runtime.rest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/**
 * Where a connector may refer to a secret variable of the environment, and which server it must
 * then talk to.
 *
 * <p>As text: {@code SETTING,ADDRESS=VARIABLE,…}, alternatives separated by semicolons. The secret
 * may stand in SETTING alone, and only in a connector whose setting ADDRESS is {@code
 * ${env:VARIABLE}} or the value of that variable; of a JDBC URL the name of the database may
 * differ. {@code ADDRESS=} with nothing behind means that this setting must not be given, {@code
 * ADDRESS=*} that it may be any plain name.
 */
final class SecretRule {
  private static final Pattern JDBC_URL = Pattern.compile("(jdbc:[a-z]+://[^/?]+/)[A-Za-z0-9_-]*");

  /** Parameters of a JDBC URL that change neither where it leads nor how it is protected. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "\\?((stringtype|reWriteBatchedInserts|ApplicationName|currentSchema|socketTimeout|tcpKeepAlive)"
              + "=[A-Za-z0-9_.,-]*(&(?!$)|$))+$");

  /** A variable may stand for it: its value is not the connector's to choose. */
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9_.-]+|\\$\\{env:[A-Za-z0-9_]+\\}");

  /** One way to use the secret. */
  private record Use(String setting, Map<String, String> addresses) {}

  private final String variable;
  private final List<Use> uses;
  private final Map<String, String> environment;

  private SecretRule(String variable, List<Use> uses, Map<String, String> environment) {
    this.variable = variable;
    this.uses = uses;
    this.environment = environment;
  }

  /**
   * Reads a rule.
   *
   * @param environment values of variables
   * @throws ConfigException if the text is no rule
   */
  static SecretRule parse(String variable, String text, Map<String, String> environment) {
    List<Use> uses = new ArrayList<>();
    for (String alternative : text.split(";")) {
      String[] parts = alternative.strip().split("\\s*,\\s*");
      Map<String, String> addresses = new LinkedHashMap<>();
      for (int i = 1; i < parts.length; i++) {
        int equals = parts[i].indexOf('=');
        if (equals < 1) {
          throw wrong(variable, text);
        }
        addresses.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
      }
      if (parts[0].isEmpty() || parts[0].contains("=")) {
        throw wrong(variable, text);
      }
      uses.add(new Use(parts[0], addresses));
    }
    if (uses.isEmpty()) {
      throw wrong(variable, text);
    }
    return new SecretRule(variable, List.copyOf(uses), Map.copyOf(environment));
  }

  private static ConfigException wrong(String variable, String text) {
    return new ConfigException(
        RestGuard.SECRET_PREFIX + variable,
        text,
        "expected SETTING,ADDRESS=VARIABLE,… with alternatives separated by semicolons");
  }

  /** Every setting that this rule looks at. */
  Set<String> settings() {
    Set<String> settings = new TreeSet<>();
    for (Use use : uses) {
      settings.add(use.setting());
      settings.addAll(use.addresses().keySet());
    }
    return settings;
  }

  /** Why a connector's configuration is refused; empty if it is not. */
  Optional<String> problem(Map<String, String> config) {
    return config.entrySet().stream()
        .filter(entry -> refers(entry.getValue()))
        .flatMap(entry -> problem(entry.getKey(), entry.getValue(), config).stream())
        .findFirst();
  }

  /** Whatever the provider and the path are called: a reference has the name in it. */
  private boolean refers(String value) {
    return value.contains("${") && value.contains(variable);
  }

  private Optional<String> problem(String setting, String value, Map<String, String> config) {
    Optional<Use> use =
        uses.stream().filter(candidate -> candidate.setting().equals(setting)).findFirst();
    if (use.isEmpty() || !value.equals(reference(variable))) {
      return Optional.of(
          "%s may not refer to %s; only these settings may, as %s and nothing else: %s"
              .formatted(
                  setting,
                  variable,
                  reference(variable),
                  uses.stream().map(Use::setting).toList()));
    }
    return use.get().addresses().entrySet().stream()
        .filter(address -> !isRight(config.get(address.getKey()), address.getValue()))
        .map(
            address ->
                switch (address.getValue()) {
                  case "" ->
                      "%s must not be given beside %s"
                          .formatted(address.getKey(), reference(variable));
                  case "*" ->
                      "%s must be a plain name beside %s"
                          .formatted(address.getKey(), reference(variable));
                  default ->
                      "%s must be %s: %s is for that server alone"
                          .formatted(address.getKey(), reference(address.getValue()), variable);
                })
        .findFirst();
  }

  private boolean isRight(String given, String expected) {
    if (expected.isEmpty()) {
      return given == null;
    }
    if (given == null) {
      return false;
    }
    if (expected.equals("*")) {
      return PLAIN.matcher(given).matches();
    }
    String value = environment.get(expected);
    String address = HARMLESS.matcher(given).replaceFirst("");
    return address.equals(reference(expected)) || value != null && isSameServer(address, value);
  }

  /** Any other parameter than the harmless ones could name another server or end encryption. */
  private static boolean isSameServer(String given, String value) {
    Matcher one = JDBC_URL.matcher(given);
    Matcher other = JDBC_URL.matcher(value);
    return given.equals(value)
        || one.matches() && other.matches() && one.group(1).equals(other.group(1));
  }

  private static String reference(String variable) {
    return "${env:" + variable + "}";
  }
}
