package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PortsTest {
  /** Linux takes the ports of outgoing connections from 32768 up. */
  private static final int FIRST_OUTGOING = 32_768;

  @Test
  void drawsPortsBelowThoseOfOutgoingConnections() {
    Ports ports = new Ports(new Random(7));

    for (int i = 0; i < 100; i++) {
      assertThat(ports.free()).isBetween(1_024, FIRST_OUTGOING - 1);
    }
  }

  @Test
  void passesOverAPortThatIsInUse() throws IOException {
    int first = new Ports(new Random(11)).free();
    try (ServerSocket taken = new ServerSocket(first, 1, InetAddress.getLoopbackAddress())) {
      assertThat(new Ports(new Random(11)).free()).isNotEqualTo(taken.getLocalPort());
    }
  }
}
