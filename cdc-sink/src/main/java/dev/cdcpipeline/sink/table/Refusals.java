package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.postgres.RecordWriteException;
import java.util.List;

/** Takes the records of a flush that can't be written, before the flush is committed. */
@FunctionalInterface
public interface Refusals<O> {

  /**
   * Puts them where they are safe. Returns only when they are: the offsets behind them are
   * committed next.
   *
   * @param refused at least one
   * @throws RuntimeException they are not safe; the flush is rolled back
   */
  void accept(List<Refusal<O>> refused);

  /** No record may be refused: the first one fails the flush. */
  static <O> Refusals<O> none() {
    return refused -> {
      Refusal<O> first = refused.get(0);
      throw new RecordWriteException(
          "[%s] %s".formatted(first.origin(), first.message()), null, null, first.cause());
    };
  }
}
