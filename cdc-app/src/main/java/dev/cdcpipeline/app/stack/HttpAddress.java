package dev.cdcpipeline.app.stack;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;

/**
 * Where an HTTP API answers, the credentials with which it does, and the stores for TLS with it.
 *
 * <p>Its text is the URL alone: credentials are in the header of a request, never in a message.
 */
public final class HttpAddress {
  private final String url;
  private final String authorization;
  private final SSLContext tls;

  private HttpAddress(String url, String authorization, SSLContext tls) {
    this.url = url;
    this.authorization = authorization;
    this.tls = tls;
  }

  /** Reads an address with the JVM's own trust store, see {@link #of(String, SSLContext)}. */
  public static HttpAddress of(String text) {
    return of(text, null);
  }

  /**
   * Reads {@code http://HOST:PORT/PATH} or {@code http://USER:PASSWORD@HOST:PORT/PATH}, user and
   * password percent-encoded where a URL asks for it; or the same with {@code https}. A slash at
   * the end is dropped.
   *
   * @param tls trust and key stores; null for the JVM's own
   * @throws IllegalArgumentException if it has no scheme or no host; the message has no credentials
   */
  public static HttpAddress of(String text, SSLContext tls) {
    String trimmed = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    int scheme = trimmed.indexOf("://");
    int host = scheme + 3;
    int path = scheme < 0 ? -1 : trimmed.indexOf('/', host);
    int at = scheme < 0 ? -1 : trimmed.lastIndexOf('@', path < 0 ? trimmed.length() : path);
    String url = at < 0 ? trimmed : trimmed.substring(0, host) + trimmed.substring(at + 1);
    if (scheme < 1 || url.length() <= host || url.charAt(host) == '/') {
      throw new IllegalArgumentException(
          "'%s' is no address; expected http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or https"
              .formatted(url.substring(url.lastIndexOf('@') + 1)));
    }
    return new HttpAddress(url, at < 0 ? null : basic(trimmed.substring(host, at)), tls);
  }

  /** Another URL of the same server, reached in the same way. */
  public HttpAddress at(String other) {
    return new HttpAddress(other, authorization, tls);
  }

  private static String basic(String credentials) {
    int colon = credentials.indexOf(':');
    String user = colon < 0 ? credentials : credentials.substring(0, colon);
    String password = colon < 0 ? "" : credentials.substring(colon + 1);
    String pair = decode(user) + ":" + decode(password);
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** In this part of a URL a plus sign is one, unlike in a form. */
  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** The URL with credentials in it, as {@link #of(String)} reads it. */
  static String withCredentials(String url, String user, String password) {
    int host = url.indexOf("://") + 3;
    return url.substring(0, host)
        + encode(user)
        + ":"
        + encode(password)
        + "@"
        + url.substring(host);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A client for this address. */
  public HttpClient client(Duration connectTimeout) {
    HttpClient.Builder client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(connectTimeout);
    return tls == null ? client.build() : client.sslContext(tls).build();
  }

  /** The URL without credentials and without a slash at its end. */
  public String url() {
    return url;
  }

  /**
   * Begins a request, with the credentials if there are any.
   *
   * @param path what follows the URL, beginning with a slash
   */
  public HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
    return authorization == null ? request : request.header("Authorization", authorization);
  }

  /** The URL without credentials. */
  @Override
  public String toString() {
    return url;
  }
}
