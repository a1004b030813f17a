package dev.cdcpipeline.transforms.application;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link StreamsResults} up to date, as a process. Several with the same {@code
 * application.id} share the partitions.
 *
 * <p>Ends on SIGTERM or Ctrl-C after what is under way is committed (exit code 0), and on an error
 * that trying again does not heal (exit code 1, the reason on standard error). Killed at any
 * moment, it goes on where its last transaction ended.
 */
public final class StreamsApplication implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsApplication.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

  private final SchemaRegistry registry;
  private final KafkaStreams streams;
  private final StatusServer status;
  private final SourceProgress progress;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<Throwable> fatal = new AtomicReference<>();

  /**
   * Prepares the topics and the topology; {@link #start} begins.
   *
   * @throws RuntimeException if the configuration or the topics are not as they must be; the
   *     message says what to do
   */
  public StreamsApplication(ApplicationConfig config) {
    registry = HttpSchemaRegistry.connect(RegistryOptions.of(config.originals()));
    Pipeline pipeline =
        new Pipeline(
            config.pipeline(), () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    StreamsResults results = config.results();
    // the topics are in the pipeline when the topology is, and are not looked at before the start
    results.addTo(pipeline, config.resultTopics(), () -> progress().millis());
    Topology topology = pipeline.build();
    Map<String, Object> streamsConfig = config.streams();
    List<String> inputs = new ArrayList<>(pipeline.sourceTopics());
    inputs.addAll(pipeline.detourTopics());
    progress =
        new SourceProgress(
            new StreamsConfig(streamsConfig), config.pipeline().topicPrefix(), inputs, registry);
    prepareTopics(config, streamsConfig, pipeline, results);
    streams = new KafkaStreams(topology, new StreamsConfig(streamsConfig));
    streams.setUncaughtExceptionHandler(new UncaughtErrors(fatal::set));
    streams.setStateListener(
        (now, before) -> {
          LOG.info("{} after {}", now, before);
          if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
            ended.countDown();
          }
        });
    status =
        config.statusPort() == 0
            ? null
            : new StatusServer(config.statusHost(), config.statusPort(), streams::state);
  }

  private static void prepareTopics(
      ApplicationConfig config,
      Map<String, Object> streamsConfig,
      Pipeline pipeline,
      StreamsResults results) {
    List<String> events = config.resultTopics().named(results.eventTopics());
    List<String> tables = config.resultTopics().named(results.tableTopics());
    requireNamed(results, pipeline.resultTopics(), events, tables);
    try (Admin admin =
        Admin.create(new HashMap<>(new StreamsConfig(streamsConfig).getAdminConfigs("topics")))) {
      new Topics(admin, config.pipeline().partitions(), config.replicationFactor())
          .reads(pipeline.sourceTopics())
          .writesEvents(pipeline.detourTopics())
          .writesEvents(events)
          .writesTables(tables)
          .writesDeadLetters(config.deadLetterTopic())
          .prepare();
    }
  }

  /** Checks that each topic is made before something is written to it. */
  static void requireNamed(
      StreamsResults results, List<String> written, List<String> events, List<String> tables) {
    for (String topic : written) {
      if (!events.contains(topic) && !tables.contains(topic)) {
        throw new FatalException(
            results.getClass().getName()
                + " writes to topic "
                + topic
                + ", which is in neither its eventTopics() nor its tableTopics(), so that nobody"
                + " creates it; add its name to one of them");
      }
    }
  }

  /** Begins to process. */
  public void start() {
    streams.start();
    progress.start();
  }

  private ReadProgress progress() {
    return progress;
  }

  /** Whether it processes now. */
  public KafkaStreams.State state() {
    return streams.state();
  }

  /**
   * Waits until it has ended.
   *
   * @return why it stopped by itself, null if it was closed
   */
  public Throwable awaitEnd() throws InterruptedException {
    ended.await();
    return fatal.get();
  }

  /** Commits what is under way and leaves the group, so that others take over at once. */
  @Override
  public void close() {
    progress.close();
    streams.close(
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(CLOSE_TIMEOUT));
    if (status != null) {
      status.close();
    }
    registry.close();
  }

  /**
   * Runs the application with a file of properties, in which config providers such as {@code
   * ${env:NAME}} may stand for values.
   *
   * @param arguments the file
   */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 1) {
      System.err.println("usage: StreamsApplication FILE.properties");
      System.exit(2);
    }
    StreamsApplication application;
    try {
      application = new StreamsApplication(new ApplicationConfig(read(Path.of(arguments[0]))));
    } catch (RuntimeException | IOException e) {
      System.err.println("cannot start: " + UncaughtErrors.describe(e));
      System.exit(1);
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(application::close, "close"));
    application.start();
    Throwable reason = application.awaitEnd();
    if (reason != null) {
      System.err.println("stopped: " + UncaughtErrors.describe(reason));
      System.exit(1);
    }
  }

  private static Map<String, Object> read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<String, Object> map = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    return map;
  }
}
