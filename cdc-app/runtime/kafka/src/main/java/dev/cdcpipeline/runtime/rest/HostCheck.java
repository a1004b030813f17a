package dev.cdcpipeline.runtime.rest;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Refuses requests that a web page could have a browser make.
 *
 * <p>A name server under an attacker's control may let any name point to this worker (DNS
 * rebinding); the browser then sends that name as {@code Host}. An address can't be such a name,
 * and {@code localhost} and the names that were configured are not the attacker's. A request with
 * an {@code Origin} comes from a page; only a page of this very host and port, or of a configured
 * name, may send one.
 */
@PreMatching
@Priority(Priorities.AUTHENTICATION - 100)
final class HostCheck implements ContainerRequestFilter {
  private static final int FORBIDDEN = 403;
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+(%[0-9a-z.]+)?\\]");
  private static final Pattern AUTHORITY = Pattern.compile("(\\[[^\\]]*\\]|[^:\\[\\]]+)(:\\d+)?");

  private final Set<String> names;

  private HostCheck(Set<String> names) {
    this.names = names;
  }

  /**
   * Allows addresses, {@code localhost} and some names.
   *
   * @param names separated by commas; empty parts and case don't matter
   */
  static HostCheck of(String names) {
    return new HostCheck(
        Stream.concat(Stream.of("localhost"), Arrays.stream(names.split(",")))
            .map(name -> name.strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toUnmodifiableSet()));
  }

  @Override
  public void filter(ContainerRequestContext request) {
    problem(request.getHeaderString("Host"), request.getHeaderString("Origin"))
        .ifPresent(problem -> request.abortWith(refusal(problem)));
  }

  private static Response refusal(String problem) {
    return Response.status(FORBIDDEN).type("text/plain").entity(problem).build();
  }

  /**
   * Why a request is refused; empty if it is not.
   *
   * @param host its header {@code Host}; null if it has none
   * @param origin its header {@code Origin}; null if it has none
   */
  Optional<String> problem(String host, String origin) {
    if (host == null || !isAllowed(host)) {
      return Optional.of(
          "This worker is not known under the name '%s'; add it to %s."
              .formatted(host, RestGuard.HOSTS));
    }
    if (origin != null && !isSame(origin, host) && !isNamed(origin)) {
      return Optional.of("A page of '%s' may not ask this worker.".formatted(origin));
    }
    return Optional.empty();
  }

  private boolean isAllowed(String authority) {
    String name = name(authority);
    return names.contains(name) || ADDRESS.matcher(name).matches();
  }

  private static boolean isSame(String origin, String host) {
    return withoutScheme(origin).equals(host.toLowerCase(Locale.ROOT));
  }

  /**
   * A page of this machine may be anyone's: of the names allowed, only the configured ones count.
   */
  private boolean isNamed(String origin) {
    String name = name(withoutScheme(origin));
    return names.contains(name) && !name.equals("localhost");
  }

  private static String withoutScheme(String origin) {
    return origin.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "");
  }

  /** The host of {@code HOST} or {@code HOST:PORT}; empty if it is neither. */
  private static String name(String authority) {
    var matcher = AUTHORITY.matcher(authority.toLowerCase(Locale.ROOT));
    return matcher.matches() ? matcher.group(1) : "";
  }
}
