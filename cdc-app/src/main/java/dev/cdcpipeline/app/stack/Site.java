package dev.cdcpipeline.app.stack;

import java.nio.file.Path;
import java.util.List;

/**
 * What all pieces of one stack are made of.
 *
 * @param data where each keeps what it has
 * @param distribution what they run on
 * @param secrets the passwords that they ask for and are given
 * @param listener hears what happens
 * @param quickStart whether JVMs compile their code quickly rather than thoroughly
 * @param http asks those on loopback
 */
record Site(
    DataDirectory data,
    Distribution distribution,
    Secrets secrets,
    StackListener listener,
    boolean quickStart,
    HttpCall http) {

  /** A deployment file. */
  Path infra(String name) {
    return distribution.infra().resolve(name);
  }

  /** Begins the command of a JVM on some jars. */
  JavaCommand java(Service service, List<Path> jars) {
    return new JavaCommand(service, data, jars).quickStart(quickStart);
  }
}
