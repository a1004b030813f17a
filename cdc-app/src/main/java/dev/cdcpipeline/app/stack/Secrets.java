package dev.cdcpipeline.app.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Properties;

/**
 * The passwords of one data directory: made at random once, kept in a file that only its owner can
 * read.
 */
final class Secrets {
  private final Properties passwords;

  private Secrets(Properties passwords) {
    this.passwords = passwords;
  }

  /** Reads the passwords, and makes those that are missing. */
  static Secrets of(Path file) {
    Properties passwords = Files.exists(file) ? DataDirectory.load(file) : new Properties();
    SecureRandom random = new SecureRandom();
    boolean made = false;
    for (Role role : Role.values()) {
      if (passwords.getProperty(role.user) == null) {
        byte[] bytes = new byte[18];
        random.nextBytes(bytes);
        passwords.setProperty(role.user, Base64.getUrlEncoder().encodeToString(bytes));
        made = true;
      }
    }
    if (made) {
      DataDirectory.store(file, passwords);
    }
    return new Secrets(passwords);
  }

  String password(Role role) {
    return passwords.getProperty(role.user);
  }

  /** Who logs in to a server, and as whom. */
  enum Role {
    /** Both databases' superuser. */
    SUPERUSER("postgres"),
    /** Owns the source's tables. */
    SHOP("shop"),
    /** Reads the source's log. */
    CONNECTOR("cdc_connector"),
    /** Reads the source's tables, and nothing else. */
    READER("cdc_reader"),
    /** Writes the target. */
    SINK("cdc_sink"),
    /** Reads the target. */
    ANALYST("analyst"),
    /** Every client of the broker, and the broker itself. */
    KAFKA("kafka"),
    /** Whoever uses Connect's REST API. */
    CONNECT("connect");

    private final String user;

    Role(String user) {
      this.user = user;
    }

    String user() {
      return user;
    }
  }
}
