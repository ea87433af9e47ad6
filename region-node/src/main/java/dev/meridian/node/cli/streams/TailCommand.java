package dev.meridian.node.cli.streams;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.consumer.ChangeRecord;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meridian streams tail}: one line for each change, as it comes. */
@Command(
        name = "tail",
        description =
                "Print the changes of a table in a region, one line each: when, what, where it was written and how"
                        + " long it took to get here, the key, and what changed. Ctrl-C ends it.",
        sortOptions = false)
final class TailCommand implements Callable<Integer> {
    private static final int POLL_RECORDS = 500;

    /** The year 2000: a smaller number is a year, or seconds. */
    private static final long MILLIS_MIN = 946_684_800_000L;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private StreamOptions stream = new StreamOptions();

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            defaultValue = "end",
            description =
                    "Where to begin: beginning, end, or a time like 2026-01-31T12:00:00Z or milliseconds since 1970."
                            + " Default: ${DEFAULT-VALUE}")
    private String from = "end";

    @Option(names = "--limit", paramLabel = "N", description = "End after so many changes.")
    private long limit = Long.MAX_VALUE;

    private long fromMillis;

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit: at least 1, not " + limit);
        }
        fromMillis = isPlace() ? 0 : millis();
        boolean coloured = System.console() != null && System.getenv("NO_COLOR") == null;
        ChangeLine line = new ChangeLine(coloured);
        PrintWriter out = spec.commandLine().getOut();
        try (KafkaBus bus = stream.openBus();
                BusReader reader = bus.reader(Isolation.COMMITTED)) {
            Semaphore arrived = new Semaphore(0);
            reader.onArrival(arrived::release);
            reader.follow(places(bus));
            long printed = 0;
            while (printed < limit) {
                List<BusRecord> records = reader.poll((int) Math.min(POLL_RECORDS, limit - printed));
                for (BusRecord record : records) {
                    if (record.timestampMillis() >= fromMillis) {
                        out.println(text(record, line));
                        printed++;
                    }
                }
                out.flush();
                if (out.checkError()) {
                    return 0; // Whoever reads has gone: a pipe into head.
                }
                StreamOptions.requireUndamaged(reader);
                reader.lost().forEach((at, lost) -> {
                    throw new CommandFailedException("topic " + at.topic() + ", partition " + at.partition()
                            + " cannot be read on (" + lost + "): run the command again");
                });
                if (records.isEmpty()) {
                    arrived.acquire();
                    arrived.drainPermits();
                }
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private String text(BusRecord record, ChangeLine line) {
        try {
            ChangeRecord change = ChangeRecord.of(record);
            return stream.client().json() ? json(change).toString() : line.of(change);
        } catch (IllegalArgumentException unreadable) {
            return "unreadable: " + unreadable.getMessage();
        }
    }

    private static ObjectNode json(ChangeRecord change) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("committed", Instant.ofEpochMilli(change.committedMillis()).toString())
                .put("event", change.event().name())
                .put("cause", change.cause().wireName())
                .put("region", change.region().value())
                .put("origin", change.origin().value())
                .put("lagMillis", ChangeLine.lagMillis(change))
                .put("version", dev.meridian.streams.Headers.text(change.version()))
                .put("sequence", change.sequence().value())
                .put("partition", change.partition())
                .put("offset", change.offset());
        if (change.transactionId() != null) {
            json.put("transactionId", change.transactionId().toString());
        }
        json.set("key", AttributeText.json(change.keys()));
        ObjectNode changed = json.putObject("changed");
        AttributeText.changed(change).forEach((name, pair) -> {
            ObjectNode each = changed.putObject(name);
            if (pair.before() != null) {
                each.set("old", AttributeText.json(pair.before()));
            }
            if (pair.after() != null) {
                each.set("new", AttributeText.json(pair.after()));
            }
        });
        return json;
    }

    private Map<TopicPartition, Long> places(KafkaBus bus) {
        List<TopicPartition> partitions = stream.partitions(bus);
        return switch (from) {
            case "beginning" -> StreamOptions.answer(bus.since(partitions, 0));
            case "end" -> StreamOptions.answer(bus.ends(partitions));
            default -> StreamOptions.answer(bus.since(partitions, fromMillis));
        };
    }

    private boolean isPlace() {
        return from.equals("beginning") || from.equals("end");
    }

    private long millis() {
        try {
            long millis = from.matches("\\d+")
                    ? Long.parseLong(from)
                    : Instant.parse(from).toEpochMilli();
            if (millis >= MILLIS_MIN) {
                return millis;
            }
        } catch (DateTimeParseException | NumberFormatException | ArithmeticException neither) {
            // It is said below.
        }
        throw new ParameterException(
                spec.commandLine(),
                "--from: '" + from + "' is neither beginning nor end nor a time like 2026-01-31T12:00:00Z or"
                        + " milliseconds since 1970, after 1999");
    }
}
