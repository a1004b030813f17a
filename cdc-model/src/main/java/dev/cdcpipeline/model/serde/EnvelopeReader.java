package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.TransactionBlock;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.apache.avro.Schema;

/**
 * Reads the envelopes written with one schema.
 *
 * <p>{@code before} comes first and {@code op} last, so {@code before} is skipped on the way and,
 * if the operation turns out to want it, read afterwards.
 */
final class EnvelopeReader {
  private enum Part {
    BEFORE,
    AFTER,
    SOURCE,
    TRANSACTION,
    OPERATION,
    OTHER
  }

  private static final int NONE = -1;

  private final Schema envelope;
  private final boolean alwaysBefore;
  private final Part[] parts;
  private final OptionalField[] fields;
  private final ValueReader[] others;
  private RowReader before;
  private RowReader after;
  private Supplier<RowReader> literalAfter;
  private RowReader literal;
  private SourceReader source;
  private TransactionBlockReader transaction;

  EnvelopeReader(Schema envelope, DecoderOptions options) {
    if (envelope.getType() != Schema.Type.RECORD) {
      throw new MalformedException(
          "its schema is " + envelope.getType() + ", not an envelope",
          "read only Debezium's change topics so");
    }
    this.envelope = envelope;
    this.alwaysBefore = options.before() == DecoderOptions.Before.ALWAYS;
    ReaderCompiler compiler = new ReaderCompiler(options);
    int size = envelope.getFields().size();
    parts = new Part[size];
    fields = new OptionalField[size];
    others = new ValueReader[size];
    for (Schema.Field field : envelope.getFields()) {
      compile(field, compiler);
    }
    require(source != null, "source");
    require(envelope.getField("op") != null, "op");
    require(after != null || envelope.getField("message") != null, "after");
  }

  private void compile(Schema.Field field, ReaderCompiler compiler) {
    int i = field.pos();
    parts[i] = part(field.name());
    switch (parts[i]) {
      case BEFORE -> {
        fields[i] = OptionalField.of(field, Schema.Type.RECORD);
        before = row(field, fields[i], compiler);
      }
      case AFTER -> {
        fields[i] = OptionalField.of(field, Schema.Type.RECORD);
        after = row(field, fields[i], compiler);
        OptionalField optional = fields[i];
        literalAfter = () -> row(field, optional, ReaderCompiler.withoutPlaceholders());
      }
      case SOURCE -> {
        fields[i] = OptionalField.of(field, Schema.Type.RECORD);
        try {
          source = new SourceReader(fields[i].value(), compiler);
        } catch (MalformedException e) {
          throw e.in(field.name());
        }
      }
      case TRANSACTION -> {
        fields[i] = OptionalField.of(field, Schema.Type.RECORD);
        try {
          transaction = new TransactionBlockReader(fields[i].value(), compiler);
        } catch (MalformedException e) {
          throw e.in(field.name());
        }
      }
      case OPERATION -> fields[i] = OptionalField.of(field, Schema.Type.STRING);
      case OTHER -> others[i] = compiler.value(field.schema());
    }
  }

  private static RowReader row(
      Schema.Field field, OptionalField optional, ReaderCompiler compiler) {
    try {
      return compiler.row(optional.value());
    } catch (MalformedException e) {
      throw e.in(field.name());
    }
  }

  private static Part part(String name) {
    return switch (name) {
      case "before" -> Part.BEFORE;
      case "after" -> Part.AFTER;
      case "source" -> Part.SOURCE;
      case "transaction" -> Part.TRANSACTION;
      case "op" -> Part.OPERATION;
      default -> Part.OTHER;
    };
  }

  private void require(boolean present, String field) {
    if (!present) {
      throw new MalformedException(
              "it is missing from schema " + envelope.getFullName(),
              "keep Debezium's full envelope on the topic (no ExtractNewRecordState)")
          .in(field);
    }
  }

  /** The columns of the rows, null if no schema of a row is in the envelope. */
  RowType rowType() {
    return after == null ? null : after.type();
  }

  ChangeEvent<Row> read(AvroInput in) {
    int beforeAt = NONE;
    int afterAt = NONE;
    Row beforeRow = null;
    Row afterRow = null;
    Source readSource = null;
    TransactionBlock readTransaction = null;
    Operation operation = null;
    int i = 0;
    try {
      for (; i < parts.length; i++) {
        switch (parts[i]) {
          case BEFORE -> {
            if (fields[i].isPresent(in)) {
              if (alwaysBefore) {
                beforeRow = before.read(in);
              } else {
                beforeAt = in.position();
                before.skip(in);
              }
            }
          }
          case AFTER -> {
            if (fields[i].isPresent(in)) {
              afterAt = in.position();
              afterRow = after.read(in);
            }
          }
          case SOURCE -> readSource = fields[i].isPresent(in) ? source.read(in) : null;
          case TRANSACTION ->
              readTransaction = fields[i].isPresent(in) ? transaction.read(in) : null;
          case OPERATION -> operation = fields[i].isPresent(in) ? readOperation(in) : null;
          case OTHER -> others[i].skip(in);
        }
      }
    } catch (MalformedException e) {
      throw e.in(envelope.getFields().get(i).name());
    }
    in.expectEnd();
    check(readSource != null, "source", "is null");
    check(operation != null, "op", "is null");
    check(
        operation == Operation.MESSAGE || readSource.schema() != null, "source.schema", "is null");
    check(operation == Operation.MESSAGE || readSource.table() != null, "source.table", "is null");
    if (operation == Operation.DELETE && beforeAt != NONE) {
      beforeRow = read(before, "before", in, beforeAt);
    }
    if (operation == Operation.READ && afterAt != NONE && in.hasTakenPlaceholder()) {
      // a row that is read is whole, and a text that looks like the placeholder is one
      literal = literal == null ? literalAfter.get() : literal;
      afterRow = read(literal, "after", in, afterAt);
    }
    checkRows(operation, beforeRow, afterRow);
    return new ChangeEvent<>(operation, beforeRow, afterRow, readSource, readTransaction);
  }

  private static Row read(RowReader row, String field, AvroInput in, int at) {
    in.moveTo(at);
    try {
      return row.read(in);
    } catch (MalformedException e) {
      throw e.in(field);
    }
  }

  private static void checkRows(Operation operation, Object before, Object after) {
    switch (operation) {
      case READ, CREATE, UPDATE ->
          check(after != null, "after", "is null, which only a delete's or a truncate's may be");
      case DELETE -> check(before != null, "before", "is null though op is d");
      case TRUNCATE, MESSAGE -> {}
    }
  }

  private static void check(boolean right, String field, String problem) {
    if (!right) {
      throw new MalformedException(
              problem, "check the Debezium version and the table's REPLICA IDENTITY")
          .in(field);
    }
  }

  private static Operation readOperation(AvroInput in) {
    int length = in.readLength();
    int p = in.take(length, "a string");
    return switch (length == 1 ? in.bytes()[p] : 0) {
      case 'c' -> Operation.CREATE;
      case 'u' -> Operation.UPDATE;
      case 'd' -> Operation.DELETE;
      case 'r' -> Operation.READ;
      default ->
          rareOperation(new String(in.bytes(), p, Math.min(length, 20), StandardCharsets.UTF_8));
    };
  }

  private static Operation rareOperation(String text) {
    try {
      return Operation.of(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedException(
          "op is '" + text + "', expected one of r, c, u, d, t, m", "check the Debezium version");
    }
  }
}
