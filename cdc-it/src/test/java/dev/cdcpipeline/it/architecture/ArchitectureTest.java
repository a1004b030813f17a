package dev.cdcpipeline.it.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Holds the arrows between modules and packages: who may know whom, and that nobody knows himself
 * in a circle.
 */
class ArchitectureTest {
  private static final String KAFKA = "org.apache.kafka..";
  private static final String CONNECT = "org.apache.kafka.connect..";
  private static final String[] JDBC = {"java.sql..", "javax.sql..", "org.postgresql.."};

  /** The example; the records' package is older than its module. */
  private static final String[] SHOP = {
    "dev.cdcpipeline.shop..", "dev.cdcpipeline.model.analytics.."
  };

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          // tests that another module's tests use
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.cdcpipeline");

  @Test
  void seesEveryLibraryAndTheApp() {
    assertThat(PRODUCT.stream().map(type -> type.getPackageName().split("\\.")[2]).distinct())
        .contains("model", "transforms", "shop", "sink", "app");
  }

  @Test
  void theModelKnowsNoOtherModule() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.model..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.cdcpipeline.transforms..", "dev.cdcpipeline.sink..", "dev.cdcpipeline.app..")
        .check(PRODUCT);
  }

  @Test
  void transformsKnowOnlyTheModel() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.transforms..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cdcpipeline.sink..", "dev.cdcpipeline.app..")
        .check(PRODUCT);
  }

  @Test
  void theSinkKnowsOnlyTheModel() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cdcpipeline.transforms..", "dev.cdcpipeline.app..")
        .check(PRODUCT);
  }

  @Test
  void noLibraryKnowsTheShop() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.cdcpipeline.model..", "dev.cdcpipeline.transforms..", "dev.cdcpipeline.sink..")
        .and()
        .resideOutsideOfPackages(SHOP)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(SHOP)
        .check(PRODUCT);
  }

  @Test
  void theShopKnowsOnlyModelAndTransforms() {
    noClasses()
        .that()
        .resideInAnyPackage(SHOP)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.cdcpipeline.sink..", "dev.cdcpipeline.app..")
        .check(PRODUCT);
  }

  @Test
  void noPackagesKnowEachOtherInACircle() {
    slices().matching("dev.cdcpipeline.(**)").should().beFreeOfCycles().check(PRODUCT);
  }

  @Test
  void changeEventsKnowNeitherKafkaNorAvro() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.model.event..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(KAFKA, "org.apache.avro..")
        .check(PRODUCT);
  }

  @Test
  void changesAndTransactionsKnowNeitherKafkaNorJdbc() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.cdcpipeline.sink.change..", "dev.cdcpipeline.sink.transaction..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(KAFKA)
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage(JDBC)
        .check(PRODUCT);
  }

  @Test
  void aggregatesKnowNoKafka() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.transforms.aggregate..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(KAFKA)
        .check(PRODUCT);
  }

  @Test
  void onlyTheConnectorSeesConnectsClasses() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.cdcpipeline.sink.connect..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(CONNECT)
        .check(PRODUCT);
  }

  @Test
  void theConnectorsConfigurationDoesNotTravelInward() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink..")
        .and()
        .resideOutsideOfPackage("dev.cdcpipeline.sink.connect..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cdcpipeline.sink.connect..")
        .check(PRODUCT);
  }

  @Test
  void theTwoWritersDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink.mirror..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cdcpipeline.sink.table..")
        .check(PRODUCT);
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink.table..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cdcpipeline.sink.mirror..")
        .check(PRODUCT);
  }

  @Test
  void whatKnowsTheTargetKnowsNeitherTheLedgerNorAWriter() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink.postgres..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.cdcpipeline.sink.ledger..",
            "dev.cdcpipeline.sink.mirror..",
            "dev.cdcpipeline.sink.table..",
            "dev.cdcpipeline.sink.result..",
            "dev.cdcpipeline.sink.connect..")
        .check(PRODUCT);
  }

  @Test
  void thePipelinesOfTheModesDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink.connect.transactional..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cdcpipeline.sink.connect.topic..")
        .check(PRODUCT);
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink.connect.topic..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cdcpipeline.sink.connect.transactional..")
        .check(PRODUCT);
  }

  @Test
  void resultsKnowNoKafka() {
    noClasses()
        .that()
        .resideInAPackage("dev.cdcpipeline.sink.result..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(KAFKA)
        .check(PRODUCT);
  }

  @Test
  void namesSayWhatAClassIsFor() {
    classes()
        .should()
        .haveNameNotMatching(
            ".*[.$](Abstract|Base)[A-Z]\\w*|.*(Utils?|Helper|Manager|Impl|Base)([$].*)?")
        .check(PRODUCT);
  }

  @Test
  void everyPackageSaysWhatLivesThere() {
    Repository repository = Repository.ofThisBuild();
    List<Path> silent =
        repository.javaFiles().stream()
            .map(Path::getParent)
            .distinct()
            .filter(dir -> dir.toString().contains("/src/main/java/"))
            .filter(dir -> !Files.exists(dir.resolve("package-info.java")))
            .map(repository.root()::relativize)
            .toList();

    assertThat(silent).as("packages without package-info.java").isEmpty();
  }
}
