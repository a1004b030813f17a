package dev.cdcpipeline.app.simulate;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;

/**
 * Keys taken from the source's own sequences, a block at a time: other writers may insert
 * meanwhile. Not thread-safe.
 */
final class SequenceIds implements IdSupply {

  private static final int BLOCK = 50;

  private final Connection connection;
  private final Map<Sequence, Queue<Long>> blocks = new EnumMap<>(Sequence.class);

  SequenceIds(Connection connection) {
    this.connection = connection;
  }

  @Override
  public long next(Sequence sequence) {
    Queue<Long> block = blocks.computeIfAbsent(sequence, unused -> new ArrayDeque<>());
    if (block.isEmpty()) {
      fill(sequence, block);
    }
    return block.remove();
  }

  private void fill(Sequence sequence, Queue<Long> block) {
    String sql = "SELECT nextval(?::regclass) FROM generate_series(1, ?)";
    try {
      block.addAll(
          Query.of(sql, sequence.sqlName(), BLOCK).list(connection, row -> row.getLong(1)));
    } catch (SQLException e) {
      throw SimulationException.of("cannot take keys from sequence " + sequence.sqlName(), e);
    }
  }
}
