package dev.cdcpipeline.app.storm.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** A storm's report as a JSON file. */
public final class ReportFile {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, new InstantText())
                  .addDeserializer(Instant.class, new TextInstant()))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private ReportFile() {}

  /** Writes a report; the directory is made if it is missing. */
  public static void write(StormReport report, Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    JSON.writeValue(file.toFile(), report);
  }

  /**
   * Reads a report.
   *
   * @throws IOException if it can't be read or is none; the message names the file
   */
  public static StormReport read(Path file) throws IOException {
    try {
      return JSON.readValue(file.toFile(), StormReport.class);
    } catch (IOException e) {
      throw new IOException(
          "cannot read the storm's report %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static final class InstantText extends JsonSerializer<Instant> {
    @Override
    public void serialize(Instant value, JsonGenerator json, SerializerProvider unused)
        throws IOException {
      json.writeString(value.toString());
    }
  }

  private static final class TextInstant extends JsonDeserializer<Instant> {
    @Override
    public Instant deserialize(JsonParser json, DeserializationContext unused) throws IOException {
      return Instant.parse(json.getText());
    }
  }
}
