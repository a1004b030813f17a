package dev.cdcpipeline.app.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy on loopback that can cut, refuse, delay, throttle and stall what passes, or answer in
 * the server's place. Without a fault it hands everything on at once. Thread-safe.
 *
 * <p>A delay is that of each direction, so a round trip takes twice that time longer; pieces under
 * way do not wait for one another.
 */
public final class LinkProxy implements AutoCloseable {
  private static final int PIECE = 64 * 1024;
  private static final int UNDER_WAY = 1024;
  private static final int CONNECT_MILLIS = 5_000;
  private static final long STALL_LOOK_NANOS = 5_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final byte[] END = new byte[0];
  private static final byte[] HTTP_500 =
      ("HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
              + "Content-Length: 2\r\nConnection: close\r\n\r\n{}")
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server;
  private final Upstream upstream;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private volatile long delayNanos;
  private volatile long bytesPerSecond = Long.MAX_VALUE;
  private volatile boolean stalled;
  private volatile Greeting greeting = Greeting.CONNECT;

  /** Finds the server behind the proxy, asked for each connection. */
  @FunctionalInterface
  public interface Upstream {
    /**
     * The address at the moment.
     *
     * @throws IOException if there is none; the client's connection is closed
     */
    InetSocketAddress address() throws IOException;
  }

  /** What becomes of a new connection. */
  private enum Greeting {
    CONNECT,
    REFUSE,
    HTTP_ERROR
  }

  private record Piece(byte[] data, long due) {}

  /**
   * Both ends of a connection.
   *
   * @param open directions that have not ended
   */
  private record Connection(Socket client, Socket target, AtomicInteger open) {}

  /** Begins to listen on a free port of loopback. */
  public LinkProxy(Upstream upstream) throws IOException {
    this.upstream = upstream;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept, "link-proxy");
  }

  /** Where it listens. */
  public int port() {
    return server.getLocalPort();
  }

  /** Delays each direction from now on; zero for not at all. */
  public void delay(Duration delay) {
    delayNanos = delay.toNanos();
  }

  /**
   * Lets each direction of each connection pass so many bytes a second from now on.
   *
   * @param limit at least 1; {@code Long.MAX_VALUE} for no limit
   */
  public void throttle(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1 byte a second, was " + limit);
    }
    bytesPerSecond = limit;
  }

  /** Passes nothing on until {@link #restore}, and ends nothing: like a cable that is pulled. */
  public void stall() {
    stalled = true;
  }

  /** Cuts every connection now; new ones are made as before. */
  public void cut() {
    for (Socket socket : sockets) {
      cut(socket);
    }
  }

  /** Cuts every connection, and closes new ones at once, until {@link #restore}. */
  public void refuse() {
    greeting = Greeting.REFUSE;
    cut();
  }

  /** Cuts every connection, and answers new ones with HTTP status 500, until {@link #restore}. */
  public void answerWithHttpError() {
    greeting = Greeting.HTTP_ERROR;
    cut();
  }

  /** Ends every fault. */
  public void restore() {
    greeting = Greeting.CONNECT;
    stalled = false;
    delayNanos = 0;
    bytesPerSecond = Long.MAX_VALUE;
  }

  private void accept() {
    while (!closed) {
      try {
        greet(server.accept());
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException("cannot accept on " + server, e);
        }
      }
    }
  }

  private void greet(Socket client) {
    Greeting now = greeting;
    switch (now) {
      case CONNECT -> start(() -> connect(client), "link-proxy-connect");
      case REFUSE -> cut(client);
      case HTTP_ERROR -> start(() -> answer(client), "link-proxy-answer");
    }
  }

  private void connect(Socket client) {
    Socket target = new Socket();
    try {
      target.connect(upstream.address(), CONNECT_MILLIS);
      client.setTcpNoDelay(true);
      target.setTcpNoDelay(true);
    } catch (IOException e) {
      // the server is away, and so is this connection
      cut(client);
      cut(target);
      return;
    }
    sockets.add(client);
    sockets.add(target);
    if (closed || greeting != Greeting.CONNECT) {
      cut();
    }
    Connection connection = new Connection(client, target, new AtomicInteger(2));
    carry(client, target, connection);
    carry(target, client, connection);
  }

  private static void answer(Socket client) {
    try (client) {
      // a reset would overtake the answer if the request were not read
      if (client.getInputStream().read(new byte[PIECE]) > 0) {
        client.getOutputStream().write(HTTP_500);
        client.shutdownOutput();
      }
    } catch (IOException e) {
      return; // the client is gone already
    }
  }

  /** One direction: one thread takes pieces in, another hands them on when they are due. */
  private void carry(Socket from, Socket to, Connection connection) {
    BlockingQueue<Piece> underWay = new ArrayBlockingQueue<>(UNDER_WAY);
    start(() -> take(from, underWay), "link-proxy-in");
    start(() -> handOn(underWay, to, connection), "link-proxy-out");
  }

  private void take(Socket from, BlockingQueue<Piece> underWay) {
    byte[] buffer = new byte[PIECE];
    try {
      try {
        InputStream in = from.getInputStream();
        int length;
        while ((length = in.read(buffer)) >= 0) {
          underWay.put(new Piece(Arrays.copyOf(buffer, length), System.nanoTime() + delayNanos));
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

  private void handOn(BlockingQueue<Piece> underWay, Socket to, Connection connection) {
    try {
      OutputStream out = to.getOutputStream();
      Piece piece;
      while ((piece = underWay.take()).data().length > 0) {
        awaitDue(piece, to);
        out.write(piece.data());
        awaitBandwidth(piece.data().length, to);
      }
      awaitDue(piece, to);
      // the other direction may go on
      to.shutdownOutput();
      if (connection.open().decrementAndGet() == 0) {
        cut(connection);
      }
    } catch (IOException e) {
      // the peer is gone: so is the connection
      cut(connection);
    } catch (InterruptedException e) {
      cut(connection);
      Thread.currentThread().interrupt();
    }
  }

  private void awaitDue(Piece piece, Socket to) {
    long wait;
    while ((wait = piece.due() - System.nanoTime()) > 0) {
      LockSupport.parkNanos(wait);
    }
    while (stalled && !to.isClosed()) {
      LockSupport.parkNanos(STALL_LOOK_NANOS);
    }
  }

  private void awaitBandwidth(int bytes, Socket to) {
    long begin = System.nanoTime();
    // looks at the limit each time, which may be lifted meanwhile
    while (bytesPerSecond != Long.MAX_VALUE && !to.isClosed()) {
      long wait = begin + bytes * SECOND / bytesPerSecond - System.nanoTime();
      if (wait <= 0) {
        return;
      }
      LockSupport.parkNanos(Math.min(wait, STALL_LOOK_NANOS));
    }
  }

  private void cut(Connection connection) {
    cut(connection.client());
    cut(connection.target());
  }

  private void cut(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      return; // it is gone already
    }
  }

  private static void start(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Stops listening and cuts every connection. */
  @Override
  public void close() {
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot stop listening", e);
    }
    cut();
  }
}
