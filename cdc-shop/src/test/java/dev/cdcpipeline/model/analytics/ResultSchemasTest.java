package dev.cdcpipeline.model.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResultSchemasTest {

  static List<Path> schemas() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src", "main", "avro"))) {
      return files.sorted().toList();
    }
  }

  private static Schema parse(Path file) throws IOException {
    return new Schema.Parser().parse(Files.readString(file));
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void documentsTheRecordAndEveryField(Path file) throws IOException {
    Schema schema = parse(file);

    assertThat(schema.getDoc()).isNotBlank();
    assertThat(schema.getFields())
        .allSatisfy(field -> assertThat(field.doc()).as(field.name()).isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void isNamedAsItsFileInThisPackage(Path file) throws IOException {
    assertThat(parse(file).getFullName() + ".avsc")
        .isEqualTo(ResultSchemasTest.class.getPackageName() + "." + file.getFileName());
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void canReadWhatItWroteBeforeAFieldWasAdded(Path file) throws IOException {
    // a nullable field needs a default, or the next version could not read the last one's records
    assertThat(parse(file).getFields())
        .filteredOn(field -> field.schema().isNullable())
        .allSatisfy(field -> assertThat(field.hasDefaultValue()).as(field.name()).isTrue());
  }
}
