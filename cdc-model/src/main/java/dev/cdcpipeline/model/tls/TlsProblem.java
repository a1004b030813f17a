package dev.cdcpipeline.model.tls;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Tells what is wrong where a client could not set up TLS, and what to do. */
public final class TlsProblem {
  private static final String TRUST =
      "add the authority that issued it to the trust store (ssl.truststore.location; sslrootcert of"
          + " a JDBC URL)";

  /** Alerts of a server about a certificate, unlike those about versions and ciphers. */
  private static final Pattern REFUSED = Pattern.compile("fatal alert: \\w*(certificate|_ca)");

  private TlsProblem() {}

  /**
   * Finds the cause that says most.
   *
   * @param failure what a client has thrown, of HTTP, Kafka or JDBC
   * @return one sentence for the end of a message; empty if the failure is not about TLS
   */
  public static Optional<String> of(Throwable failure) {
    Optional<String> general = Optional.empty();
    boolean stores = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      stores |= text.contains(" SSL ");
      Optional<String> precise = precise(cause, text, stores);
      if (precise.isPresent()) {
        return precise;
      }
      if (general.isEmpty() && cause instanceof SSLException) {
        general = Optional.of("TLS could not be set up (%s); check the keys ssl.*".formatted(text));
      }
    }
    return general;
  }

  private static Optional<String> precise(Throwable cause, String text, boolean stores) {
    if (cause instanceof CertificateExpiredException) {
      return said("the server's certificate has expired", text, "renew it at the server");
    }
    if (cause instanceof CertificateNotYetValidException) {
      return said("the server's certificate is not valid yet", text, "compare the clocks");
    }
    if (text.startsWith("No subject alternative")
        || text.startsWith("No name matching")
        || text.contains("could not be verified by hostnameverifier")) {
      return said(
          "the server's certificate is for another host",
          text,
          "connect by a name that is in it, or have one issued with this name");
    }
    if (cause instanceof CertPathBuilderException || isOfAnotherAuthority(cause)) {
      return said("the server's certificate is not trusted here", text, TRUST);
    }
    if (REFUSED.matcher(text).find()) {
      return said(
          "the server refuses this client's certificate, or has asked for one and got none",
          text,
          "check the key store (ssl.keystore.location; sslcert and sslkey of a JDBC URL)");
    }
    if (text.contains("Unsupported or unrecognized SSL message")) {
      return said("the server does not speak TLS at this port", text, "correct the address");
    }
    boolean missing =
        cause instanceof NoSuchFileException || cause instanceof FileNotFoundException;
    return missing && stores
        ? said("a trust store, key store or certificate is missing", text, "correct its location")
        : Optional.empty();
  }

  /** Of one with the name of an authority that is trusted, but not with its key. */
  private static boolean isOfAnotherAuthority(Throwable cause) {
    return cause instanceof CertPathValidatorException invalid
        && invalid.getReason() == BasicReason.INVALID_SIGNATURE;
  }

  private static Optional<String> said(String what, String text, String advice) {
    return Optional.of("%s (%s); %s".formatted(what, text, advice));
  }
}
