package dev.cdcpipeline.sink.crash;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

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
  private static final int BACKEND_KEY = 'K';

  private final InetSocketAddress server;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private List<String> recorded;
  private Cut kind = Cut.LOST;
  private Predicate<String> where;
  private IntConsumer before;
  private int remaining;
  private boolean fired;
  private String what = "";

  CuttingProxy(int serverPort) throws IOException {
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Whether a message is one of those that {@code cut} can be at. */
  static boolean isPlaceOf(Cut cut, String message) {
    return (cut == Cut.LOST ? STEPS : ANSWERED).indexOf(message.charAt(0)) >= 0;
  }

  /** Cuts nothing, and writes down what passes. */
  synchronized void record() {
    recorded = new ArrayList<>();
    where = null;
  }

  /** The messages since {@link #record}: the type, a space, the statement it belongs to. */
  synchronized List<String> recorded() {
    List<String> messages = List.copyOf(recorded);
    recorded = null;
    return messages;
  }

  /**
   * Cuts once from now on.
   *
   * @param messages which messages are counted, by what {@link #recorded} would say
   * @param nth at which of them, from 1
   * @param first what is done just before; takes the process id of the session's server process
   */
  synchronized void arm(Cut cut, Predicate<String> messages, int nth, IntConsumer first) {
    kind = cut;
    where = messages;
    before = first;
    remaining = nth;
    fired = false;
    what = "";
  }

  /** Cuts nothing any more; says whether it has cut since it was armed. */
  synchronized boolean disarm() {
    where = null;
    return fired;
  }

  /** What was cut, for messages. */
  synchronized String what() {
    return kind + " at " + what;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        try {
          Socket upstream = new Socket();
          upstream.connect(server);
          new Session(client, upstream).start();
        } catch (IOException e) {
          client.close(); // the server is down, and so is this connection
        }
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /** Whether the connection ends at this message. */
  private synchronized boolean isCutAt(String message) {
    if (recorded != null) {
      recorded.add(message);
    }
    if (where == null || fired || !isPlaceOf(kind, message) || !where.test(message)) {
      return false;
    }
    if (--remaining > 0) {
      return false;
    }
    fired = true;
    what = message;
    return true;
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

  /** One client's connection. */
  private final class Session {
    private final Socket client;
    private final Socket upstream;
    private final StatementNames statements = new StatementNames();
    private volatile int backend;
    private volatile boolean swallowing;

    Session(Socket client, Socket upstream) throws IOException {
      this.client = client;
      this.upstream = upstream;
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
    }

    void start() {
      open.add(client);
      open.add(upstream);
      CuttingProxy.start("to server", this::toServer);
      CuttingProxy.start("to client", this::toClient);
    }

    private void toServer() {
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
          String statement = statements.of(type, body);
          if (STEPS.indexOf(type) >= 0 && isCutAt((char) type + " " + statement)) {
            if (kind == Cut.LOST) {
              out.flush(); // what came before it in the same packet has arrived
              before.accept(backend);
              return;
            }
            swallowing = true;
          }
          pass(type, body, in, out);
        }
      } catch (IOException e) {
        // the client or the server is gone, and so is this connection
      } finally {
        close();
      }
    }

    private void toClient() {
      try {
        DataInputStream in = reader(upstream);
        DataOutputStream out = writer(client);
        while (true) {
          int type = in.readUnsignedByte();
          byte[] body = new byte[in.readInt() - 4];
          in.readFully(body);
          if (type == BACKEND_KEY) {
            backend = ByteBuffer.wrap(body).getInt();
          }
          if (swallowing) {
            if (type == READY_FOR_QUERY || type == COPY_IN) {
              before.accept(backend);
              return;
            }
            continue;
          }
          pass(type, body, in, out);
        }
      } catch (IOException e) {
        // the server has ended the session, or the client is gone
      } finally {
        close();
      }
    }

    /** Sends a message on, in one packet with those that have arrived behind it. */
    private static void pass(int type, byte[] body, DataInputStream in, DataOutputStream out)
        throws IOException {
      out.writeByte(type);
      out.writeInt(body.length + 4);
      out.write(body);
      if (in.available() == 0) {
        out.flush();
      }
    }

    private void close() {
      for (Socket socket : new Socket[] {client, upstream}) {
        open.remove(socket);
        try {
          socket.close();
        } catch (IOException e) {
          // closed is closed
        }
      }
    }

    private static DataInputStream reader(Socket socket) throws IOException {
      return new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    private static DataOutputStream writer(Socket socket) throws IOException {
      return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
    }
  }
}
