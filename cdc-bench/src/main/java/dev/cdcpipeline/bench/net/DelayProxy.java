package dev.cdcpipeline.bench.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy on loopback that hands on each piece of data a fixed time after it came, in both
 * directions; so a round trip takes twice that time longer. Bandwidth is not limited: pieces under
 * way do not wait for one another. Thread-safe.
 */
public final class DelayProxy implements AutoCloseable {
  private static final int PIECE = 64 * 1024;
  private static final int UNDER_WAY = 1024;
  private static final byte[] END = new byte[0];

  private final ServerSocket server;
  private final String host;
  private final int port;
  private final long delayNanos;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  private record Piece(byte[] data, long due) {}

  /**
   * Both ends of a connection.
   *
   * @param open directions that have not ended
   */
  private record Link(Socket client, Socket target, AtomicInteger open) {}

  /**
   * Begins to listen on a free port of loopback.
   *
   * @param delay of each direction
   */
  public DelayProxy(String host, int port, Duration delay) throws IOException {
    this.host = host;
    this.port = port;
    this.delayNanos = delay.toNanos();
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept, "bench-proxy");
  }

  /** Where it listens. */
  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket target = new Socket(host, port);
        sockets.add(client);
        sockets.add(target);
        client.setTcpNoDelay(true);
        target.setTcpNoDelay(true);
        Link link = new Link(client, target, new AtomicInteger(2));
        carry(client, target, link);
        carry(target, client, link);
      }
    } catch (IOException e) {
      // closed, or the target is gone: a client finds that nobody accepts
      close();
    }
  }

  /** One direction: one thread takes pieces in, another hands them on when they are due. */
  private void carry(Socket from, Socket to, Link link) {
    BlockingQueue<Piece> underWay = new ArrayBlockingQueue<>(UNDER_WAY);
    start(() -> take(from, underWay), "bench-proxy-in");
    start(() -> handOn(underWay, to, link), "bench-proxy-out");
  }

  private void take(Socket from, BlockingQueue<Piece> underWay) {
    byte[] buffer = new byte[PIECE];
    try {
      try {
        InputStream in = from.getInputStream();
        int length;
        while ((length = in.read(buffer)) >= 0) {
          underWay.put(
              new Piece(java.util.Arrays.copyOf(buffer, length), System.nanoTime() + delayNanos));
        }
      } catch (IOException e) {
        // the peer is gone: so is the connection
        underWay.put(new Piece(END, System.nanoTime()));
        return;
      }
      underWay.put(new Piece(END, System.nanoTime() + delayNanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handOn(BlockingQueue<Piece> underWay, Socket to, Link link) {
    try {
      OutputStream out = to.getOutputStream();
      Piece piece;
      while ((piece = underWay.take()).data().length > 0) {
        long wait;
        while ((wait = piece.due() - System.nanoTime()) > 0) {
          LockSupport.parkNanos(wait);
        }
        out.write(piece.data());
      }
      // the other direction may go on
      to.shutdownOutput();
      if (link.open().decrementAndGet() == 0) {
        cut(link);
      }
    } catch (IOException e) {
      // the peer is gone: so is the connection
      cut(link);
    } catch (InterruptedException e) {
      cut(link);
      Thread.currentThread().interrupt();
    }
  }

  private void cut(Link link) {
    sockets.remove(link.client());
    sockets.remove(link.target());
    cut(link.client());
    cut(link.target());
  }

  private static void start(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Stops listening and cuts every connection. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot stop listening", e);
    }
    for (Socket socket : sockets) {
      cut(socket);
    }
  }

  private static void cut(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      return; // it is gone already
    }
  }
}
