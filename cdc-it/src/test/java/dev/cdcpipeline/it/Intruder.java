package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.HttpAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Another user of the machine on which a stack runs, who knows its ports and no password. */
final class Intruder {
  private Intruder() {}

  /** What a server said: its status and its body. */
  record Answer(int status, String body) {}

  /**
   * Sends a request with any headers, also those that the JDK's client sets by itself.
   *
   * @param address where to; credentials in it are not used
   * @param headers beside the length; {@code Host} is the address unless it is among them
   */
  static Answer ask(
      String address, String method, String path, Map<String, String> headers, String body)
      throws IOException {
    URI uri = URI.create(HttpAddress.of(address).url());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    if (!headers.containsKey("Host")) {
      request.append("Host: ").append(uri.getAuthority()).append("\r\n");
    }
    headers.forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
    request
        .append("Content-Type: application/json\r\nConnection: close\r\nContent-Length: ")
        .append(bytes.length)
        .append("\r\n\r\n");
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(request.toString().getBytes(StandardCharsets.UTF_8));
      out.write(bytes);
      out.flush();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int bodyStart = answer.indexOf("\r\n\r\n");
      return new Answer(
          Integer.parseInt(answer.substring(9, 12)), answer.substring(Math.max(0, bodyStart)));
    }
  }

  /** Whether this process can run a command as another user. */
  static boolean canBeNobody() throws IOException, InterruptedException {
    return System.getProperty("user.name").equals("root") && run(List.of("true")).status() == 0;
  }

  /** Runs a command as nobody, and gives its exit code and what it said. */
  static Answer run(List<String> command) throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"));
    words.addAll(command);
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), said);
  }
}
