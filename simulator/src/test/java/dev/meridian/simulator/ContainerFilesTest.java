package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.config.RegionConfigFile;
import dev.meridian.streams.OrderedBus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** Dockerfile, compose file and region files fit together and agree with the code. */
class ContainerFilesTest {
    private static final List<String> REGIONS = List.of("us-east-1", "eu-west-1", "ap-northeast-1");

    static final Path TOP = Stream.of(Path.of("."), Path.of(".."))
            .filter(folder -> Files.isDirectory(folder.resolve(".container")))
            .findFirst()
            .orElseThrow()
            .toAbsolutePath()
            .normalize();
    private static final Path FOLDER = TOP.resolve(".container");

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    private static Map<String, Object> compose() throws IOException {
        return object(new Yaml().load(Files.readString(FOLDER.resolve("compose.yaml"))));
    }

    private static Map<String, Object> service(String name) throws IOException {
        return object(object(compose().get("services")).get(name));
    }

    private static Set<String> networks(String service) throws IOException {
        return object(service(service).get("networks")).keySet();
    }

    /** How compose.yaml sets a region's broker. */
    static Map<String, String> brokerSettings(String region) {
        try {
            Map<String, String> settings = new TreeMap<>();
            object(service("kafka-" + region).get("environment"))
                    .forEach((name, value) -> settings.put(name, String.valueOf(value)));
            return settings;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** By stage, its lines; those that go on are one. */
    private static Map<String, List<String>> stages() throws IOException {
        Map<String, List<String>> stages = new LinkedHashMap<>();
        List<String> stage = new ArrayList<>();
        for (String line : Files.readString(FOLDER.resolve("Dockerfile"))
                .replace("\\\n", " ")
                .lines()
                .toList()) {
            if (line.startsWith("FROM ")) {
                stage = new ArrayList<>();
                stages.put(line.substring(line.lastIndexOf(' ') + 1), stage);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                stage.add(line.strip());
            }
        }
        return stages;
    }

    private static String only(List<String> stage, String instruction) {
        List<String> found = stage.stream()
                .filter(line -> line.startsWith(instruction + " "))
                .toList();
        assertThat(found).as(instruction).hasSize(1);
        return found.get(0).substring(instruction.length() + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"node", "kafka"})
    void anImageRunsAsNobodyInParticularAndGetsSignalsItself(String image) throws Exception {
        List<String> stage = stages().get(image);
        assertThat(only(stage, "USER")).matches("[1-9]\\d+:[1-9]\\d+");
        assertThat(only(stage, "ENTRYPOINT")).startsWith("[\"/").endsWith("\"]");
        assertThat(only(stage, "STOPSIGNAL")).isEqualTo("SIGTERM");
        assertThat(only(stage, "VOLUME")).startsWith("/var/lib/");
        String run = Files.readString(FOLDER.resolve(image.equals("node") ? "run" : "kafka/run"));
        assertThat(run.lines().reduce((first, last) -> last).orElse("")).startsWith("exec ");
    }

    @Test
    void theNodesImageIsTheDefaultHasASmallRuntimeAndTellsItsHealth() throws Exception {
        Map<String, List<String>> stages = stages();
        assertThat(stages.keySet()).containsExactly("jre", "base", "kafka", "node");
        assertThat(stages.get("jre")).anyMatch(line -> line.startsWith("RUN jlink "));
        List<String> node = stages.get("node");
        assertThat(only(node, "HEALTHCHECK")).endsWith("CMD [\"/opt/meridian/healthy\"]");
        assertThat(only(node, "EXPOSE")).isEqualTo(HttpConfig.PORT_DEFAULT + " " + KafkaConfig.Embedded.PORT_DEFAULT);
        assertThat(Files.readString(FOLDER.resolve("healthy"))).contains(":-" + HttpConfig.PORT_DEFAULT + "}");
        assertThat(Files.readString(FOLDER.resolve("Dockerfile")))
                .as("bases have versions")
                .doesNotContain(":latest");
    }

    @Test
    void whatIsCopiedIntoAnImageIsThereAndNotIgnored() throws Exception {
        List<String> kept = Files.readAllLines(TOP.resolve(".dockerignore")).stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();
        stages().values().stream()
                .flatMap(List::stream)
                .filter(line -> line.startsWith("COPY ") && !line.startsWith("COPY --from"))
                .forEach(line -> {
                    String[] words = line.split(" ");
                    for (String source : List.of(words).subList(1, words.length - 1)) {
                        assertThat(kept).as(source).anyMatch(source::startsWith);
                        if (!source.contains("/target/")) {
                            assertThat(TOP.resolve(source)).exists();
                        }
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"us-east-1", "eu-west-1", "ap-northeast-1"})
    void aRegionsFileNamesItsOwnKafkaAndThoseOfAllOthers(String name) throws Exception {
        RegionConfig config = RegionConfigFile.read(FOLDER.resolve("regions").resolve(name + ".yaml"));
        assertThat(config.region().value()).isEqualTo(name);
        assertThat(((KafkaConfig.Outside) config.kafka()).bootstrap()).isEqualTo(broker(name));
        Map<String, String> peers = new TreeMap<>();
        for (PeerConfig peer : config.peers()) {
            peers.put(peer.region().value(), peer.bootstrap());
        }
        Map<String, String> others = new TreeMap<>();
        REGIONS.stream().filter(other -> !other.equals(name)).forEach(other -> others.put(other, broker(other)));
        assertThat(peers).isEqualTo(others);
        assertThat(service("kafka-" + name).get("hostname")).isEqualTo("kafka-" + name);
        assertThat(object(service("kafka-" + name).get("environment")).get("KAFKA_ADVERTISED_LISTENERS"))
                .isEqualTo("PLAINTEXT://" + broker(name));
        assertThat(service("node-" + name).get("volumes").toString())
                .contains("./regions/" + name + ".yaml:/etc/meridian/region.yaml:ro")
                .contains("node-" + name + ":" + config.data());
    }

    private static String broker(String region) {
        return "kafka-" + region + ":" + KafkaConfig.Embedded.PORT_DEFAULT;
    }

    @Test
    void eachDirectionHasANetworkOfItsOwnThatJoinsNothingElse() throws Exception {
        Map<String, Set<String>> members = new TreeMap<>();
        for (String from : REGIONS) {
            for (String to : REGIONS) {
                if (!from.equals(to)) {
                    members.put("wan-" + from + "-" + to, Set.of("kafka-" + from, "node-" + to));
                }
            }
            members.put("region-" + from, Set.of("kafka-" + from, "node-" + from));
        }
        Map<String, Set<String>> found = new TreeMap<>();
        Map<String, Object> networks = object(compose().get("networks"));
        for (String network : networks.keySet()) {
            Set<String> joined = new java.util.TreeSet<>();
            for (String service : object(compose().get("services")).keySet()) {
                boolean optional = service(service).containsKey("profiles");
                if (!optional && networks(service).contains(network)) {
                    joined.add(service);
                }
            }
            found.put(network, joined);
            assertThat(object(networks.get(network)).get("name")).isEqualTo("meridian-" + network);
        }
        assertThat(found).isEqualTo(members);
        assertThat(Files.readString(FOLDER.resolve("wan"))).contains("regions=(" + String.join(" ", REGIONS) + ")");
    }

    @Test
    void nodesMayWriteOnlyToTheirVolumesAndListenOnlyToThisMachine() throws Exception {
        for (String region : REGIONS) {
            Map<String, Object> node = service("node-" + region);
            assertThat(node.get("read_only")).isEqualTo(true);
            assertThat(node.get("cap_drop")).isEqualTo(List.of("ALL"));
            assertThat(node.get("security_opt")).isEqualTo(List.of("no-new-privileges:true"));
            assertThat(node.get("ports").toString())
                    .startsWith("[127.0.0.1:")
                    .endsWith(":" + HttpConfig.PORT_DEFAULT + "]");
            assertThat(service("kafka-" + region)).doesNotContainKey("ports");
        }
    }

    @Test
    void brokersTakeTheLargestChangeAndAreOfTheClientsVersion() throws Exception {
        Map<String, Object> broker = object(service("kafka-us-east-1").get("environment"));
        assertThat(broker.get("KAFKA_MESSAGE_MAX_BYTES")).isEqualTo(OrderedBus.RECORD_BYTES_MAX);
        assertThat(broker.get("KAFKA_REPLICA_FETCH_MAX_BYTES")).isEqualTo(OrderedBus.RECORD_BYTES_MAX);
        String pom = Files.readString(TOP.resolve("pom.xml"));
        int start = pom.indexOf("<kafka.version>") + "<kafka.version>".length();
        assertThat(service("kafka-us-east-1").get("image").toString())
                .endsWith("apache/kafka:" + pom.substring(start, pom.indexOf('<', start)) + "}");
    }

    @Test
    void prometheusReadsEveryNode() throws Exception {
        String targets = Files.readString(FOLDER.resolve("monitoring/prometheus.yaml"));
        for (String region : REGIONS) {
            assertThat(targets).contains("- node-" + region + ":" + HttpConfig.PORT_DEFAULT + "\n");
            assertThat(networks("prometheus")).contains("region-" + region);
        }
        assertThat(service("prometheus").get("profiles")).isEqualTo(List.of("monitoring"));
        assertThat(service("grafana").get("profiles")).isEqualTo(List.of("monitoring"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "healthy", "kafka/run", "build", "wan"})
    void scriptsCanBeRunAndRead(String script) throws Exception {
        Path file = FOLDER.resolve(script);
        assertThat(file).isExecutable();
        Process bash = new ProcessBuilder("bash", "-n", file.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(bash.waitFor()).isZero();
    }
}
