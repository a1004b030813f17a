package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.random.RandomGenerator;

/**
 * Finds free ports on loopback, below the range from which systems take the ports of outgoing
 * connections.
 *
 * <p>Inside that range a client that keeps calling a dead server's port would sooner or later be
 * given that very port, connect to itself, and keep the server from coming back.
 */
final class Ports {
  private static final int LOWEST = 15_000;
  private static final int HIGHEST = 32_000;
  private static final int TRIES = 1_000;

  private final RandomGenerator random;

  Ports(RandomGenerator random) {
    this.random = random;
  }

  /**
   * A port that nothing listens on now. Two stacks that start side by side hardly ever draw the
   * same one.
   */
  int free() {
    for (int i = 0; i < TRIES; i++) {
      int port = random.nextInt(LOWEST, HIGHEST);
      if (isFree(port)) {
        return port;
      }
    }
    throw new StackException(
        "no free port between %d and %d on 127.0.0.1 in %d tries"
            .formatted(LOWEST, HIGHEST, TRIES));
  }

  /**
   * Whether something listens on a port of loopback: the cheap question before the real one.
   *
   * <p>It calls instead of trying to bind, which could take the port from the server just when that
   * wants it.
   */
  static boolean isOpen(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
