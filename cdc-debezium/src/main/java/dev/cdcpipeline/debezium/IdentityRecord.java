package dev.cdcpipeline.debezium;

import java.util.Map;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A record with an offset of ours, equal to itself alone. Connect keeps the records of a
 * transaction in a hash table until it is committed, by the hash of all of their fields, and nobody
 * looks one up by an equal one.
 */
final class IdentityRecord extends SourceRecord {
  IdentityRecord(SourceRecord record, Map<String, ?> offset, Iterable<Header> headers) {
    super(
        record.sourcePartition(),
        offset,
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        record.valueSchema(),
        record.value(),
        record.timestamp(),
        headers);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
