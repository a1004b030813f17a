package dev.cdcpipeline.app.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectClientTest {
  private static final String REBALANCE =
      "{\"message\": \"Request cannot be completed because a rebalance is expected\"}";

  private final Deque<HttpCall.Reply> replies = new ArrayDeque<>();
  private final Deque<String> authorizations = new ArrayDeque<>();
  private HttpServer worker;
  private ConnectClient client;

  @BeforeEach
  void start() throws IOException {
    worker = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    worker.createContext(
        "/",
        exchange -> {
          String authorization = exchange.getRequestHeaders().getFirst("Authorization");
          if (authorization != null) {
            authorizations.add(authorization);
          }
          HttpCall.Reply reply = replies.remove();
          byte[] body = reply.body().getBytes(UTF_8);
          exchange.sendResponseHeaders(reply.status(), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    worker.start();
    client = new ConnectClient("http://127.0.0.1:" + worker.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    worker.stop(0);
  }

  @Test
  void asksAgainWhileTheWorkersGroupIsBeingBalanced() throws IOException {
    replies.addAll(
        List.of(
            new HttpCall.Reply(500, REBALANCE),
            new HttpCall.Reply(409, REBALANCE),
            new HttpCall.Reply(200, "{\"tasks.max\": \"1\"}")));

    assertThat(client.configuration("shop-source").orElseThrow().path("tasks.max").asText())
        .isEqualTo("1");
    assertThat(replies).isEmpty();
  }

  @Test
  void givesThePasswordInAHeaderAndNeverInAMessage() throws IOException {
    ConnectClient known =
        new ConnectClient("http://cdc:p%40ss+w@127.0.0.1:" + worker.getAddress().getPort() + "/");
    replies.addAll(List.of(new HttpCall.Reply(200, "no JSON"), new HttpCall.Reply(401, "go away")));

    assertThatThrownBy(() -> known.configuration("x")).message().doesNotContain("p%40ss", "p@ss");
    assertThat(authorizations.remove())
        .isEqualTo("Basic " + Base64.getEncoder().encodeToString("cdc:p@ss+w".getBytes(UTF_8)));
    assertThatThrownBy(() -> known.configuration("x"))
        .hasMessageContaining("refuses the credentials")
        .hasMessageContaining("http://USER:PASSWORD@HOST:PORT")
        .message()
        .doesNotContain("p%40ss", "p@ss");
  }

  @Test
  void theInnermostCauseSaysWhatIsWrong() {
    String trace =
        """
        org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask
        \tat org.apache.kafka.connect.runtime.WorkerSinkTask.run(WorkerSinkTask.java:1)
        Caused by: dev.cdcpipeline.sink.postgres.WriteException: cannot connect
        \t... 7 more
        Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed
        \t... 9 more
        """;

    assertThat(new ConnectClient.State("sink/0", "FAILED", "127.0.0.1:8083", trace).cause())
        .isEqualTo("PSQLException: FATAL: password authentication failed");
    assertThat(ConnectClient.State.causeOf("java.net.UnknownHostException: nowhere"))
        .isEqualTo("UnknownHostException: nowhere");
    assertThat(ConnectClient.State.causeOf("")).isEmpty();
    assertThat(
            ConnectClient.State.causeOf(
                """
                org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler
                \tat org.apache.kafka.connect.runtime.WorkerSinkTask.put(WorkerSinkTask.java:1)
                Caused by: dev.cdcpipeline.sink.postgres.FatalWriteException: cannot write public.orders: SQLSTATE 42501, permission denied for table orders; grant it
                Caused by: org.postgresql.util.PSQLException: ERROR: permission denied for table orders
                """))
        .as("the one that says where and what to do")
        .isEqualTo(
            "FatalWriteException: cannot write public.orders: SQLSTATE 42501, permission denied for"
                + " table orders; grant it");
  }

  @Test
  void anyOtherErrorIsSaidAtOnce() {
    replies.add(new HttpCall.Reply(500, "{\"message\": \"out of order\"}"));

    assertThatThrownBy(() -> client.configuration("shop-source"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("500")
        .hasMessageContaining("out of order");
  }

  @Test
  void saysWhereNobodyAnswers() {
    String address = "127.0.0.1:" + worker.getAddress().getPort();

    worker.stop(0);
    assertThatThrownBy(() -> new ConnectClient("http://x:y@" + address).statuses())
        .hasMessage(
            "cannot reach http://"
                + address
                + ": the connection is refused, or the host is not known");
  }
}
