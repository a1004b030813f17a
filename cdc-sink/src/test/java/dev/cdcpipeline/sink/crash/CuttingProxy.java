package dev.cdcpipeline.sink.crash;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and PostgreSQL, reads the protocol's messages as they pass, and cuts both
 * connections at the one it was told to: before the server gets it, or when the server has carried
 * it out and the client waits for the answer.
 *
 * <p>Counted are the messages that make the server do something: a simple query, an Execute, a
 * Sync, a piece of COPY data, the end of a COPY. A client without encryption is expected.
 */
final class CuttingProxy implements AutoCloseable {

  /** What the server has seen of the message at which the connection is cut. */
  enum Cut {
    /** Nothing: it was lost on the way. */
    LOST,
    /** All, and it has done it; its answer was lost. */
    UNANSWERED
  }

  private static final String STEPS = "QESdc";
  // an Execute or a piece of COPY data has no answer of its own that a client waits for
  private static final String ANSWERED = "QSc";
  private static final int READY_FOR_QUERY = 'Z';
  private static final int COPY_IN = 'G';

  private final InetSocketAddress server;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private Cut kind = Cut.LOST;
  private int remaining;
  private boolean armed;
  private boolean fired;
  private boolean swallowing;
  private String last = "";

  CuttingProxy(int serverPort) throws IOException {
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Cuts at the {@code nth} message from now on, counting from 1, whoever sends it; once. */
  synchronized void arm(Cut cut, int nth) {
    kind = cut;
    remaining = nth;
    armed = true;
    fired = false;
    swallowing = false;
    last = "";
  }

  /** Cuts nothing any more; says whether it has cut since it was armed. */
  synchronized boolean disarm() {
    armed = false;
    return fired;
  }

  /** What was cut, for messages. */
  synchronized String what() {
    return kind + " at " + last;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket upstream = new Socket();
        upstream.connect(server);
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        open.add(client);
        open.add(upstream);
        start("to server", () -> toServer(client, upstream));
        start("to client", () -> toClient(upstream, client));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void toServer(Socket client, Socket upstream) {
    try {
      DataInputStream in = reader(client);
      DataOutputStream out = writer(upstream);
      byte[] startup = new byte[in.readInt() - 4];
      in.readFully(startup);
      out.writeInt(startup.length + 4);
      out.write(startup);
      out.flush();
      while (true) {
        int type = in.readUnsignedByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        if (isCutBefore(type, body)) {
          out.flush(); // what came before it in the same packet has arrived
          return;
        }
        out.writeByte(type);
        out.writeInt(body.length + 4);
        out.write(body);
        if (in.available() == 0) {
          out.flush();
        }
      }
    } catch (IOException e) {
      // the client or the server is gone, and so is this connection
    } finally {
      cut(client, upstream);
    }
  }

  private synchronized boolean isCutBefore(int type, byte[] body) {
    String counted = kind == Cut.LOST ? STEPS : ANSWERED;
    if (!armed || fired || swallowing || counted.indexOf(type) < 0) {
      remember(type, body);
      return false;
    }
    remember(type, body);
    if (--remaining > 0) {
      return false;
    }
    last = (char) type + (last.isEmpty() ? "" : " after " + last);
    if (kind == Cut.UNANSWERED) {
      swallowing = true;
      return false;
    }
    fired = true;
    return true;
  }

  // the text of the last statement, so that a failure says where it was
  private void remember(int type, byte[] body) {
    if (armed && !fired && !swallowing && (type == 'Q' || type == 'P')) {
      String text = new String(body, StandardCharsets.UTF_8).replace('\0', ' ');
      last = text.substring(0, Math.min(120, text.length()));
    }
  }

  private void toClient(Socket upstream, Socket client) {
    try {
      DataInputStream in = reader(upstream);
      DataOutputStream out = writer(client);
      while (true) {
        int type = in.readUnsignedByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        if (isSwallowing()) {
          if (type == READY_FOR_QUERY || type == COPY_IN) {
            answered();
            return;
          }
          continue;
        }
        out.writeByte(type);
        out.writeInt(body.length + 4);
        out.write(body);
        if (in.available() == 0) {
          out.flush();
        }
      }
    } catch (EOFException e) {
      // the server has ended the session
    } catch (IOException e) {
      // the client is gone
    } finally {
      cut(upstream, client);
    }
  }

  private synchronized boolean isSwallowing() {
    return swallowing;
  }

  private synchronized void answered() {
    swallowing = false;
    fired = true;
  }

  private static DataInputStream reader(Socket socket) throws IOException {
    return new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  private static DataOutputStream writer(Socket socket) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  private void cut(Socket one, Socket other) {
    for (Socket socket : new Socket[] {one, other}) {
      open.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        // closed is closed
      }
    }
  }

  private static void start(String what, Runnable work) {
    Thread thread = new Thread(work, "cutting proxy, " + what);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : Set.copyOf(open)) {
      socket.close();
    }
  }
}
