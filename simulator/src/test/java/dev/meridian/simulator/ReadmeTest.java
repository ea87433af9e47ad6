package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.meridian.node.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** What the README tells a newcomer to type, typed. Only the port is another. */
class ReadmeTest {
    private static final String PORT = "localhost:8000";
    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static String readme;

    @BeforeAll
    static void start() throws IOException {
        cluster = Cluster.start(folder.resolve("data"));
        readme = Files.readString(Path.of("..", "README.md"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** The block of a language that has this in it. */
    private static String snippet(String language, String part) {
        Matcher blocks =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(readme);
        while (blocks.find()) {
            if (blocks.group(1).contains(part)) {
                assertThat(blocks.group(1)).contains(PORT);
                return blocks.group(1).replace(PORT, "localhost:" + cluster.frontDoorPort());
            }
        }
        throw new AssertionError("the README has no " + language + " with " + part);
    }

    private record Ended(int exit, String said) {}

    private static Ended run(Map<String, String> environment, String... command) throws Exception {
        Path said = Files.createTempFile(folder, "said", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as(String.join(" ", command))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(said));
    }

    private static boolean works(String... command) {
        try {
            return run(Map.of(), command).exit == 0;
        } catch (Exception absent) {
            return false;
        }
    }

    @Test
    void commandLine() throws Exception {
        assumeTrue(works("aws", "--version"), "SKIPPED: there is no AWS command line here");
        String[] lines = snippet("", "aws dynamodb create-table").split("\n(?=aws dynamodb (?:put|get)-item)", -1);
        assertThat(lines).hasSize(3);
        Map<String, String> output = Map.of("AWS_PAGER", "", "AWS_DEFAULT_OUTPUT", "json");
        Ended made = run(
                output,
                "sh",
                "-e",
                Files.writeString(folder.resolve("make.sh"), lines[0]).toString());
        assertThat(made.exit).as(made.said).isZero();
        String head = lines[0].lines().findFirst().orElseThrow() + "\n";
        try (DynamoDbClient virginia = Cluster.client(cluster.frontDoorPort(), "us-east-1")) {
            Cluster.awaitReplicas(virginia, "music", "eu-west-1", "ap-northeast-1");
        }
        Ended put = run(
                output,
                "sh",
                "-e",
                Files.writeString(folder.resolve("put.sh"), head + lines[1]).toString());
        assertThat(put.exit).as(put.said).isZero();
        String get =
                Files.writeString(folder.resolve("get.sh"), head + lines[2]).toString();
        try (DynamoDbClient ireland = Cluster.client(cluster.frontDoorPort(), "eu-west-1")) {
            Map<String, AttributeValue> key = Map.of("artist", AttributeValue.fromS("Nina Simone"));
            Cluster.await(
                    "Ireland has it",
                    () -> ireland.getItem(request -> request.tableName("music").key(key))
                            .hasItem());
        }
        assertThat(run(output, "sh", "-e", get).said).contains("Nina Simone");
    }

    private static void makeFilms() {
        try (DynamoDbClient virginia = Cluster.client(cluster.frontDoorPort(), "us-east-1")) {
            virginia.createTable(request -> request.tableName("films")
                    .billingMode(BillingMode.PAY_PER_REQUEST)
                    .attributeDefinitions(title -> title.attributeName("title").attributeType(ScalarAttributeType.S))
                    .keySchema(title -> title.attributeName("title").keyType(KeyType.HASH)));
            Cluster.addReplicas(virginia, "films", "eu-west-1");
        }
    }

    @Test
    void pythonThenJava() throws Exception {
        String python = snippet("python", "boto3");
        if (works("python3", "-c", "import boto3")) {
            Path script = Files.writeString(folder.resolve("films.py"), python);
            Ended ended = run(Map.of(), "python3", script.toString());
            assertThat(ended.exit).as(ended.said).isZero();
            assertThat(ended.said).isEqualTo("written in Virginia, read in Ireland\n");
        } else {
            System.out.println("README: its Python is SKIPPED, for there is no boto3 here");
            makeFilms();
        }
        Path source = Files.writeString(folder.resolve("Films.java"), snippet("java", "class Films"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString()));
        Ended ended = run(Map.of(), command.toArray(new String[0]));
        assertThat(ended.exit).as(ended.said).isZero();
        assertThat(ended.said).endsWith("written in Ireland, read in Virginia\n");
    }
}
