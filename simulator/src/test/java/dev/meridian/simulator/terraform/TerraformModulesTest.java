package dev.meridian.simulator.terraform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.RegionId;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.simulator.terraform.Hcl.Block;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The modules' parts fit together, and what they say of Meridian is what the code says. */
class TerraformModulesTest {
    /** Resources that belong to no region. */
    private static final Pattern GLOBAL = Pattern.compile("aws_(iam|route53)_.*|random_.*");

    private static final Pattern TEMPLATE =
            Pattern.compile("(?<!\\$)\\$\\{([a-z_]+)[^}]*}|%\\{ for \\w+, \\w+ in (\\w+)");

    static List<Module> modules() {
        return Module.all();
    }

    static List<Module> ownModules() {
        return Module.all().stream().filter(module -> !module.isExample()).toList();
    }

    @Test
    void allOfThemAreFound() {
        assertThat(Module.all())
                .extracting(Module::name)
                .containsExactly(
                        "global",
                        "global-table",
                        "node-config",
                        "region",
                        "local",
                        "single-region",
                        "three-regions-aws");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void everyVariableIsDescribedTypedAndUsed(Module module) {
        Set<String> references = module.references();
        module.variables().forEach((name, variable) -> {
            assertThat(variable.string("description")).as(name).endsWith(".");
            assertThat(variable.attributes()).as(name).containsKey("type");
            assertThat(references)
                    .as("used somewhere: " + name)
                    .anyMatch(
                            reference -> reference.equals("var." + name) || reference.startsWith("var." + name + "."));
            variable.all("validation").forEach(validation -> {
                assertThat(Hcl.references(validation.attribute("condition")))
                        .as("the condition on " + name)
                        .anyMatch(reference -> reference.startsWith("var." + name));
                assertThat(validation.string("error_message")).as(name).isNotEmpty();
            });
        });
    }

    @ParameterizedTest
    @MethodSource("modules")
    void whateverIsReferredToIsThere(Module module) {
        Map<String, Block> addresses = module.addresses();
        for (String reference : module.references()) {
            String[] parts = reference.split("\\.");
            switch (parts[0]) {
                case "var" -> assertThat(module.variables()).as(reference).containsKey(parts[1]);
                case "local" -> assertThat(module.locals()).as(reference).containsKey(parts[1]);
                case "data" -> assertThat(addresses).as(reference).containsKey("data." + parts[1] + "." + parts[2]);
                case "module" -> {
                    assertThat(addresses).as(reference).containsKey("module." + parts[1]);
                    if (parts.length > 2) {
                        Block call = addresses.get("module." + parts[1]);
                        assertThat(Module.read(module.source(call)).outputs())
                                .as(reference)
                                .containsKey(parts[2]);
                    }
                }
                default -> assertThat(addresses).as(reference).containsKey(parts[0] + "." + parts[1]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void everyLocalAndEveryDataSourceIsUsed(Module module) {
        Set<String> references = module.references();
        module.locals()
                .keySet()
                .forEach(name -> assertThat(references)
                        .as("local." + name)
                        .anyMatch(reference -> reference.matches("local\\." + Pattern.quote(name) + "(\\..*)?")));
        module.named("data", 1)
                .forEach((name, data) -> assertThat(references)
                        .as("data " + name)
                        .anyMatch(reference -> reference.startsWith("data." + String.join(".", data.labels()))));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void everyOutputIsDescribedAndRefersToSomething(Module module) {
        module.outputs().forEach((name, output) -> {
            assertThat(output.string("description")).as(name).endsWith(".");
            assertThat(Hcl.references(output.attribute("value"))).as(name).isNotEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("modules")
    void callsOfModulesGiveAllThatIsRequiredAndNothingThatIsUnknown(Module module) {
        for (Block call : module.all("module")) {
            Map<String, Block> wanted = Module.read(module.source(call)).variables();
            Set<String> given = new TreeSet<>(call.attributes().keySet());
            given.removeAll(Set.of("source", "for_each", "count", "providers", "depends_on"));
            assertThat(wanted.keySet())
                    .as("arguments of module " + call.labels())
                    .containsAll(given);
            wanted.forEach((name, variable) -> assertThat(
                            given.contains(name) || variable.attributes().containsKey("default"))
                    .as(call.labels() + " needs " + name)
                    .isTrue());
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void versionsOfTerraformAndOfEachProviderAreBounded(Module module) {
        Block terraform = module.all("terraform").get(0);
        assertThat(terraform.string("required_version")).contains(">=").contains("<");
        String pinned = terraform.all("required_providers").stream()
                .map(block -> block.attributes().toString())
                .collect(Collectors.joining());
        Set<String> used = module.blocks().stream()
                .filter(block -> Set.of("resource", "data", "provider").contains(block.type()))
                .map(block -> block.labels().get(0).replaceAll("_.*", ""))
                .collect(Collectors.toSet());
        for (String provider : used) {
            assertThat(pinned).as(provider).containsPattern(provider + "=\\{[^}]*version = \"~> \\d+\\.\\d+\"");
        }
    }

    @ParameterizedTest
    @MethodSource("ownModules")
    void itsReadmeListsItsInputsAndOutputs(Module module) throws Exception {
        String readme = Files.readString(module.folder().resolve("README.md"));
        StringBuilder inputs = new StringBuilder("| input | default | what |\n|---|---|---|\n");
        module.variables()
                .forEach((name, variable) -> inputs.append("| `%s` | %s | %s |\n"
                        .formatted(
                                name,
                                variable.attributes().containsKey("default")
                                        ? "`" + variable.attribute("default") + "`"
                                        : "required",
                                variable.string("description"))));
        StringBuilder outputs = new StringBuilder("| output | what |\n|---|---|\n");
        module.outputs()
                .forEach((name, output) ->
                        outputs.append("| `%s` | %s |\n".formatted(name, output.string("description"))));
        assertThat(table(readme, "Inputs")).isEqualTo(inputs.toString());
        assertThat(table(readme, "Outputs")).isEqualTo(outputs.toString());
        if (!module.name().equals("node-config")) {
            assertThat(readme).contains("## What it costs");
        }
    }

    private static String table(String readme, String title) {
        int start = readme.indexOf("\n## " + title + "\n");
        assertThat(start).as("a chapter " + title).isNotNegative();
        return readme.substring(start)
                .lines()
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    @Test
    void theRunbookSaysWhatToDoAtEachAlarm() throws Exception {
        Module region = Module.named("region");
        String runbook = Files.readString(region.folder().resolve("README.md"));
        List<Block> alarms = region.all("resource").stream()
                .filter(block -> block.labels().get(0).equals("aws_cloudwatch_metric_alarm"))
                .toList();
        assertThat(alarms).isNotEmpty();
        for (Block alarm : alarms) {
            Matcher chapter =
                    Pattern.compile("See the runbook: ([^.]+)\\.").matcher(alarm.attribute("alarm_description"));
            if (chapter.find()) {
                assertThat(runbook.lines())
                        .as(chapter.group())
                        .anyMatch(line -> line.equalsIgnoreCase("### " + chapter.group(1)));
            } else {
                assertThat(alarm.labels()).as("needs nobody").contains("machine");
            }
        }
    }

    @Test
    void portsLimitsAndPathsAreThoseOfTheCode() {
        Map<String, String> locals = Module.named("region").locals();
        assertThat(locals.get("http_port")).isEqualTo("" + HttpConfig.PORT_DEFAULT);
        assertThat(locals.get("broker_port")).isEqualTo("" + KafkaConfig.Embedded.PORT_DEFAULT);
        assertThat(locals.get("record_bytes_max")).isEqualTo("" + OrderedBus.RECORD_BYTES_MAX);
        Map<String, Block> variables = Module.named("node-config").variables();
        assertThat(variables.get("http_port").attribute("default")).isEqualTo("" + HttpConfig.PORT_DEFAULT);
        assertThat(variables.get("embedded_kafka_port").attribute("default"))
                .isEqualTo("" + KafkaConfig.Embedded.PORT_DEFAULT);
        assertThat(variables.get("embedded_kafka_host").string("default")).isEqualTo(HttpConfig.HOST_DEFAULT);
        assertThat(variables.get("partitions").attribute("default")).isEqualTo("" + RegionConfig.PARTITIONS_DEFAULT);
        assertThat(variables.get("partitions").all("validation").get(0).attribute("condition"))
                .contains("<= " + RegionConfig.PARTITIONS_MAX + " ");
    }

    @Test
    void topicNamesAreThoseOfTheCode() {
        Module module = Module.named("region");
        RegionId region = new RegionId("here");
        String topics = module.outputs()
                .get("topics")
                .attribute("value")
                .replace(
                        "${local.topic_prefix}",
                        module.locals().get("topic_prefix").replace("\"", ""))
                .replace("${var.region}", region.value());
        assertThat(topics)
                .contains("\"" + TopicNames.control(region) + "\"")
                .contains("\"" + TopicNames.heartbeat(region) + "\"")
                .contains("\"" + TopicNames.conflicts(region) + "\"")
                .contains("\"" + TopicNames.of(Lane.STREAM, region, "{table}") + "\"")
                .contains("\"" + TopicNames.of(Lane.REPLICATION, region, "{table}") + "\"");
    }

    @Test
    void everyResourceOfTheRegionIsInIt() {
        for (Block block : Module.named("region").blocks()) {
            String type = block.labels().isEmpty() ? "" : block.labels().get(0);
            boolean regional =
                    block.type().equals("resource") && !GLOBAL.matcher(type).matches();
            if (regional) {
                assertThat(block.attributes()).as(block.labels().toString()).containsEntry("region", "var.region");
            }
        }
    }

    /** Else regions that name each other's Kafka would go round in a circle. */
    @Test
    void whatARegionTellsTheOthersDoesNotDependOnThem() {
        Module region = Module.named("region");
        for (String output : List.of("kafka_bootstrap", "kafka_secret_arn")) {
            assertThat(reachable(region, region.outputs().get(output)))
                    .as(output)
                    .isNotEmpty()
                    .noneMatch(reference -> reference.startsWith("var.peers"));
        }
    }

    private static Set<String> reachable(Module module, Block from) {
        Set<String> seen = new TreeSet<>();
        Deque<String> next = new ArrayDeque<>();
        from.forEachExpression(expression -> next.addAll(Hcl.references(expression)));
        while (!next.isEmpty()) {
            String reference = next.pop();
            if (!seen.add(reference)) {
                continue;
            }
            String[] parts = reference.split("\\.");
            if (parts[0].equals("local")) {
                next.addAll(Hcl.references(module.locals().get(parts[1])));
            }
            module.addresses().forEach((address, block) -> {
                if (reference.equals(address) || reference.startsWith(address + ".")) {
                    block.forEachExpression(expression -> next.addAll(Hcl.references(expression)));
                }
            });
        }
        return seen;
    }

    @Test
    void theBootScriptIsGivenWhatItNamesAndNothingElse() throws Exception {
        Module module = Module.named("region");
        String script = Files.readString(module.folder().resolve("boot.sh.tftpl"));
        Set<String> named = new TreeSet<>();
        for (Matcher use = TEMPLATE.matcher(script); use.find(); ) {
            named.add(use.group(1) != null ? use.group(1) : use.group(2));
        }
        named.removeAll(Set.of("peer", "arn"));
        String call = module.addresses().get("aws_instance.node").attribute("user_data");
        Set<String> given = new TreeSet<>();
        for (Matcher argument = Pattern.compile("(?m)^\\s+([a-z_]+) +=").matcher(call); argument.find(); ) {
            given.add(argument.group(1));
        }
        assertThat(given).isEqualTo(named);
        assertThat(script).contains("--read-only").contains("docker stop").doesNotContain("0.0.0.0/0");
    }

    /** It would be refused. */
    @ParameterizedTest
    @MethodSource("modules")
    void noTableAsksForPointInTimeRecovery(Module module) {
        assertThat(module.blocks()).asString().doesNotContain("point_in_time_recovery");
    }

    @Test
    void theLocalExampleAsksTheFrontDoorOfUp() {
        Module local = Module.read(Module.TERRAFORM.resolve("examples").resolve("local"));
        assertThat(local.variables().get("endpoint").string("default")).isEqualTo("http://localhost:8000");
        assertThat(local.all("provider").get(0).all("endpoints").get(0).attribute("dynamodb"))
                .isEqualTo("var.endpoint");
    }

    @Test
    void theReaderOfHclRefusesWhatIsNone() {
        assertThat(Hcl.references("\"${var.a}-$${var.b}\" + local.c[var.d].e /* x */"))
                .contains("var.a", "local.c.e")
                .doesNotContain("var.b");
        for (String wrong : List.of("a = [1", "a = 1\na = 2\n", "block {\n", "= 3", "a = (1]\n")) {
            assertThatThrownBy(() -> Hcl.parse(wrong))
                    .as(wrong)
                    .isInstanceOfAny(AssertionError.class, RuntimeException.class);
        }
    }
}
