package dev.cdcpipeline.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate authority of a test's own, made and used by the JDK's keytool. */
final class Certificates {
  private static final String PASSWORD = "only-in-this-test";
  private static final String AUTHORITY = "authority";

  private final Path store;
  private int issued;

  /** Makes the authority. */
  Certificates(Path directory) {
    store = directory.resolve("authority.p12");
    keytool(AUTHORITY, "-dname", "CN=authority", "-ext", "bc:c", "-validity", "30");
  }

  /** A certificate with its key. */
  record Issued(X509Certificate certificate, Key key, X509Certificate issuer) {
    String serial() {
      return certificate.getSerialNumber().toString();
    }

    /** The certificate as PostgreSQL and Kafka read it. */
    String pem() {
      return block("CERTIFICATE", encoded(certificate));
    }

    String keyPem() {
      return block("PRIVATE KEY", key.getEncoded());
    }

    String authorityPem() {
      return block("CERTIFICATE", encoded(issuer));
    }

    /** A store of one entry, the certificate with its issuer. */
    KeyStore store() throws GeneralSecurityException, IOException {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry("own", key, PASSWORD.toCharArray(), new Certificate[] {certificate, issuer});
      return keys;
    }

    byte[] pkcs12() throws GeneralSecurityException, IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      store().store(bytes, PASSWORD.toCharArray());
      return bytes.toByteArray();
    }

    /** For a server or a client that shows this certificate and trusts the authority. */
    SSLContext context() throws GeneralSecurityException, IOException {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(AUTHORITY, issuer);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store(), PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    }

    private static byte[] encoded(X509Certificate certificate) {
      try {
        return certificate.getEncoded();
      } catch (GeneralSecurityException e) {
        throw new AssertionError("a certificate that was read can be written", e);
      }
    }

    private static String block(String type, byte[] bytes) {
      return "-----BEGIN %s-----\n%s\n-----END %1$s-----\n"
          .formatted(
              type, Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(bytes));
    }
  }

  /** The password of every store. */
  static String password() {
    return PASSWORD;
  }

  /** For a server on this machine, by name and not by address. */
  Issued server() {
    return issue("localhost", "-ext", "san=dns:localhost", "-validity", "10");
  }

  /** For a server of another name. */
  Issued elsewhere() {
    return issue("elsewhere", "-ext", "san=dns:elsewhere.example", "-validity", "10");
  }

  /** For a server on this machine, until five days ago. */
  Issued expired() {
    return issue("localhost", "-ext", "san=dns:localhost", "-startdate", "-10d", "-validity", "5");
  }

  /** For a client; PostgreSQL takes the name for the role. */
  Issued client(String name) {
    return issue(name, "-validity", "10");
  }

  private Issued issue(String name, String... options) {
    String alias = name + "-" + ++issued;
    List<String> words = new ArrayList<>(List.of("-signer", AUTHORITY, "-dname", "CN=" + name));
    words.addAll(List.of(options));
    keytool(alias, words.toArray(String[]::new));
    try {
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      return new Issued(
          (X509Certificate) keys.getCertificate(alias),
          keys.getKey(alias, PASSWORD.toCharArray()),
          (X509Certificate) keys.getCertificate(AUTHORITY));
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError("cannot read " + store, e);
    }
  }

  private void keytool(String alias, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-alias",
                alias,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    words.addAll(List.of(options));
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
      if (process.waitFor() != 0) {
        throw new AssertionError("keytool cannot make " + alias + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run keytool", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while keytool makes " + alias, e);
    }
  }

  /** Replaces a file at once: whoever reads it finds the former or this one. */
  static void replace(Path file, byte[] bytes) {
    replace(file, bytes, "rw-r--r--");
  }

  /** A private key, which the JDBC driver refuses if others may read it. */
  static void replaceKey(Path file, byte[] bytes) {
    replace(file, bytes, "rw-------");
  }

  private static void replace(Path file, byte[] bytes, String permissions) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, bytes);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot replace " + file, e);
    }
  }
}
