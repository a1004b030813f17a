package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.Source.Snapshot;
import java.util.List;
import java.util.Locale;
import org.apache.avro.Schema;

/** Reads Debezium's {@code source} block, as much of it as {@link Source} has. */
final class SourceReader {
  private static final long ABSENT = Long.MIN_VALUE;

  private enum Part {
    SCHEMA,
    TABLE,
    TRANSACTION_ID,
    LSN,
    SEQUENCE,
    SNAPSHOT,
    MICROS,
    MILLIS,
    OTHER
  }

  private final Schema record;
  private final Part[] parts;
  private final OptionalField[] fields;
  private final ValueReader[] others;
  private final RepeatedText schema = new RepeatedText();
  private final RepeatedText table = new RepeatedText();
  private final RepeatedText snapshotText = new RepeatedText();
  private String lastSnapshotText = "false";
  private Snapshot lastSnapshot = Snapshot.FALSE;

  SourceReader(Schema record, ReaderCompiler compiler) {
    this.record = record;
    int size = record.getFields().size();
    parts = new Part[size];
    fields = new OptionalField[size];
    others = new ValueReader[size];
    for (Schema.Field field : record.getFields()) {
      int i = field.pos();
      parts[i] = part(field.name());
      if (parts[i] == Part.OTHER) {
        others[i] = compiler.value(field.schema());
      } else {
        fields[i] = OptionalField.of(field, type(parts[i]), wider(parts[i]));
      }
    }
    for (String required : List.of("schema", "table", "lsn")) {
      if (record.getField(required) == null) {
        throw new MalformedException(
                "it is missing from the schema",
                "check that a Debezium PostgreSQL connector wrote the record")
            .in(required);
      }
    }
  }

  private static Part part(String name) {
    return switch (name) {
      case "schema" -> Part.SCHEMA;
      case "table" -> Part.TABLE;
      case "txId" -> Part.TRANSACTION_ID;
      case "lsn" -> Part.LSN;
      case "sequence" -> Part.SEQUENCE;
      case "snapshot" -> Part.SNAPSHOT;
      case "ts_us" -> Part.MICROS;
      case "ts_ms" -> Part.MILLIS;
      default -> Part.OTHER;
    };
  }

  private static Schema.Type type(Part part) {
    return switch (part) {
      case SCHEMA, TABLE, SEQUENCE, SNAPSHOT -> Schema.Type.STRING;
      case TRANSACTION_ID, LSN, MICROS, MILLIS, OTHER -> Schema.Type.LONG;
    };
  }

  private static Schema.Type[] wider(Part part) {
    return type(part) == Schema.Type.LONG
        ? new Schema.Type[] {Schema.Type.INT}
        : new Schema.Type[] {};
  }

  Source read(AvroInput in) {
    String schemaName = null;
    String tableName = null;
    long transactionId = 0;
    long lsn = ABSENT;
    long previousCommit = ABSENT;
    long micros = ABSENT;
    long millis = 0;
    Snapshot snapshot = Snapshot.FALSE;
    int i = 0;
    try {
      for (; i < parts.length; i++) {
        switch (parts[i]) {
          case OTHER -> others[i].skip(in);
          case SCHEMA -> schemaName = fields[i].isPresent(in) ? schema.read(in) : null;
          case TABLE -> tableName = fields[i].isPresent(in) ? table.read(in) : null;
          case TRANSACTION_ID -> transactionId = fields[i].readLong(in, 0);
          case LSN -> lsn = fields[i].readLong(in, ABSENT);
          case SEQUENCE -> previousCommit = fields[i].isPresent(in) ? readSequence(in) : ABSENT;
          case SNAPSHOT -> snapshot = fields[i].isPresent(in) ? readSnapshot(in) : Snapshot.FALSE;
          case MICROS -> micros = fields[i].readLong(in, ABSENT);
          case MILLIS -> millis = fields[i].readLong(in, 0);
        }
      }
    } catch (MalformedException e) {
      throw e.in(record.getFields().get(i).name());
    }
    // Debezium leaves it out of the rows that an incremental snapshot reads: they have no place in
    // the WAL.
    if (lsn == ABSENT && snapshot != Snapshot.INCREMENTAL) {
      throw new MalformedException(
              "is null",
              "check that a Debezium PostgreSQL connector with the plug-in pgoutput wrote the"
                  + " record")
          .in("lsn");
    }
    return new Source(
        schemaName,
        tableName,
        transactionId,
        lsn == ABSENT ? null : new Lsn(lsn),
        previousCommit == ABSENT ? null : new Lsn(previousCommit),
        snapshot,
        micros == ABSENT ? microsOf(millis) : micros);
  }

  private static long microsOf(long millis) {
    if (millis > Long.MAX_VALUE / 1000 || millis < Long.MIN_VALUE / 1000) {
      throw new MalformedException("is " + millis + ", too large for milliseconds").in("ts_ms");
    }
    return millis * 1000;
  }

  private Snapshot readSnapshot(AvroInput in) {
    String text = snapshotText.read(in);
    if (!text.equals(lastSnapshotText)) {
      lastSnapshot = snapshot(text);
      lastSnapshotText = text;
    }
    return lastSnapshot;
  }

  private static Snapshot snapshot(String text) {
    for (Snapshot candidate : Snapshot.values()) {
      if (candidate.name().toLowerCase(Locale.ROOT).equals(text)) {
        return candidate;
      }
    }
    throw new MalformedException(
        "is '"
            + text
            + "', expected true, first, first_in_data_collection, last_in_data_collection, last,"
            + " false or incremental",
        "check the Debezium version");
  }

  /** The first of {@code ["24023128","24024000"]}, either of which may be null. */
  private static long readSequence(AvroInput in) {
    int length = in.readLength();
    int start = in.take(length, "a string");
    byte[] bytes = in.bytes();
    if (startsWith(bytes, start, length, "[null,")) {
      return ABSENT;
    }
    if (!startsWith(bytes, start, length, "[\"")) {
      throw notASequence(bytes, start, length);
    }
    long value = 0;
    int p = start + 2;
    int end = start + length;
    while (p < end && bytes[p] >= '0' && bytes[p] <= '9' && p - start < 2 + 20) {
      value = value * 10 + bytes[p++] - '0';
    }
    if (p == start + 2 || p >= end || bytes[p] != '"') {
      throw notASequence(bytes, start, length);
    }
    return value;
  }

  private static boolean startsWith(byte[] bytes, int start, int length, String prefix) {
    if (length < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (bytes[start + i] != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static MalformedException notASequence(byte[] bytes, int start, int length) {
    String shown =
        new String(bytes, start, Math.min(length, 60), java.nio.charset.StandardCharsets.UTF_8);
    return new MalformedException(
        "is '" + shown + "', expected a pair of LSNs such as [\"24023128\",\"24024000\"]",
        "check the Debezium version");
  }
}
