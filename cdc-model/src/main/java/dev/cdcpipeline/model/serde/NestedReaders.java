package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.ValueTarget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Readers of values made of values: optional ones, arrays, maps, and the record Debezium writes for
 * a NUMERIC without scale.
 */
final class NestedReaders {
  /** Room made at once; for more, only as elements are read, whatever number is announced. */
  private static final int INITIAL_CAPACITY = 64;

  private NestedReaders() {}

  /** A value or null, in whichever order the writer's union has them. */
  static final class Optional extends ValueReader {
    private final ValueReader value;
    private final int nullBranch;

    Optional(ValueReader value, int nullBranch) {
      this.value = value;
      this.nullBranch = nullBranch;
    }

    @Override
    Object read(AvroInput in) {
      return isPresent(in, nullBranch) ? value.read(in) : null;
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      if (isPresent(in, nullBranch)) {
        value.read(in, target);
      } else {
        target.set(null);
      }
    }

    @Override
    void skip(AvroInput in) {
      if (isPresent(in, nullBranch)) {
        value.skip(in);
      }
    }

    @Override
    int minimumBytes() {
      return 1;
    }

    /** Reads which branch of a union of two follows. */
    static boolean isPresent(AvroInput in, int nullBranch) {
      long branch = in.readLong();
      if ((branch & ~1L) != 0) {
        throw new MalformedException("union has branch " + branch + " of 2");
      }
      return branch != nullBranch;
    }
  }

  /** Any other union. */
  static final class Union extends ValueReader {
    private final ValueReader[] branches;

    Union(List<ValueReader> branches) {
      this.branches = branches.toArray(ValueReader[]::new);
    }

    private ValueReader branch(AvroInput in) {
      long branch = in.readLong();
      if (branch < 0 || branch >= branches.length) {
        throw new MalformedException("union has branch " + branch + " of " + branches.length);
      }
      return branches[(int) branch];
    }

    @Override
    Object read(AvroInput in) {
      return branch(in).read(in);
    }

    @Override
    void skip(AvroInput in) {
      branch(in).skip(in);
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  static final class Array extends ValueReader {
    private final ValueReader element;
    private final int elementBytes;
    private final byte[] placeholder;

    /**
     * @param placeholder null if there is none
     */
    Array(ValueReader element, String placeholder) {
      this.element = element;
      this.elementBytes = element.minimumBytes();
      this.placeholder = placeholder == null ? null : placeholder.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    Object read(AvroInput in) {
      in.enter();
      int count = in.readBlock(elementBytes);
      if (count == 0) {
        in.leave();
        return List.of();
      }
      List<Object> values = new ArrayList<>(Math.min(count, INITIAL_CAPACITY));
      while (count > 0) {
        int end = in.blockEnd();
        for (int i = 0; i < count; i++) {
          try {
            values.add(element.read(in));
          } catch (MalformedException e) {
            throw e.in("[" + values.size() + "]");
          }
        }
        in.endBlock(end);
        count = in.readBlock(elementBytes);
      }
      in.leave();
      if (!isPlaceholder(values)) {
        return values;
      }
      in.tookPlaceholder();
      return Row.UNAVAILABLE;
    }

    /**
     * Debezium writes text as the array's only element, and numbers as the placeholder's bytes, one
     * an element.
     */
    private boolean isPlaceholder(List<Object> values) {
      if (values.size() == 1) {
        return values.get(0) == Row.UNAVAILABLE;
      }
      if (placeholder == null || values.size() != placeholder.length) {
        return false;
      }
      for (int i = 0; i < placeholder.length; i++) {
        if (!(values.get(i) instanceof Number number
            && (number instanceof Integer || number instanceof Long)
            && number.longValue() == placeholder[i])) {
          return false;
        }
      }
      return true;
    }

    @Override
    void skip(AvroInput in) {
      in.enter();
      for (int count = in.readBlock(elementBytes); count > 0; count = in.readBlock(elementBytes)) {
        int end = in.blockEnd();
        for (int i = 0; i < count; i++) {
          element.skip(in);
        }
        in.endBlock(end);
      }
      in.leave();
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  static final class MapReader extends ValueReader {
    private final ValueReader value;
    private final int entryBytes;
    private final String placeholder;

    MapReader(ValueReader value, String placeholder) {
      this.value = value;
      this.entryBytes = sum(value.minimumBytes(), 1);
      this.placeholder = placeholder;
    }

    @Override
    Object read(AvroInput in) {
      in.enter();
      int count = in.readBlock(entryBytes);
      if (count == 0) {
        in.leave();
        return Map.of();
      }
      Map<String, Object> values = new LinkedHashMap<>(Math.min(2 * count, INITIAL_CAPACITY));
      while (count > 0) {
        int end = in.blockEnd();
        for (int i = 0; i < count; i++) {
          String key = in.readString();
          try {
            values.put(key, value.read(in));
          } catch (MalformedException e) {
            throw e.in("['" + MalformedException.shorten(key) + "']");
          }
        }
        in.endBlock(end);
        count = in.readBlock(entryBytes);
      }
      in.leave();
      return values.size() == 1 && values.get(placeholder) == Row.UNAVAILABLE
          ? Row.UNAVAILABLE
          : values;
    }

    @Override
    void skip(AvroInput in) {
      in.enter();
      for (int count = in.readBlock(entryBytes); count > 0; count = in.readBlock(entryBytes)) {
        int end = in.blockEnd();
        for (int i = 0; i < count; i++) {
          in.skipBytes();
          value.skip(in);
        }
        in.endBlock(end);
      }
      in.leave();
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  /** {@code io.debezium.data.VariableScaleDecimal}: a record of a scale and bytes. */
  static final class VariableScaleDecimal extends ValueReader {
    private final boolean scaleFirst;

    VariableScaleDecimal(boolean scaleFirst) {
      this.scaleFirst = scaleFirst;
    }

    @Override
    Object read(AvroInput in) {
      if (scaleFirst) {
        int scale = BytesReaders.checkScale(in.readInt());
        return BytesReaders.decimal(in, in.readLength(), scale);
      }
      java.math.BigDecimal unscaled = BytesReaders.decimal(in, in.readLength(), 0);
      return new java.math.BigDecimal(
          unscaled.unscaledValue(), BytesReaders.checkScale(in.readInt()));
    }

    @Override
    void skip(AvroInput in) {
      if (scaleFirst) {
        in.skipNumber();
        in.skipBytes();
      } else {
        in.skipBytes();
        in.skipNumber();
      }
    }

    @Override
    int minimumBytes() {
      return 2;
    }
  }
}
