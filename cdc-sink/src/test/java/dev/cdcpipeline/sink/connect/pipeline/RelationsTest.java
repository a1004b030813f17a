package dev.cdcpipeline.sink.connect.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.change.SourceRelation;
import java.util.Map;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class RelationsTest {
  private final SinkRecord record = new SinkRecord("t", 0, null, null, null, null, 0);

  @Test
  void aRelationAndTheNumbersOfItsColumns() {
    assertThat(Relations.of(record)).isEmpty();

    record.headers().addLong(Relations.HEADER, 4_294_967_291L);
    assertThat(Relations.of(record)).contains(new SourceRelation(4_294_967_291L));

    record.headers().addString(Relations.COLUMNS_HEADER, "id=1&a+%22b%22%26%3D=2&%C3%BC=1600");
    assertThat(Relations.of(record))
        .contains(
            new SourceRelation(4_294_967_291L, Map.of("id", 1, "a \"b\"&=", 2, "\u00fc", 1600)));
  }

  @Test
  void whatAnybodyMayHaveWrittenIsLeftOut() {
    assertThat(Relations.numbers("id=1&&x&=3&y=&%zz=4&n=99999&m=-1&k=1x"))
        .isEqualTo(Map.of("id", 1));
    record.headers().addString(Relations.HEADER, "0");
    assertThat(Relations.of(record)).isEmpty();
  }
}
