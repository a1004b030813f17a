package dev.cdcpipeline.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** A registry that accepts every schema for a while, and not only those that read older ones. */
final class RegistryTakesAll {
  private RegistryTakesAll() {}

  /** What is done meanwhile. */
  interface Action<E extends Exception> {
    void run() throws E;
  }

  static <E extends Exception> void during(String registryUrl, Action<E> action) throws E {
    compatibility(registryUrl, "NONE");
    try {
      action.run();
    } finally {
      compatibility(registryUrl, "BACKWARD");
    }
  }

  private static void compatibility(String registry, String level) {
    HttpRequest put =
        HttpRequest.newBuilder(URI.create(registry + "/config"))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString("{\"compatibility\": \"" + level + "\"}"))
            .build();
    try {
      int status = HttpClient.newHttpClient().send(put, BodyHandlers.discarding()).statusCode();
      if (status != 200) {
        throw new AssertionError("the registry answered " + status + " to compatibility " + level);
      }
    } catch (IOException e) {
      throw new AssertionError("cannot set the registry's compatibility", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while setting the registry's compatibility", e);
    }
  }
}
