package dev.meridian.node.cli.client;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.node.cli.CommandFailedException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NodeClientTest {
    private static final Duration SOON = Duration.ofSeconds(1);

    /** As a process that is frozen: its port takes connections. */
    @Test
    @Timeout(60)
    void aNodeThatStandsStillIsNotWaitedForForEver() throws Exception {
        try (ServerSocket frozen = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + frozen.getLocalPort();
            assertThatThrownBy(() -> NodeClient.of(url, SOON).regions())
                    .isInstanceOf(CommandFailedException.class)
                    .hasMessage("nothing answers at " + url + ": no answer within 1 s");
            NodeClient known = NodeClient.of(new TreeMap<>(Map.of("eu", url)), SOON);
            assertThatThrownBy(() -> known.get("eu", "replication", Map.of()))
                    .isInstanceOf(RegionAwayException.class)
                    .hasMessage("region eu does not answer at " + url + ": no answer within 1 s");
        }
    }

    /** Something else that speaks JSON has no regions, and a command that shows nothing must not seem to have worked. */
    @Test
    void whatNamesNoRegionIsNotMeridian() throws Exception {
        try (FakeNode other = new FakeNode().page("/-/regions", 200, "{\"status\":\"ok\"}")) {
            assertThatThrownBy(() -> NodeClient.of(other.url()).regions())
                    .isInstanceOf(CommandFailedException.class)
                    .hasMessage("what answers at " + other.url() + " is not Meridian: it names no region");
        }
    }

    @Test
    void tlsWherePlainHttpAnswersIsExplained() throws Exception {
        try (FakeNode node = new FakeNode()) {
            String url = node.url().replace("http:", "https:");
            assertThatThrownBy(() -> NodeClient.of(url, SOON).regions())
                    .isInstanceOf(CommandFailedException.class)
                    .hasMessage("nothing answers at " + url + ": write http://, it speaks no TLS");
        }
    }

    @Test
    void aRegionThatCannotAnswerNowIsToldApartFromOneThatRefuses() throws Exception {
        try (FakeNode node = new FakeNode()
                .page("/-/regions", 200, "{\"regions\":[{\"region\":\"eu\",\"self\":true}]}")
                .page("/-/replication", 503, "{\"error\":\"the store is away\"}")
                .page("/-/committed", 400, "{\"error\":\"no\"}")) {
            NodeClient client = NodeClient.of(node.url());
            assertThatThrownBy(() -> client.get("eu", "replication", Map.of()))
                    .isInstanceOf(RegionAwayException.class)
                    .hasMessage("region eu cannot answer at " + node.url() + ": the store is away");
            assertThatThrownBy(() -> client.get("eu", "committed", Map.of()))
                    .isInstanceOf(CommandFailedException.class)
                    .isNotInstanceOf(RegionAwayException.class)
                    .hasMessage("no");
        }
    }
}
