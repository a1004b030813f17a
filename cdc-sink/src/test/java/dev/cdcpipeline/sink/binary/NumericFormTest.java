package dev.cdcpipeline.sink.binary;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.postgresql.util.ByteConverter;

/** The driver's own reader is the judge. */
class NumericFormTest {

  @Property
  void writesANumberOfALongAndItsScale(
      @ForAll long unscaled, @ForAll @IntRange(max = 25) int scale) {
    ByteBuilder out = new ByteBuilder(4);
    NumericForm.write(unscaled, scale, out);
    assertThat(read(out)).isEqualTo(BigDecimal.valueOf(unscaled, scale));
  }

  @Property
  void writesAShortNumber(
      @ForAll @IntRange(min = -20_000, max = 20_000) int unscaled,
      @ForAll @IntRange(max = 12) int scale) {
    ByteBuilder out = new ByteBuilder(4);
    NumericForm.write(unscaled, scale, out);
    assertThat(read(out)).isEqualTo(BigDecimal.valueOf(unscaled, scale));
  }

  @Property
  void writesALongNumber(
      @ForAll
          @BigRange(
              min = "-99999999999999999999999999999999999999",
              max = "99999999999999999999999999999999999999")
          @Scale(12)
          BigDecimal number) {
    ByteBuilder out = new ByteBuilder(4);
    NumericForm.write(number, out);
    assertThat(read(out)).isEqualTo(number);
  }

  @Example
  void bothWaysGiveTheSameBytes() {
    for (long unscaled : new long[] {0, 1, -1, 9_999, 10_000, 10_001, -120_000_000, 1L << 62}) {
      for (int scale = 0; scale <= 15; scale++) {
        ByteBuilder fast = new ByteBuilder(4);
        NumericForm.write(unscaled, scale, fast);
        ByteBuilder slow = new ByteBuilder(4);
        NumericForm.write(BigDecimal.valueOf(unscaled, scale), slow);
        assertThat(bytes(fast)).as("%s with scale %s", unscaled, scale).isEqualTo(bytes(slow));
      }
    }
  }

  @Example
  void writesANegativeScaleAsZeros() {
    ByteBuilder out = new ByteBuilder(4);
    NumericForm.write(new BigDecimal(BigInteger.valueOf(-12), -5), out);
    assertThat(read(out)).isEqualTo(new BigDecimal("-1200000"));
  }

  @Property
  void writesANumberOfAnyScale(
      @ForAll long unscaled, @ForAll @IntRange(min = -60, max = 60) int scale) {
    BigDecimal number = BigDecimal.valueOf(unscaled, scale);
    ByteBuilder out = new ByteBuilder(4);
    NumericForm.write(number, out);
    assertThat(read(out)).isEqualTo(scale < 0 ? number.setScale(0) : number);
  }

  @Example
  void takesNoRoomForZerosThatTheWeightSays() {
    for (String number : new String[] {"1E+131071", "-37E+131069", "1E-16383", "-5E-16382"}) {
      ByteBuilder out = new ByteBuilder(4);
      NumericForm.write(new BigDecimal(number), out);
      assertThat(out.size()).as(number).isBetween(10, 12);
      assertThat(new BigDecimal(read(out).toString()))
          .as(number)
          .isEqualByComparingTo(new BigDecimal(number));
    }
  }

  @Example
  void keepsWhatWasThereBefore() {
    ByteBuilder out = new ByteBuilder(4);
    out.putInt(0xCAFE);
    NumericForm.write(1_234_567, 2, out);
    assertThat(ByteBuilder.getInt(out.bytes(), 0)).isEqualTo(0xCAFE);
    assertThat(ByteConverter.numeric(out.bytes(), 4, out.size() - 4))
        .isEqualTo(new BigDecimal("12345.67"));
  }

  private static byte[] bytes(ByteBuilder out) {
    return Arrays.copyOf(out.bytes(), out.size());
  }

  private static Number read(ByteBuilder out) {
    return ByteConverter.numeric(bytes(out));
  }
}
