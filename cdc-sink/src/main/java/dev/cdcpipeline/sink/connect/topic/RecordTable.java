package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.sink.table.TableBatch;
import org.apache.kafka.connect.sink.SinkRecord;

/** Makes what is written to a table of one topic's records. */
interface RecordTable {

  /** Adds the record to the batch, as a row or as refused; returns the bytes it takes. */
  long take(SinkRecord record, TableBatch<SinkRecord> batch, FlushWriter target);
}
