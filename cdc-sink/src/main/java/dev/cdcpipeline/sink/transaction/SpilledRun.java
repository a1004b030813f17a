package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Changes that one transaction has in one partition, on disk in offset order: a header, and for
 * each its offset, the key's length (-1 for none) and bytes, the value's length and bytes. Read as
 * often as needed.
 */
final class SpilledRun {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final SpillDirectory directory;
  private final Path file;
  private final SpillHeader header;
  private final List<DataInputStream> readers = new ArrayList<>();
  private DataOutputStream out;
  private long count;
  private long bytes;

  SpilledRun(SpillDirectory directory, Path file, SpillHeader header) throws IOException {
    this.directory = directory;
    this.file = file;
    this.header = header;
    this.out =
        new DataOutputStream(
            new BufferedOutputStream(
                Files.newOutputStream(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                BUFFER_BYTES));
    header.write(out);
  }

  void append(ReadChange change) {
    byte[] key = change.key();
    byte[] value = change.value();
    try {
      out.writeLong(change.change().coordinates().offset());
      out.writeInt(key == null ? -1 : key.length);
      if (key != null) {
        out.write(key);
      }
      out.writeInt(value.length);
      out.write(value);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + "; check that the disk has space", e);
    }
    long size = Long.BYTES + 2L * Integer.BYTES + change.encodedSize();
    bytes += size;
    directory.wrote(size);
    count++;
  }

  /** The changes from the first, decoded again; nothing is appended from now on. */
  Iterator<RowChange> read(ChangeDecoder decoder) {
    try {
      if (out != null) {
        out.close();
        out = null;
      }
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
      readers.add(in);
      header.check(in, file);
      return new Reader(in, decoder);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private UncheckedIOException unreadable(IOException e) {
    return new UncheckedIOException(
        "cannot read spilled changes from "
            + file
            + ": "
            + (e instanceof EOFException ? "it ends too early" : e.getMessage())
            + "; something else has changed the file. Restart the task, which reads them from Kafka"
            + " again",
        e);
  }

  /** Closes all readers and deletes the file. */
  void delete() {
    try {
      if (out != null) {
        out.close();
        out = null;
      }
      for (DataInputStream reader : readers) {
        reader.close();
      }
      readers.clear();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file + "; delete it by hand", e);
    }
    directory.deleted(bytes);
    bytes = 0;
  }

  private final class Reader implements Iterator<RowChange> {
    private final DataInputStream in;
    private final ChangeDecoder decoder;
    private long left = count;

    Reader(DataInputStream in, ChangeDecoder decoder) {
      this.in = in;
      this.decoder = decoder;
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    @Override
    public RowChange next() {
      if (left == 0) {
        throw new NoSuchElementException("no more spilled changes in " + file);
      }
      try {
        long offset = in.readLong();
        int keyLength = in.readInt();
        byte[] key = keyLength < 0 ? null : bytes(keyLength);
        byte[] value = bytes(in.readInt());
        if (--left == 0) {
          in.close();
          readers.remove(in);
        }
        PartitionId partition = header.partition();
        Coordinates at = new Coordinates(partition.topic(), partition.partition(), offset);
        return decoder.decode(at, key, value);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }

    private byte[] bytes(int length) throws IOException {
      byte[] read = new byte[length];
      in.readFully(read);
      return read;
    }
  }
}
