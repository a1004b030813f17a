package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.PartitionId;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * The first bytes of a file of spilled changes: whose they are. A reader compares them with what it
 * wrote, so that it never takes another's rows for its own.
 *
 * @param owner whose changes these are
 * @param transaction the transaction that made them
 * @param partition where they were read
 * @param token random, so that no two files have the same header
 */
record SpillHeader(
    String owner, TransactionIdentity transaction, PartitionId partition, String token) {
  private static final String MAGIC = "cdc-spill-1";

  void write(DataOutputStream out) throws IOException {
    out.writeUTF(MAGIC);
    out.writeUTF(owner);
    out.writeLong(transaction.xid());
    out.writeLong(transaction.commitMillis());
    out.writeUTF(partition.topic());
    out.writeInt(partition.partition());
    out.writeUTF(token);
  }

  /**
   * Reads a header and compares it with this one.
   *
   * @param file for messages
   * @throws IOException if it is another
   */
  void check(DataInputStream in, Object file) throws IOException {
    String magic = in.readUTF();
    if (!magic.equals(MAGIC)) {
      throw new IOException(file + " begins with '" + magic + "', expected '" + MAGIC + "'");
    }
    SpillHeader found =
        new SpillHeader(
            in.readUTF(),
            new TransactionIdentity(in.readLong(), in.readLong()),
            new PartitionId(in.readUTF(), in.readInt()),
            in.readUTF());
    if (!found.equals(this)) {
      throw new IOException(file + " holds the changes of " + found + ", expected " + this);
    }
  }
}
