package dev.meridian.node.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What commands print and how they end, of a region that is well and one whose store is away. */
class ClientCommandsTest {
    private FakeNode well;
    private FakeNode ill;

    private static final String HEALTHY = """
            {"healthy":true,"alarms":["CLOCK_JUMPED: the clock of well jumped 60 s ahead",
            "a topic is another's","REJOIN the folder is older","JUNK t-1: no Meridian wrote it",
            "JUNK t-11: no Meridian wrote it","PUT_BACK ill: the store of ill lacks what was seen",
            "LOST u-0 offset 7: Kafka keeps it no more","DATA_LOSS 2 events: see /-/data-loss"]}""";

    private static final String REPLICATION = """
            {"region":"well","remote":{"ill":{"state":"CUT","pending":null,"alarms":[
            {"kind":"PUT_BACK","reason":"the store of ill lacks what was seen"},
            {"kind":"LOST","topic":"u","partition":0,"offset":7,"reason":"Kafka keeps it no more"},
            {"kind":"CLOCK_SKEW","reason":"two clocks"}]}},
            "publishers":{"replication":{"alarms":[
            {"kind":"STOPPED","topic":"v","partition":0,"reason":"a topic is another's"}]}},
            "alarms":[{"kind":"REJOIN","reason":"the folder is older"},
            {"kind":"JUNK","topic":"t","partition":1,"offset":3,"reason":"no Meridian wrote it"},
            {"kind":"EVICTED","table":"w","region":"ill","reason":"silent for too long"}]}""";

    private record Said(int code, String out, String err) {}

    @BeforeEach
    void start() throws Exception {
        ill = new FakeNode()
                .page("/-/ready", 503, "{\"ready\":false,\"region\":\"ill\"}")
                .page(
                        "/-/healthy",
                        500,
                        "{\"healthy\":false,\"alarms\":[\"the store is full\",\"DATA_LOSS 1 events\"]}")
                .page("/-/replication", 503, "{\"error\":\"the store is away\"}")
                .page("/-/clock", 503, "{\"error\":\"the store is away\"}")
                .page("/-/conflicts", 503, "{\"error\":\"the store is away\"}");
        well = new FakeNode()
                .page(
                        "/-/regions",
                        200,
                        "{\"regions\":[{\"region\":\"well\",\"self\":true},{\"region\":\"ill\",\"endpoint\":\""
                                + ill.url() + "\"}]}")
                .page("/-/healthy", 200, HEALTHY)
                .page("/-/replication", 200, REPLICATION)
                .page("/-/clock", 200, "{\"region\":\"well\",\"state\":\"FOLLOWED\",\"heldMillis\":0}")
                .page("/-/conflicts", 200, "{\"conflicts\":[],\"next\":0,\"more\":false}")
                .page("/-/changes", 200, "{\"count\":1,\"changes\":[{\"table\":\"t\",\"key\":\"k\"}]}");
    }

    @AfterEach
    void stop() {
        well.close();
        ill.close();
    }

    private Said run(Callable<Integer> command, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("--endpoint")) {
            all.addAll(List.of("--endpoint", well.url()));
        }
        int code = new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    line.getErr().println(failure.getMessage());
                    return 1;
                })
                .execute(all.toArray(String[]::new));
        return new Said(code, out.toString(), err.toString());
    }

    @Test
    void oneRegionThatCannotAnswerKeepsNobodyFromSeeingTheOthers() {
        String why = "region ill cannot answer at " + ill.url() + ": the store is away";
        Said status = run(new StatusCommand());
        assertThat(status.code()).isZero();
        assertThat(status.out()).contains("CUT", "NO_ANSWER", "ALARM   ill: NO_ANSWER: " + why);
        Said clocks = run(new CommandLine(new ClockCommand())
                .getSubcommands()
                .get("status")
                .getCommand());
        assertThat(clocks.out()).contains("FOLLOWED", "NO_ANSWER", why);
        Said conflicts = run(new ConflictsCommand());
        assertThat(conflicts.code()).isEqualTo(1);
        assertThat(conflicts.err()).contains("not asked: " + why);
    }

    @Test
    void statusShowsEveryAlarmOfHealthAndReplicationOnce() {
        Said status = run(new StatusCommand());
        assertThat(status.out().lines().filter(line -> line.startsWith("ALARM")))
                .containsExactlyInAnyOrder(
                        "ALARM   ill: NO_ANSWER: region ill cannot answer at " + ill.url() + ": the store is away",
                        "ALARM   ill: NOT_HEALTHY: a part of the node has failed for good: its log says which",
                        "ALARM   ill: the store is full",
                        "ALARM   ill: DATA_LOSS 1 events",
                        "ALARM   well: CLOCK_JUMPED: the clock of well jumped 60 s ahead",
                        "ALARM   well: JUNK t-11: no Meridian wrote it",
                        "ALARM   well: DATA_LOSS 2 events: see /-/data-loss",
                        "ALARM   well: REJOIN: the folder is older",
                        "ALARM   well: JUNK topic t partition 1 offset 3: no Meridian wrote it",
                        "ALARM   well: EVICTED table w region ill: silent for too long",
                        "ALARM   well, ill: PUT_BACK: the store of ill lacks what was seen",
                        "ALARM   well, ill: LOST topic u partition 0 offset 7: Kafka keeps it no more",
                        "ALARM   well, ill: CLOCK_SKEW: two clocks",
                        "ALARM   well, replication: STOPPED topic v partition 0: a topic is another's");
    }

    @Test
    void whatOneRegionChangedIsAskedOfThatRegion() {
        Said missing = run(new DrainCommand(), "--from", "well", "--missing-above", "1f");
        assertThat(missing.err()).isEmpty();
        assertThat(missing.code()).isZero();
        assertThat(missing.out()).contains("1 items");
        Said drain = run(new DrainCommand(), "--from", "well");
        assertThat(drain.code()).isEqualTo(2);
        assertThat(drain.err()).contains("Missing required option: '--to=REGION'");
    }

    @Test
    void whatIsPendingIsNotZeroWhileItIsNotKnown() {
        well.page("/-/committed", 200, "{\"committed\":{\"version\":\"ff\",\"time\":\"2026-01-01T00:00:00Z\"}}");
        ill.page(
                "/-/drain",
                200,
                "{\"holdsThrough\":{\"version\":\"f\",\"time\":\"2025-01-01T00:00:00Z\"},"
                        + "\"knownMissingMillis\":7,\"pending\":null,\"silentMillis\":4200,\"paused\":true,\"statement\":\"s\"}");
        Said drain = run(new DrainCommand(), "--from", "well", "--to", "ill", "--wait", "--timeout", "1");
        assertThat(drain.code()).isEqualTo(1);
        assertThat(drain.out())
                .contains("2025-01-01T00:00:00Z, what is pending is not known: well was last heard 4.2 s ago;")
                .contains("of which it is not known how many changes are published")
                .contains("replication from well to ill is paused until ./meridian resume --from well --to ill");
        Said status = run(new StatusCommand());
        assertThat(status.out()).containsPattern("ill +well +CUT +unknown +unknown");
    }

    /** What verify says of two regions that both show this. */
    private Said verifying(String replication) throws IOException {
        String committed = "{\"committed\":{\"version\":\"ff\"}}";
        try (FakeNode two = new FakeNode()
                        .page("/-/ready", 200, "{\"ready\":true,\"region\":\"two\"}")
                        .page("/-/committed", 200, committed)
                        .page("/-/replication", 200, replication);
                FakeNode one = new FakeNode()
                        .page(
                                "/-/regions",
                                200,
                                "{\"regions\":[{\"region\":\"one\",\"self\":true},{\"region\":\"two\",\"endpoint\":\""
                                        + two.url() + "\"}]}")
                        .page("/-/committed", 200, committed)
                        .page("/-/replication", 200, replication)) {
            return run(new VerifyCommand(), "--table", "t", "--timeout", "0", "--endpoint", one.url());
        }
    }

    @Test
    void verifySaysWhatItWouldWaitForInVain() throws IOException {
        Said apart = verifying("{\"tables\":{\"t\":{\"one\":\"ACTIVE\",\"two\":\"DISASSOCIATED\"}}}");
        assertThat(apart.code()).isEqualTo(1);
        assertThat(apart.err())
                .isEqualTo(
                        "the replica in two is DISASSOCIATED: the table there is no longer replicated, and will not be"
                                + " by itself; delete it and create the replica again, then verify\n");
        assertThat(verifying("{\"tables\":{\"t\":{\"one\":\"ACTIVE\",\"two\":\"CREATING\"}}}")
                        .err())
                .isEqualTo("the replica in two is CREATING; verify when it is ACTIVE\n");
        Said paused = verifying("{\"tables\":{\"t\":{\"one\":\"ACTIVE\",\"two\":\"ACTIVE\"}},"
                + "\"remote\":{\"two\":{\"state\":\"PAUSED\",\"pending\":3,\"appliedThroughVersion\":\"f\"}}}");
        assertThat(paused.code()).isEqualTo(1);
        assertThat(paused.err())
                .isEqualTo(
                        "not to be verified now: replication from two to one is paused until ./meridian resume --from"
                                + " two --to one\n");
    }

    @Test
    void aTimeoutWithoutAWaitIsRefused() {
        Said drain = run(new DrainCommand(), "--from", "well", "--to", "ill", "--timeout", "5");
        assertThat(drain.code()).isEqualTo(2);
        assertThat(drain.err()).contains("--timeout needs --wait");
    }
}
