package dev.meridian.simulator.terraform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.meridian.model.RegionId;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.config.RegionConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Terraform itself says without a network. Skipped where there is no {@code terraform}. */
class TerraformBinaryTest {
    @TempDir
    static Path folder;

    private record Said(int exit, String text) {}

    @BeforeAll
    static void findTerraform() throws Exception {
        boolean found;
        try {
            found = run(folder, "version").exit() == 0;
        } catch (java.io.IOException none) {
            found = false;
        }
        assumeTrue(
                found,
                "skipped: there is no terraform on the path, so that its formatter and its evaluation are not asked");
    }

    private static Said run(Path in, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("terraform"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true);
        builder.environment()
                .put(
                        "TF_CLI_CONFIG_FILE",
                        Files.writeString(folder.resolve("terraformrc"), "").toString());
        builder.environment().put("CHECKPOINT_DISABLE", "1");
        builder.environment().put("TF_IN_AUTOMATION", "1");
        Process process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    @Test
    void everythingIsFormatted() throws Exception {
        Said said = run(Module.TERRAFORM, "fmt", "-check", "-diff", "-recursive", "-no-color");
        assertThat(said.text()).isEmpty();
        assertThat(said.exit()).isZero();
    }

    /** {@code node-config} needs no provider, so that it can be applied here. */
    private static Said apply(String variables) throws Exception {
        Path copy = Files.createTempDirectory(folder, "node-config");
        for (String file : List.of("main.tf", "outputs.tf", "variables.tf", "versions.tf")) {
            Files.copy(Module.named("node-config").folder().resolve(file), copy.resolve(file));
        }
        Files.writeString(copy.resolve("terraform.tfvars"), variables);
        assertThat(run(copy, "init", "-input=false", "-no-color").exit()).isZero();
        Said applied = run(copy, "apply", "-auto-approve", "-input=false", "-no-color");
        return applied.exit() == 0 ? run(copy, "output", "-raw", "yaml") : applied;
    }

    private static RegionConfig read(Said yaml) throws Exception {
        assertThat(yaml.exit()).as(yaml.text()).isZero();
        return RegionConfigFile.read(Files.writeString(Files.createTempFile(folder, "region", ".yaml"), yaml.text()));
    }

    @Test
    void theNodesConfigOfARegionWithAnOutsideKafkaIsReadByTheNode() throws Exception {
        RegionConfig config = read(apply("""
                region           = "us-east-1"
                kafka_bootstrap  = "a:9096,b:9096"
                kafka_properties = { "security.protocol" = "SASL_SSL", "sasl.jaas.config" = "x password=\\"$${file:/run/p:us}\\";" }
                peers            = { eu-west-1 = { bootstrap = "c:9096", properties = { "security.protocol" = "SASL_SSL" } } }
                partitions       = 16
                throttling       = false
                evict_after      = "3d"
                """));
        KafkaConfig.Outside kafka = (KafkaConfig.Outside) config.kafka();
        assertThat(kafka.bootstrap()).isEqualTo("a:9096,b:9096");
        assertThat(kafka.properties()).containsEntry("sasl.jaas.config", "x password=\"${file:/run/p:us}\";");
        assertThat(config.peers()).extracting(PeerConfig::region).containsExactly(new RegionId("eu-west-1"));
        assertThat(config.peers().get(0).properties()).containsEntry("security.protocol", "SASL_SSL");
        assertThat(config.partitions()).isEqualTo(16);
        assertThat(config.throttling()).isFalse();
        assertThat(config.evictAfter()).hasDays(3);
        assertThat(config.data()).isEqualTo(Path.of("/var/lib/meridian"));
    }

    @Test
    void theNodesConfigOfARegionWithTheBrokerInsideIsReadByTheNode() throws Exception {
        RegionConfig config = read(apply("region = \"eu-west-1\"\nembedded_kafka_host = \"10.1.48.7\"\n"));
        assertThat(config.kafka()).isEqualTo(new KafkaConfig.Embedded("10.1.48.7", 9092));
        assertThat(config.peers()).isEmpty();
        assertThat(config.http().port()).isEqualTo(8000);
    }

    @Test
    void wrongVariablesAreRefusedBeforeAnythingIsMade() throws Exception {
        for (String wrong : List.of(
                "region = \"Not a region\"",
                "region = \"x\"\npartitions = 257",
                "region = \"x\"\nevict_after = \"soon\"",
                "region = \"x\"\nhttp_port = 0",
                "region = \"x\"\nkafka_properties = { a = \"b\" }")) {
            Said said = apply(wrong);
            assertThat(said.exit()).as(wrong).isNotZero();
            assertThat(said.text()).as(wrong).contains("Invalid value for variable");
        }
    }
}
