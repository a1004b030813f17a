package dev.cdcpipeline.it;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Asks a server of this machine for the serial number of its certificate, and trusts any. */
final class CertificateOf {
  /** PostgreSQL speaks TLS after a request for it: its length, and a version that is none. */
  private static final int[] REQUEST = {8, 80877103};

  private CertificateOf() {}

  /** Of a server that speaks TLS from the first byte. */
  static String tls(int port) throws IOException, GeneralSecurityException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return serial(socket, port);
    }
  }

  /** Of a PostgreSQL server. */
  static String database(int port) throws IOException, GeneralSecurityException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      for (int word : REQUEST) {
        out.writeInt(word);
      }
      out.flush();
      if (socket.getInputStream().read() != 'S') {
        throw new IOException("the server at port " + port + " speaks no TLS");
      }
      return serial(socket, port);
    }
  }

  private static String serial(Socket socket, int port)
      throws IOException, GeneralSecurityException {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new Anybody()}, null);
    try (SSLSocket secured =
        (SSLSocket) trusting.getSocketFactory().createSocket(socket, "localhost", port, true)) {
      secured.startHandshake();
      return ((X509Certificate) secured.getSession().getPeerCertificates()[0])
          .getSerialNumber()
          .toString();
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
