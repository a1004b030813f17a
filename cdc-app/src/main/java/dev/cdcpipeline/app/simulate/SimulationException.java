package dev.cdcpipeline.app.simulate;

import java.sql.SQLException;

/** The simulation cannot go on: the source is away, or is not the shop. */
public final class SimulationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  SimulationException(String message, Throwable cause) {
    super(message, cause);
  }

  static SimulationException of(String doing, SQLException cause) {
    return new SimulationException(
        doing + ": SQLSTATE " + cause.getSQLState() + ", " + cause.getMessage(), cause);
  }
}
