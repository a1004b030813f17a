package dev.cdcpipeline.bench.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DelayProxyTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @Test
  void handsOnEveryByteBothWaysAndLetsARoundTripTakeTwiceTheDelay() throws Exception {
    try (ServerSocket echo = new ServerSocket(0, 1, LOOPBACK);
        DelayProxy proxy =
            new DelayProxy(LOOPBACK.getHostAddress(), echo.getLocalPort(), Duration.ofMillis(40));
        Socket client = new Socket(LOOPBACK, proxy.port())) {
      CompletableFuture<Void> server = CompletableFuture.runAsync(() -> sendBack(echo));
      byte[] sent = new byte[300_000];
      for (int i = 0; i < sent.length; i++) {
        sent[i] = (byte) (i * 31);
      }

      long begin = System.nanoTime();
      client.getOutputStream().write(sent);
      client.shutdownOutput();
      byte[] received = client.getInputStream().readNBytes(sent.length);
      long took = System.nanoTime() - begin;

      assertThat(Arrays.equals(received, sent)).as("the bytes came back as they were").isTrue();
      assertThat(Duration.ofNanos(took)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
      server.get();
    }
  }

  private static void sendBack(ServerSocket echo) {
    try (Socket peer = echo.accept();
        InputStream in = peer.getInputStream()) {
      byte[] all = new byte[300_000];
      int length = in.readNBytes(all, 0, all.length);
      peer.getOutputStream().write(all, 0, length);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
