package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryChoiceTest {
  @TempDir private Path parent;

  private DataDirectory data;
  private HttpServer server;
  private String url;

  @BeforeEach
  void open() throws IOException {
    data = DataDirectory.open(parent.resolve("data"));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] answer = "[]".getBytes(java.nio.charset.StandardCharsets.UTF_8);
          boolean subjects = exchange.getRequestURI().getPath().equals("/subjects");
          exchange.sendResponseHeaders(subjects ? 200 : 404, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    url = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void close() {
    server.stop(0);
    data.close();
  }

  @Test
  void keepsTheChoiceOfTheFirstStart() {
    new RegistryChoice(data).check(url);

    assertThatCode(() -> new RegistryChoice(data).check(url)).doesNotThrowAnyException();
    assertThatThrownBy(() -> new RegistryChoice(data).check(null))
        .isInstanceOf(StackException.class)
        .hasMessage(
            "the topics in %s were written with the registry at %s, and the stack's own registry"
                + " does not know their schemas; start with --registry %s (if it has moved, write"
                + " its new address into %s), or take another data directory",
            data.root(), url, url, data.file("registry.properties"));
  }

  @Test
  void refusesAnotherRegistryWhereTheStackHadItsOwn() {
    new RegistryChoice(data).check(null);

    assertThatThrownBy(() -> new RegistryChoice(data).check(url))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("were written with the stack's own registry")
        .hasMessageContaining("leave out --registry");
  }

  @Test
  void knowsAnOlderDirectoryByItsRegistrysData() throws IOException {
    Files.createFile(data.of(Service.REGISTRY).resolve("registry.mv.db"));

    assertThatThrownBy(() -> new RegistryChoice(data).check(url))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("leave out --registry");
    assertThatCode(() -> new RegistryChoice(data).check(null)).doesNotThrowAnyException();
  }

  @Test
  void refusesARegistryThatDoesNotAnswerAndNotesNothing() {
    assertThatThrownBy(() -> new RegistryChoice(data).check(url + "/wrong"))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("answers 404 to GET /subjects: []; check --registry");
    server.stop(0);
    assertThatThrownBy(() -> new RegistryChoice(data).check(url))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("the schema registry at " + url + " does not answer");

    assertThat(data.file("registry.properties")).doesNotExist();
  }
}
