package dev.cdcpipeline.model.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/**
 * Confluent's own serializer, deserializer and mock registry, in a class loader of their own: they
 * come with another Avro. Values cross as Avro binaries and schemas as JSON.
 */
public final class ConfluentSerializers {
  /** From the directory of whichever module tests with them. */
  private static final Path JARS = Path.of("..", "cdc-model", "target", "interchange");

  /** Names a directory with Confluent's jars and what they need. */
  private static final String DIRECTORY_PROPERTY = "cdc.confluent.jars";

  private static final String CLIENT =
      "io.confluent.kafka.schemaregistry.client.SchemaRegistryClient";
  private static final Map<String, String> CONFIG =
      Map.of("schema.registry.url", "mock://interchange", "auto.register.schemas", "true");

  private final ClassLoader loader;
  private final Object client;
  private final Object serializer;
  private final Object deserializer;

  private ConfluentSerializers(ClassLoader loader) {
    this.loader = loader;
    this.client =
        calling(
            () ->
                type("io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient")
                    .getConstructor()
                    .newInstance());
    this.serializer = calling(() -> create("io.confluent.kafka.serializers.KafkaAvroSerializer"));
    this.deserializer =
        calling(() -> create("io.confluent.kafka.serializers.KafkaAvroDeserializer"));
  }

  /** From the jar of the default build, or from those that profile confluent has copied. */
  public static ConfluentSerializers load() {
    String directory = System.getProperty(DIRECTORY_PROPERTY, "");
    Path where = directory.isEmpty() ? JARS : Path.of(directory);
    try (Stream<Path> files = Files.list(where)) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      URL[] urls = new URL[jars.size()];
      for (int i = 0; i < urls.length; i++) {
        urls[i] = jars.get(i).toUri().toURL();
      }
      return new ConfluentSerializers(
          new URLClassLoader(urls, ClassLoader.getPlatformClassLoader()));
    } catch (NoSuchFileException e) {
      throw new IllegalStateException(
          where.toAbsolutePath() + " is missing; the build makes it before it runs tests", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Class<?> type(String name) throws ClassNotFoundException {
    return Class.forName(name, true, loader);
  }

  private Object create(String name) throws ReflectiveOperationException {
    return type(name).getConstructor(type(CLIENT), Map.class).newInstance(client, CONFIG);
  }

  private interface Call<T> {
    T call() throws ReflectiveOperationException;
  }

  /** Calls with their class loader in the thread: their configuration finds classes by it. */
  private <T> T calling(Call<T> call) {
    Thread thread = Thread.currentThread();
    ClassLoader ours = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return call.call();
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("Confluent's code failed: " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Confluent's code is not what is expected", e);
    } finally {
      thread.setContextClassLoader(ours);
    }
  }

  /** Has Confluent's serializer write a record that is given as an Avro binary. */
  byte[] serialize(String topic, Schema schema, byte[] avro) {
    return calling(
        () -> {
          Object record = record(schema.toString(), avro);
          Method method = serializer.getClass().getMethod("serialize", String.class, Object.class);
          return (byte[]) method.invoke(serializer, topic, record);
        });
  }

  /** Has Confluent's serializer write a value of the JDK's. */
  public byte[] serialize(String topic, Object value) {
    return calling(
        () ->
            (byte[])
                serializer
                    .getClass()
                    .getMethod("serialize", String.class, Object.class)
                    .invoke(serializer, topic, value));
  }

  /**
   * Has Confluent's serializer write a value that is no record under a schema, as its Connect
   * converter does.
   *
   * @param value what Avro's generic data has for the schema: a ByteBuffer for bytes and decimals
   */
  public byte[] serializeBare(String topic, Schema schema, Object value) {
    return serialize(
        topic,
        calling(
            () ->
                type("io.confluent.kafka.serializers.NonRecordContainer")
                    .getConstructor(type("org.apache.avro.Schema"), Object.class)
                    .newInstance(schema(schema.toString()), value)));
  }

  /** Has Confluent's deserializer read a value that is of the JDK's. */
  public Object deserializeBare(String topic, byte[] bytes) {
    return calling(() -> read(topic, bytes));
  }

  /** Has Confluent's deserializer read a value, as text. */
  String deserialize(String topic, byte[] bytes) {
    return calling(() -> String.valueOf(read(topic, bytes)));
  }

  /** Has Confluent's deserializer read a record, and Confluent's Avro write it again. */
  byte[] rewrite(String topic, byte[] bytes) {
    return calling(
        () -> {
          Object record = read(topic, bytes);
          Object schema = record.getClass().getMethod("getSchema").invoke(record);
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          Object factory = type("org.apache.avro.io.EncoderFactory").getMethod("get").invoke(null);
          Object encoder =
              factory
                  .getClass()
                  .getMethod(
                      "binaryEncoder", OutputStream.class, type("org.apache.avro.io.BinaryEncoder"))
                  .invoke(factory, out, null);
          Object writer =
              type("org.apache.avro.generic.GenericDatumWriter")
                  .getConstructor(type("org.apache.avro.Schema"))
                  .newInstance(schema);
          writer
              .getClass()
              .getMethod("write", Object.class, type("org.apache.avro.io.Encoder"))
              .invoke(writer, record, encoder);
          type("java.io.Flushable").getMethod("flush").invoke(encoder);
          return out.toByteArray();
        });
  }

  private Object read(String topic, byte[] bytes) throws ReflectiveOperationException {
    return deserializer
        .getClass()
        .getMethod("deserialize", String.class, byte[].class)
        .invoke(deserializer, topic, bytes);
  }

  private Object schema(String json) throws ReflectiveOperationException {
    Object parser = type("org.apache.avro.Schema$Parser").getConstructor().newInstance();
    return parser.getClass().getMethod("parse", String.class).invoke(parser, json);
  }

  private Object record(String schemaJson, byte[] avro) throws ReflectiveOperationException {
    Class<?> schemaType = type("org.apache.avro.Schema");
    Object schema = schema(schemaJson);
    Object factory = type("org.apache.avro.io.DecoderFactory").getMethod("get").invoke(null);
    Object decoder =
        factory
            .getClass()
            .getMethod("binaryDecoder", byte[].class, type("org.apache.avro.io.BinaryDecoder"))
            .invoke(factory, avro, null);
    Object reader =
        type("org.apache.avro.generic.GenericDatumReader")
            .getConstructor(schemaType)
            .newInstance(schema);
    return reader
        .getClass()
        .getMethod("read", Object.class, type("org.apache.avro.io.Decoder"))
        .invoke(reader, null, decoder);
  }

  /** Confluent's mock registry, for our serializers to share. */
  public SchemaRegistry registry() {
    return new MockRegistry();
  }

  private final class MockRegistry implements SchemaRegistry {
    private Object parsed(Schema schema) throws ReflectiveOperationException {
      return type("io.confluent.kafka.schemaregistry.avro.AvroSchema")
          .getConstructor(String.class)
          .newInstance(schema.toString());
    }

    private Object call(String method, Schema schema, String subject)
        throws ReflectiveOperationException {
      Class<?> parsedType = type("io.confluent.kafka.schemaregistry.ParsedSchema");
      return type(CLIENT)
          .getMethod(method, String.class, parsedType)
          .invoke(client, subject, parsed(schema));
    }

    @Override
    public Schema schemaById(int id) {
      return calling(
          () -> {
            Object schema = type(CLIENT).getMethod("getSchemaById", int.class).invoke(client, id);
            return Avro.schema(
                (String)
                    type("io.confluent.kafka.schemaregistry.ParsedSchema")
                        .getMethod("canonicalString")
                        .invoke(schema));
          });
    }

    @Override
    public int register(String subject, Schema schema) {
      return calling(() -> (int) call("register", schema, subject));
    }

    @Override
    public OptionalInt lookup(String subject, Schema schema) {
      return calling(() -> OptionalInt.of((int) call("getId", schema, subject)));
    }

    @Override
    public Optional<RegisteredSchema> latest(String subject) {
      return calling(
          () -> {
            Object latest =
                type(CLIENT)
                    .getMethod("getLatestSchemaMetadata", String.class)
                    .invoke(client, subject);
            return Optional.of(
                new RegisteredSchema(
                    subject,
                    (int) latest.getClass().getMethod("getVersion").invoke(latest),
                    (int) latest.getClass().getMethod("getId").invoke(latest),
                    Avro.schema((String) latest.getClass().getMethod("getSchema").invoke(latest))));
          });
    }

    @Override
    public boolean isCompatible(String subject, Schema schema) {
      return calling(() -> (boolean) call("testCompatibility", schema, subject));
    }

    @Override
    public String describe() {
      return "Confluent's mock registry";
    }

    @Override
    public void close() {}
  }
}
