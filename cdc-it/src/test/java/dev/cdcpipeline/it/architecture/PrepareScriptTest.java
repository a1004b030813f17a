package dev.cdcpipeline.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code infra/prepare.sh}, run on a copy of what it needs. */
class PrepareScriptTest {
  @TempDir private Path infra;

  @BeforeEach
  void copy() throws IOException {
    Path original = Repository.ofThisBuild().root().resolve("infra");
    for (String file : new String[] {"prepare.sh", ".env.example"}) {
      Files.copy(original.resolve(file), infra.resolve(file));
    }
  }

  private Properties prepare() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", infra.resolve("prepare.sh").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(infra.resolve("secrets/pipeline.properties"))) {
      properties.load(reader);
    }
    return properties;
  }

  @ParameterizedTest
  @CsvSource({
    "http://registry:8080/apis/ccompat/v7, http://127.0.0.1:18081/apis/ccompat/v7",
    "http://confluent-registry:8081,       http://127.0.0.1:18082",
    "https://registry.example.com/path,    https://registry.example.com/path",
  })
  void theHostAsksTheRegistryThatTheContainersUse(String inside, String outside)
      throws IOException, InterruptedException {
    Path env = infra.resolve(".env");
    String example = Files.readString(infra.resolve(".env.example"));
    Files.writeString(
        env,
        example.replaceFirst(
            "(?m)^CDC_SCHEMA_REGISTRY_INTERNAL_URL=.*$",
            "CDC_SCHEMA_REGISTRY_INTERNAL_URL=" + inside));

    assertThat(prepare().getProperty("registry.url")).isEqualTo(outside);
  }

  @Test
  void keepsPasswordsAndMakesADirectoryForPlugins() throws IOException, InterruptedException {
    String first = prepare().getProperty("source.url");

    assertThat(prepare().getProperty("source.url")).isEqualTo(first).contains("password=");
    assertThat(infra.resolve("plugins")).isDirectory();
  }
}
