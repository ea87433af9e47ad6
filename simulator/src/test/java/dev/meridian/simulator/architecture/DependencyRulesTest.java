package dev.meridian.simulator.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The folders are the architecture: nothing points upwards, and each outside library has one place that knows it. */
class DependencyRulesTest {
    private static final JavaClasses MERIDIAN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.meridian");

    private static final String[] CORE = {
        "dev.meridian.model",
        "dev.meridian.conflict",
        "dev.meridian.streams",
        "dev.meridian.streams.memory",
        "dev.meridian.streams.resilience",
        "dev.meridian.streams.triggers",
        "dev.meridian.replicator",
        "dev.meridian.node.api",
        "dev.meridian.node.expression",
        "dev.meridian.node.store",
        "dev.meridian.node.lmdb",
        "dev.meridian.node.control",
        "dev.meridian.node.streamsapi",
        "dev.meridian.simulator.scenario",
        "dev.meridian.simulator.workload",
        "dev.meridian.simulator.world",
        "dev.meridian.simulator.check",
        "dev.meridian.simulator.virtual"
    };

    @Test
    void nothingPointsUpwards() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("model")
                .definedBy("dev.meridian.model..")
                .layer("conflict")
                .definedBy("dev.meridian.conflict..")
                .layer("streams")
                .definedBy("dev.meridian.streams..")
                .layer("replicator")
                .definedBy("dev.meridian.replicator..")
                .layer("node")
                .definedBy("dev.meridian.node..")
                .layer("simulator")
                .definedBy("dev.meridian.simulator..")
                .whereLayer("model")
                .mayNotAccessAnyLayer()
                .whereLayer("conflict")
                .mayOnlyAccessLayers("model")
                .whereLayer("streams")
                .mayOnlyAccessLayers("model")
                .whereLayer("replicator")
                .mayOnlyAccessLayers("model", "conflict", "streams")
                .whereLayer("node")
                .mayOnlyAccessLayers("model", "conflict", "streams", "replicator")
                .check(MERIDIAN);
    }

    @Test
    void theModelKnowsTheJdkOnly() {
        classes()
                .that()
                .resideInAPackage("dev.meridian.model..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("dev.meridian.model..", "java..", "org.jspecify.."))
                .check(MERIDIAN);
    }

    @Test
    void eachLibraryHasOnePlace() {
        onlyIn("io.vertx..", "dev.meridian.node.http..", "dev.meridian.node", "dev.meridian.simulator..");
        onlyIn("org.lmdbjava..", "dev.meridian.node.lmdb..");
        onlyIn("org.apache.kafka.clients..", "dev.meridian.streams.kafka..");
        onlyIn("org.apache.kafka.common..", "dev.meridian.streams.kafka..", "dev.meridian.streams.embedded..");
        onlyIn("kafka..", "dev.meridian.streams.embedded..");
        onlyIn("org.apache.kafka.server..", "dev.meridian.streams.embedded..");
        onlyIn("org.apache.kafka.metadata..", "dev.meridian.streams.embedded..");
        onlyIn("picocli..", "dev.meridian.node.cli..", "dev.meridian.simulator..");
        onlyIn("io.micrometer..", "dev.meridian.node.metrics..");
        onlyIn("io.prometheus..", "dev.meridian.node.metrics..");
        onlyIn("software.amazon.event.ruler..", "dev.meridian.streams.triggers..");
        onlyIn(
                "io.github.resilience4j..",
                "dev.meridian.streams.resilience..",
                "dev.meridian.streams.triggers..",
                "dev.meridian.streams.embedded..",
                "dev.meridian.node.metrics..");
    }

    private static void onlyIn(String library, String... places) {
        noClasses()
                .that()
                .resideOutsideOfPackages(places)
                .should()
                .dependOnClassesThat(resideInAPackage(library))
                .allowEmptyShould(true)
                .check(MERIDIAN);
    }

    @Test
    void theCoreTakesTimeAndRandomnessFromItsConstructors() {
        noClasses()
                .that()
                .resideInAnyPackage(CORE)
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callConstructor(Random.class)
                .check(MERIDIAN);
    }
}
