package dev.cdcpipeline.transforms.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ValueTypeTest {

  record Pair(String first, Long second) {}

  private static final ValueType<Pair> PAIR =
      new PairType<>(
          ValueType.nullable(ValueType.STRING),
          Pair::first,
          ValueType.LONG,
          Pair::second,
          Pair::new);

  @Property
  void longsKeepTheirOrder(@ForAll long left, @ForAll long right) {
    assertSorted(ValueType.LONG, left, right);
  }

  @Property
  void stringsKeepTheirOrder(@ForAll("texts") String left, @ForAll("texts") String right) {
    assertSorted(ValueType.STRING, left, right);
  }

  @Property
  void decimalsKeepTheirOrder(
      @ForAll("decimals") BigDecimal left, @ForAll("decimals") BigDecimal right) {
    assertSorted(ValueType.DECIMAL, left, right);
  }

  @Property
  void pairsKeepTheirOrder(
      @ForAll("texts") String a,
      @ForAll long b,
      @ForAll("texts") String c,
      @ForAll boolean noFirst) {
    assertSorted(PAIR, new Pair(a, b), new Pair(noFirst ? null : c, b + 1));
  }

  @Property
  void numericallyEqualDecimalsAreTheSameBytes(@ForAll("decimals") BigDecimal value) {
    BigDecimal wider = value.setScale(value.scale() + 3);

    assertThat(ValueType.DECIMAL.toBytes(wider)).isEqualTo(ValueType.DECIMAL.toBytes(value));
    assertThat(ValueType.DECIMAL.hash(wider)).isEqualTo(ValueType.DECIMAL.hash(value));
  }

  @Property
  void anyBytesAreReadOrRefused(@ForAll byte[] bytes) {
    for (ValueType<?> type :
        new ValueType<?>[] {ValueType.LONG, ValueType.STRING, ValueType.DECIMAL, PAIR}) {
      try {
        type.fromBytes(bytes);
      } catch (IllegalArgumentException | ArithmeticException refused) {
        assertThat(refused.getMessage()).isNotEmpty();
      }
    }
  }

  @Property
  void varLongsComeBack(@ForAll long value) {
    BinaryOutput out = new BinaryOutput();
    out.writeVarLong(value);
    assertThat(new BinaryInput(out.toByteArray()).readVarLong()).isEqualTo(value);
  }

  @Example
  void refusesAnAbsurdLengthWithoutAllocatingIt() {
    BinaryOutput out = new BinaryOutput();
    out.writeVarLong(Integer.MAX_VALUE);

    assertThatThrownBy(() -> new BinaryInput(out.toByteArray()).readLengthAndBytes())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("length 2147483647 at byte 5, only 0 bytes follow");
  }

  @Example
  void refusesBytesAfterTheValue() {
    byte[] bytes = Arrays.copyOf(ValueType.LONG.toBytes(7L), 9);

    assertThatThrownBy(() -> ValueType.LONG.fromBytes(bytes))
        .hasMessage("value ends at byte 8 of 9");
  }

  @Provide
  static Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars('a', 'b', '\u0000', '\u0001', '\u00e9', '\uffee')
        .ofMaxLength(4)
        .flatMap(text -> Arbitraries.of(text, text + "\uD83D\uDE00", "\uD83D\uDE00" + text));
  }

  @Provide
  static Arbitrary<BigDecimal> decimals() {
    return Arbitraries.oneOf(
        Arbitraries.bigDecimals()
            .ofScale(2)
            .between(new BigDecimal("-1000"), new BigDecimal("1000")),
        Arbitraries.bigDecimals().ofScale(20),
        Arbitraries.bigIntegers()
            .between(BigInteger.TEN.pow(40).negate(), BigInteger.TEN.pow(40))
            .map(BigDecimal::new));
  }

  private static <V> void assertSorted(ValueType<V> type, V left, V right) {
    int byBytes = Arrays.compareUnsigned(type.toBytes(left), type.toBytes(right));
    assertThat(Integer.signum(byBytes)).isEqualTo(Integer.signum(type.compare(left, right)));
    assertThat(type.compare(type.fromBytes(type.toBytes(left)), left)).isZero();
    if (type.compare(left, right) == 0) {
      assertThat(type.hash(left)).isEqualTo(type.hash(right));
    }
  }
}
