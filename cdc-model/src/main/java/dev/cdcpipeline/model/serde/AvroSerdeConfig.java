package dev.cdcpipeline.model.serde;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;

/** The keys of our serializers and deserializers: those of Confluent's, and how long to try. */
public final class AvroSerdeConfig extends AbstractConfig {
  public static final String AUTO_REGISTER = "auto.register.schemas";
  public static final String KEY_STRATEGY = "key.subject.name.strategy";
  public static final String VALUE_STRATEGY = "value.subject.name.strategy";
  public static final String SPECIFIC_READER = "specific.avro.reader";

  /** All keys with their defaults and documentation. */
  public static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              RegistryOptions.URL,
              ConfigDef.Type.LIST,
              ConfigDef.NO_DEFAULT_VALUE,
              Importance.HIGH,
              "Confluent API of the schema registry, for example http://localhost:8081 or"
                  + " http://localhost:8080/apis/ccompat/v7; several, separated by commas, are"
                  + " tried in turn; mock://name is a registry in memory.")
          .define(
              RegistryOptions.CREDENTIALS_SOURCE,
              ConfigDef.Type.STRING,
              "USER_INFO",
              ConfigDef.ValidString.in("USER_INFO", "URL"),
              Importance.MEDIUM,
              "Where the credentials are: USER_INFO for the key basic.auth.user.info, URL for"
                  + " user:password@ in the address.")
          .define(
              RegistryOptions.USER_INFO,
              ConfigDef.Type.PASSWORD,
              null,
              Importance.MEDIUM,
              "Credentials for the schema registry, user:password.")
          .define(
              RegistryOptions.BEARER_TOKEN,
              ConfigDef.Type.PASSWORD,
              null,
              Importance.MEDIUM,
              "Token for the schema registry, sent instead of user and password.")
          .define(
              RegistryOptions.REQUEST_TIMEOUT_MS,
              ConfigDef.Type.INT,
              10_000,
              ConfigDef.Range.atLeast(1),
              Importance.LOW,
              "Longest wait for one answer of the schema registry, in milliseconds.")
          .define(
              RegistryOptions.ATTEMPTS,
              ConfigDef.Type.INT,
              6,
              ConfigDef.Range.between(1, 100),
              Importance.LOW,
              "How often a request is sent to a schema registry that is away or failing before"
                  + " giving up.")
          .define(
              RegistryOptions.BACKOFF_MS,
              ConfigDef.Type.INT,
              100,
              ConfigDef.Range.atLeast(0),
              Importance.LOW,
              "Wait before the second attempt, in milliseconds; doubled for each further one, at"
                  + " most 5 s.")
          .define(
              AUTO_REGISTER,
              ConfigDef.Type.BOOLEAN,
              true,
              Importance.MEDIUM,
              "Whether a serializer registers schemas that the subject does not have yet; if not,"
                  + " they are refused.")
          .define(
              KEY_STRATEGY,
              ConfigDef.Type.STRING,
              "TopicNameStrategy",
              Importance.LOW,
              "Subject of a key's schema: TopicNameStrategy, RecordNameStrategy or"
                  + " TopicRecordNameStrategy, with or without Confluent's package.")
          .define(
              VALUE_STRATEGY,
              ConfigDef.Type.STRING,
              "TopicNameStrategy",
              Importance.LOW,
              "Subject of a value's schema: TopicNameStrategy, RecordNameStrategy or"
                  + " TopicRecordNameStrategy, with or without Confluent's package.")
          .define(
              SPECIFIC_READER,
              ConfigDef.Type.BOOLEAN,
              false,
              Importance.LOW,
              "Whether a deserializer gives records of the generated classes that the schemas name,"
                  + " rather than generic ones.");

  /** Checks a configuration; keys of others are left alone. */
  public AvroSerdeConfig(Map<String, ?> config) {
    super(DEFINITION, config, false);
  }

  SubjectNameStrategy strategy(boolean key) {
    String name = key ? KEY_STRATEGY : VALUE_STRATEGY;
    return SubjectNameStrategy.named(name, originals().getOrDefault(name, getString(name)));
  }
}
