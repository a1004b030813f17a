package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Apicurio Registry with its data in a file database; speaks the Confluent API, too. */
final class SchemaRegistry implements Piece {
  /**
   * What nobody needs: administration (export, log levels, global rules), the user interface, and
   * older APIs. Between slashes there may be parameters.
   */
  private static final String CLOSED =
      "/apis[^/]*/(ibmcompat|cncf).*"
          + ",/apis[^/]*/registry[^/]*/(v1|v2[^/]*/admin|v2[^/]*/system[^/]*/uiConfig).*"
          + ",/ui.*";

  private final DataDirectory data;
  private final Distribution distribution;
  private final ClassData classData;
  private final HttpCall http;
  private final int port;

  SchemaRegistry(DataDirectory data, Distribution distribution, HttpCall http, int port) {
    this.data = data;
    this.distribution = distribution;
    this.classData =
        ClassData.of(Service.REGISTRY, List.of(distribution.registryJar()), CacheDirectory.find());
    this.http = http;
    this.port = port;
  }

  @Override
  public Service service() {
    return Service.REGISTRY;
  }

  String url() {
    return url(port);
  }

  static String url(int port) {
    return "http://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  String confluentUrl() {
    return confluentUrl(url());
  }

  static String confluentUrl(String url) {
    return url + "/apis/ccompat/v7";
  }

  @Override
  public boolean leavesClassData() {
    return classData.isMissing();
  }

  @Override
  public Duration stopLimit() {
    return leavesClassData() ? ClassData.STOP_LIMIT : Piece.super.stopLimit();
  }

  @Override
  public void stopped(boolean orderly) {
    classData.keep(orderly);
  }

  @Override
  public Launch launch() {
    // without WRITE_DELAY=0 a kill would lose the schemas of the last half second, whose ids are
    // already in Kafka's records
    String database = "jdbc:h2:file:" + data.of(service()).resolve("registry") + ";WRITE_DELAY=0";
    List<String> command =
        new JavaCommand(service(), data.root())
            .quickStart(true)
            .with("-Xmx384m")
            .with("-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=" + port)
            .with("-Dquarkus.datasource.jdbc.url=" + database)
            .with("-Dregistry.disable.apis=" + CLOSED)
            // the five seconds that are the default are not enough on a busy machine
            .with("-Dquarkus.datasource.jdbc.acquisition-timeout=120S")
            .with(classData.options())
            .with("-jar", distribution.registryJar().toString())
            .words();
    return new Launch(command, Map.of(), data.root());
  }

  @Override
  public boolean answers() throws IOException {
    return Ports.isOpen(port)
        && http.send("GET", HttpAddress.of(confluentUrl()), "/subjects", null).isOk();
  }

  /** Its database closes when the disk is full, and stays closed when there is room again. */
  @Override
  public boolean isBroken() throws IOException {
    return Ports.isOpen(port)
        && http.send("GET", HttpAddress.of(confluentUrl()), "/subjects", null).status() >= 500;
  }

  @Override
  public void settle() {
    Deployment.requireCompatibleSchemas(http, HttpAddress.of(confluentUrl()));
  }
}
