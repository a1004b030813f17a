package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Path;
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

  private final Site site;
  private final int port;

  SchemaRegistry(Site site, int port) {
    this.site = site;
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
  public Launch launch() {
    // without WRITE_DELAY=0 a kill would lose the schemas of the last half second, whose ids are
    // already in Kafka's records
    Path data = site.data().of(service());
    String database = "jdbc:h2:file:" + data.resolve("registry") + ";WRITE_DELAY=0";
    Path jar = site.distribution().registryJar();
    return new JavaCommand(service(), site.data(), List.of(jar))
        .quickStart(true)
        .with("-Xmx384m")
        .with("-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=" + port)
        .with("-Dquarkus.datasource.jdbc.url=" + database)
        .with("-Dregistry.disable.apis=" + CLOSED)
        // the five seconds that are the default are not enough on a busy machine
        .with("-Dquarkus.datasource.jdbc.acquisition-timeout=120S")
        .with("-jar", jar.toString())
        .launch(Map.of());
  }

  @Override
  public boolean answers() throws IOException {
    return Ports.isOpen(port) && subjects().isOk();
  }

  /** Its database closes when the disk is full, and stays closed when there is room again. */
  @Override
  public boolean isBroken() throws IOException {
    return Ports.isOpen(port) && subjects().status() >= 500;
  }

  private HttpCall.Reply subjects() throws IOException {
    return site.http().send("GET", HttpAddress.of(confluentUrl()), "/subjects", null);
  }

  @Override
  public void settle() {
    Deployment.requireCompatibleSchemas(site.http(), HttpAddress.of(confluentUrl()));
  }
}
