package dev.cdcpipeline.model.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.sql.SQLException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The failures are as the JDK's HTTP client, Kafka's clients and the JDBC driver throw them. */
class TlsProblemTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            new SslAuthenticationException(
                "SSL handshake failed",
                caused(
                    new SSLHandshakeException("PKIX path validation failed"),
                    new CertPathValidatorException(
                        "validity check failed", new CertificateExpiredException("NotAfter: x")))),
            "the server's certificate has expired (NotAfter: x); renew it at the server"),
        Arguments.of(
            caused(
                new SSLHandshakeException("No name matching b found"),
                new CertificateException("No name matching b found")),
            "the server's certificate is for another host (No name matching b found); connect by a"
                + " name that is in it, or have one issued with this name"),
        Arguments.of(
            new SQLException("The hostname b could not be verified by hostnameverifier V."),
            "the server's certificate is for another host (The hostname b could not be verified by"
                + " hostnameverifier V.); connect by a name that is in it, or have one issued with"
                + " this name"),
        Arguments.of(
            caused(
                new SSLHandshakeException("PKIX path building failed"),
                new CertPathBuilderException("unable to find valid certification path")),
            "the server's certificate is not trusted here (unable to find valid certification"
                + " path); add the authority that issued it to the trust store"
                + " (ssl.truststore.location; sslrootcert of a JDBC URL)"),
        Arguments.of(
            caused(
                new SSLHandshakeException("PKIX path validation failed"),
                new CertPathValidatorException(
                    "signature check failed", null, null, -1, BasicReason.INVALID_SIGNATURE)),
            "the server's certificate is not trusted here (signature check failed); add the"
                + " authority that issued it to the trust store (ssl.truststore.location;"
                + " sslrootcert of a JDBC URL)"),
        Arguments.of(
            new SSLHandshakeException("Received fatal alert: bad_certificate"),
            "the server refuses this client's certificate, or has asked for one and got none"
                + " (Received fatal alert: bad_certificate); check the key store"
                + " (ssl.keystore.location; sslcert and sslkey of a JDBC URL)"),
        Arguments.of(
            new SSLHandshakeException("Received fatal alert: protocol_version"),
            "TLS could not be set up (Received fatal alert: protocol_version); check the keys"
                + " ssl.*"),
        Arguments.of(
            new SSLException("Unsupported or unrecognized SSL message"),
            "the server does not speak TLS at this port (Unsupported or unrecognized SSL message);"
                + " correct the address"),
        Arguments.of(
            new KafkaException(
                "Failed to load SSL keystore /ca.pem of type PEM",
                new NoSuchFileException("/ca.pem")),
            "a trust store, key store or certificate is missing (/ca.pem); correct its location"),
        Arguments.of(
            new IOException(new SSLException("closed")),
            "TLS could not be set up (closed); check the keys ssl.*"));
  }

  private static Throwable caused(Throwable failure, Throwable cause) {
    return failure.initCause(cause);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void saysWhatIsWrongAndWhatToDo(Throwable failure, String expected) {
    assertThat(TlsProblem.of(failure)).hasValue(expected);
  }

  @Test
  void saysNothingOfOtherFailures() {
    assertThat(TlsProblem.of(new IOException(new NoSuchFileException("/results")))).isEmpty();
    assertThat(TlsProblem.of(new SQLException("Connection refused"))).isEmpty();
    assertThat(TlsProblem.of(null)).isEmpty();
  }
}
