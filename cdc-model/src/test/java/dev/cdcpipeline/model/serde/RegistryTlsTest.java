package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry behind TLS whose certificate only our trust store knows. */
class RegistryTlsTest {
  private static final String PASSWORD = "changeit";

  private Path keyStore;
  private HttpsServer server;

  @BeforeEach
  void startTheServer(@TempDir Path directory) throws Exception {
    keyStore = directory.resolve("registry.p12");
    makeCertificate();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"schema\":\"\\\"string\\\"\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private void makeCertificate() throws Exception {
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-alias",
                    "registry",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "SAN=dns:localhost,ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    keyStore.toString(),
                    "-storepass",
                    PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).as("exit code of keytool").isZero();
  }

  @AfterEach
  void stopTheServer() {
    server.stop(0);
  }

  private String url() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  @Test
  void trustsWhatTheTrustStoreHolds() {
    RegistryOptions options =
        RegistryOptions.of(
            Map.of(
                RegistryOptions.URL,
                url(),
                "schema.registry.ssl.truststore.location",
                keyStore.toString(),
                "schema.registry.ssl.truststore.password",
                PASSWORD,
                "schema.registry.ssl.truststore.type",
                "PKCS12"));

    assertThat(HttpSchemaRegistry.connect(options).schemaById(1))
        .isEqualTo(Schema.create(Schema.Type.STRING));
  }

  @Test
  void trustsNobodyElse() {
    RegistryOptions options =
        RegistryOptions.of(Map.of(RegistryOptions.URL, url(), RegistryOptions.ATTEMPTS, "1"));

    assertThatThrownBy(() -> HttpSchemaRegistry.connect(options).schemaById(1))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("SSLHandshakeException")
        .hasMessageContaining("1 attempts; the server's certificate is not trusted here (")
        .hasMessageEndingWith("(ssl.truststore.location; sslrootcert of a JDBC URL)");
  }
}
