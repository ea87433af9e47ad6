package dev.meridian.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.RegionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionConfigFileTest {
    @TempDir
    Path folder;

    @Test
    void theSampleIsWhatItSays() {
        RegionConfig config = RegionConfigFile.read(Path.of("region.sample.yaml"));
        assertThat(config.region()).isEqualTo(new RegionId("us-east-1"));
        assertThat(config.http()).isEqualTo(new HttpConfig("127.0.0.1", 8001));
        assertThat(config.kafka()).isEqualTo(new KafkaConfig.Embedded("127.0.0.1", 9092));
        assertThat(config.peers())
                .containsExactly(
                        new PeerConfig(new RegionId("eu-west-1"), "127.0.0.1:9093", Map.of()),
                        new PeerConfig(new RegionId("ap-northeast-1"), "127.0.0.1:9094", Map.of()));
        assertThat(config.partitions()).isEqualTo(RegionConfig.PARTITIONS_DEFAULT);
    }

    @Test
    void anOutsideKafkaTakesClientProperties() throws IOException {
        RegionConfig config = read("{region: a, data: d, kafka: {bootstrap: 'k:1,l:2', properties: {linger.ms: '5'}}}");
        assertThat(config.kafka()).isEqualTo(new KafkaConfig.Outside("k:1,l:2", Map.of("linger.ms", "5")));
        assertThat(config.data()).isEqualTo(folder.resolve("d"));
    }

    @Test
    void addressesOfPagesAreHostAndPortOrAUrl() throws IOException {
        RegionConfig config = read("{region: a, data: d, http: {host: 0.0.0.0, advertised: 'a.example:80'}, peers: "
                + "[{region: b, bootstrap: 'k:1', http: 'https://b.example/'}, {region: c, bootstrap: 'k:2'}]}");
        assertThat(config.http().advertised()).isEqualTo("http://a.example:80");
        assertThat(config.peers()).extracting(PeerConfig::http).containsExactly("https://b.example", null);
    }

    @Test
    void anEmbeddedBrokerMayHaveFurtherListeners() throws IOException {
        RegionConfig config = read("{region: a, data: d, kafka: {embedded: {port: 1, listeners: "
                + "[{name: TO_B, port: 2, advertised: 'gate:3'}]}}, drill: {clockOffsetMillis: -5}}");
        KafkaConfig.Listener listener = new KafkaConfig.Listener("TO_B", 2, "gate:3");
        assertThat(config.kafka()).isEqualTo(new KafkaConfig.Embedded("127.0.0.1", 1, List.of(listener)));
        assertThat(listener.advertisedHost()).isEqualTo("gate");
        assertThat(listener.advertisedPort()).isEqualTo(3);
        assertThat(config.drill()).isEqualTo(new DrillConfig(-5));
    }

    @Test
    void theNodeIsToldOfItsNamesAndOfOriginsToLetIn() throws IOException {
        HttpConfig http = read("{region: a, data: d, http: {names: [db.example, 192.0.2.7, 'fd00::1'],"
                        + " crossOrigin: ['https://app.example:3000', '*']}}")
                .http();
        assertThat(http.names()).containsExactly("db.example", "192.0.2.7", "fd00::1");
        assertThat(http.crossOrigin()).containsExactly("https://app.example:3000", "*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{data: d} | field 'region' is missing",
                "{region: a} | field 'data' is missing",
                "{region: A_b, data: d} | region: 'A_b' is not a region name",
                "{region: a, data: d, http: {advertised: here}} | http.advertised: 'here' is no URL: write http://",
                "{region: a, data: d, peers: [{region: b, bootstrap: 'k:1', http: 'ftp://b'}]} | peers: b: http: 'ftp://b'",
                "{region: a, data: d, port: 1} | line 1: unknown field 'port'; known here: data, drill, evictAfter,"
                        + " http, kafka",
                "{region: a, data: d, http: {port: 70000}} | http.port must be between 0 and 65535, not 70000",
                "{region: a, data: d, http: {port: x}} | line 1, field http.port: ",
                "{region: a, data: d, http: {names: ['http://b']}} | http.names: 'http://b' is no name or address",
                "{region: a, data: d, http: {names: ['b:1']}} | http.names: 'b:1' is no name or address",
                "{region: a, data: d, http: {names: ['*']}} | http.names: '*' is no name or address",
                "{region: a, data: d, http: {names: [null]}} | field 'http.names' is missing",
                "{region: a, data: d, http: {crossOrigin: [b]}} | http.crossOrigin: 'b' is no origin such as",
                "{region: a, data: d, http: {crossOrigin: ['http://b/c']}} | http.crossOrigin: 'http://b/c' is no"
                        + " origin",
                "{region: a, data: d, partitions: 0} | partitions must be between 1 and 256, not 0",
                "{region: a, data: d, kafka: {bootstrap: nowhere}} | 'nowhere' is not of the form host:port",
                "{region: a, data: d, kafka: {bootstrap: 'k:1', embedded: {}}} | exclude each other",
                "{region: a, data: d, kafka: {embedded: {listeners: [{name: b, port: 1, advertised: 'c:1'}]}}} | 'b'"
                        + " is no name",
                "{region: a, data: d, kafka: {embedded: {listeners: [{name: B, advertised: 'c:1'}]}}} | port' is"
                        + " missing",
                "{region: a, data: d, kafka: {embedded: {listeners: [{name: B, port: 1, advertised: c}]}}} | not of"
                        + " the form",
                "{region: a, data: d, kafka: {embedded: {listeners: [{name: B, port: 1, advertised: 'c:99999'}]}}} |"
                        + " between 0 and 65535",
                "{region: a, data: d, peers: [{region: b}]} | field 'peers: b: bootstrap' is missing",
                "{region: a, data: d, peers: [{region: a, bootstrap: 'k:1'}]} | region a is named twice",
                "{region: a, data: d, evictAfter: soon} | evictAfter: 'soon' is no time such as 90s, 15m, 12h or 3d",
                "{region: a, data: d, evictAfter: 1s} | evictAfter must be at least 10s",
                "{region: a | line 1",
                "`` | the file is empty"
            })
    void aMistakeIsNamed(String text, String said) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("region.yaml")
                .hasMessageContaining(said)
                .message()
                .doesNotContain("\n");
    }

    private RegionConfig read(String text) throws IOException {
        Path file = folder.resolve("region.yaml");
        Files.writeString(file, text);
        return RegionConfigFile.read(file);
    }
}
