package dev.cdcpipeline.app.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkProxyTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private ServerSocket echo;
  private LinkProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 50, LOOPBACK);
    run(
        () -> {
          while (true) {
            Socket peer = echo.accept();
            run(() -> peer.getInputStream().transferTo(peer.getOutputStream()));
          }
        });
    proxy = new LinkProxy(() -> new InetSocketAddress(LOOPBACK, echo.getLocalPort()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void handsOnEveryByteBothWaysAndLetsARoundTripTakeTwiceTheDelay() throws IOException {
    proxy.delay(Duration.ofMillis(40));
    byte[] sent = new byte[300_000];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = (byte) (i * 31);
    }

    try (Socket client = connect()) {
      long begin = System.nanoTime();
      run(() -> client.getOutputStream().write(sent));
      byte[] received = client.getInputStream().readNBytes(sent.length);
      long took = System.nanoTime() - begin;

      assertThat(Arrays.equals(received, sent)).as("the bytes came back as they were").isTrue();
      assertThat(Duration.ofNanos(took)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
    }
  }

  @Test
  void aThrottledConnectionTakesItsTime() throws IOException {
    proxy.throttle(1_000_000);

    try (Socket client = connect()) {
      long begin = System.nanoTime();
      run(() -> client.getOutputStream().write(new byte[200_000]));
      client.getInputStream().readNBytes(200_000);

      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(Duration.ofMillis(130));
    }
  }

  @Test
  void aCutEndsConnectionsAndTheNextOneWorks() throws IOException {
    try (Socket client = connect()) {
      assertThat(answer(client)).isEqualTo(7);

      proxy.cut();

      assertThat(isCut(client)).isTrue();
    }
    try (Socket next = connect()) {
      assertThat(answer(next)).isEqualTo(7);
    }
  }

  @Test
  void aProxyThatRefusesEndsNewConnectionsUntilItIsRestored() throws IOException {
    proxy.refuse();
    try (Socket client = connect()) {
      assertThat(isCut(client)).isTrue();
    }

    proxy.restore();

    try (Socket client = connect()) {
      assertThat(answer(client)).isEqualTo(7);
    }
  }

  @Test
  void nothingPassesAStalledConnectionUntilItIsRestored() throws IOException {
    try (Socket client = connect()) {
      assertThat(answer(client)).isEqualTo(7);

      proxy.stall();
      client.getOutputStream().write(8);
      client.setSoTimeout(100);
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);

      proxy.restore();
      client.setSoTimeout(10_000);
      assertThat(client.getInputStream().read()).isEqualTo(8);
    }
  }

  @Test
  void answersInTheServersPlace() throws IOException {
    proxy.answerWithHttpError();

    try (Socket client = connect()) {
      client
          .getOutputStream()
          .write("GET /subjects HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

      assertThat(answer).startsWith("HTTP/1.1 500 ").endsWith("\r\n\r\n{}");
    }
  }

  @Test
  void aServerThatIsAwayEndsTheClientsConnection() throws IOException {
    echo.close();

    try (Socket client = connect()) {
      assertThat(isCut(client)).isTrue();
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(LOOPBACK, proxy.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static int answer(Socket client) throws IOException {
    client.getOutputStream().write(7);
    return client.getInputStream().read();
  }

  private static boolean isCut(Socket client) {
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void run(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException | UncheckedIOException e) {
                return; // the test is over, or has cut it
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
