package dev.meridian.node.api;

import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.Throughput;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** OnDemandThroughput and WarmThroughput as requests give them, of a table or of an index of it. */
final class ThroughputRequests {
    private static final String MAX_READ = "MaxReadRequestUnits";
    private static final String MAX_WRITE = "MaxWriteRequestUnits";
    private static final String WARM_READ = "ReadUnitsPerSecond";
    private static final String WARM_WRITE = "WriteUnitsPerSecond";

    /** Takes a limit away. */
    private static final long NO_LIMIT = -1;

    /** What a table or an index on demand is ready for from the beginning. */
    static final Throughput INITIAL = new Throughput(12_000, 4_000);

    private static final String LOWER_THAN_INITIAL = "lower than initial throughput for OnDemand. See:"
            + " https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
            + "#on-demand-capacity-mode-initial";

    private ThroughputRequests() {}

    /** The settings with the limits and the warm throughput of a new table. */
    static TableSettings ofNewTable(RequestReader request, TableSettings settings) {
        RequestReader limits = request.object("OnDemandThroughput");
        RequestReader warm = request.object("WarmThroughput");
        checkNew(limits, warm, "table", "", settings.isOnDemand(), units(settings));
        return with(limits, warm, settings);
    }

    /** Checks what an index that is to be is given. @param units null if its table is on demand */
    static void checkOfNewIndex(RequestReader request, String name, @Nullable Throughput units) {
        checkNew(
                request.object("OnDemandThroughput"),
                request.object("WarmThroughput"),
                "index " + name,
                " for index: " + name,
                units == null,
                Objects.requireNonNullElse(units, INITIAL));
    }

    private static void checkNew(
            @Nullable RequestReader limits,
            @Nullable RequestReader warm,
            String whose,
            String ofIndex,
            boolean onDemand,
            Throughput units) {
        if (limits != null) {
            if (!onDemand) {
                throw Keys.invalid(limit(limits) + " for OnDemandThroughput" + ofIndex
                        + " cannot be specified when table BillingMode is PROVISIONED.");
            }
            requireRange(limits, whose.replace("index ", "index : "), 1);
        }
        if (warm != null && onDemand) {
            requireWarm(warm, whose, INITIAL, LOWER_THAN_INITIAL, LOWER_THAN_INITIAL);
        } else if (warm != null) {
            requireWarm(
                    warm,
                    whose,
                    units,
                    "lower than ReadCapacityUnits of ProvisionedThroughput",
                    "lower than WriteCapacityUnits of ProvisionedThroughput");
        }
    }

    /** @param settings with the capacity mode that the request asks for */
    static TableSettings changed(RequestReader request, TableSettings settings) {
        RequestReader limits = request.object("OnDemandThroughput");
        if (limits != null) {
            if (!settings.isOnDemand()) {
                throw Keys.invalid(limit(limits)
                        + " for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
            }
            requireRange(limits, "table", NO_LIMIT);
        }
        RequestReader warm = request.object("WarmThroughput");
        if (warm != null) {
            String lower = "lower than current WarmThroughput, decreasing WarmThroughput is not supported";
            requireWarm(warm, "table", warm(settings), lower, lower);
        }
        return with(limits, warm, settings);
    }

    /** The limit of reads that a replica is to have for itself, or an index of it. */
    static @Nullable Long override(@Nullable RequestReader override) {
        if (override == null) {
            return null;
        }
        requireRange(override, "table", NO_LIMIT);
        return override.number(MAX_READ);
    }

    private static String limit(RequestReader limits) {
        return limits.has(MAX_READ) || !limits.has(MAX_WRITE) ? MAX_READ : MAX_WRITE;
    }

    private static void requireRange(RequestReader limits, String whose, long least) {
        for (String member : new String[] {MAX_READ, MAX_WRITE}) {
            Long limit = limits.number(member);
            if (limit != null && (limit < least || limit == 0)) {
                throw Keys.invalid(
                        "Requested " + member + " for OnDemandThroughput for " + whose + " is outside of valid range");
            }
        }
    }

    private static void requireWarm(
            RequestReader warm, String whose, Throughput least, String readsLower, String writesLower) {
        Throughput asked = merged(warm, WARM_READ, WARM_WRITE, least);
        if (asked.read() < least.read()) {
            throw tooCold(WARM_READ, whose, readsLower);
        }
        if (asked.write() < least.write()) {
            throw tooCold(WARM_WRITE, whose, writesLower);
        }
    }

    private static ApiException tooCold(String member, String whose, String lower) {
        return Keys.invalid("Requested " + member + " for WarmThroughput for " + whose + " is " + lower);
    }

    private static TableSettings with(
            @Nullable RequestReader limits, @Nullable RequestReader warm, TableSettings settings) {
        TableSettings next = settings;
        if (limits != null) {
            next = next.withOnDemandLimits(merged(limits, MAX_READ, MAX_WRITE, settings.onDemandLimits()));
        }
        if (warm != null) {
            next = next.withWarmThroughput(merged(warm, WARM_READ, WARM_WRITE, settings.warmThroughput()));
        }
        return next;
    }

    /** What is not given stays as it is. */
    private static Throughput merged(RequestReader from, String read, String write, @Nullable Throughput old) {
        Throughput before = old == null ? new Throughput(NO_LIMIT, NO_LIMIT) : old;
        return new Throughput(
                Objects.requireNonNullElse(from.number(read), before.read()),
                Objects.requireNonNullElse(from.number(write), before.write()));
    }

    /** What a table is ready for at once: what was asked for, and at least what its capacity mode gives. */
    static Throughput warm(TableSettings settings) {
        Throughput least = settings.isOnDemand() ? INITIAL : units(settings);
        Throughput asked = settings.warmThroughput();
        return asked == null
                ? least
                : new Throughput(Math.max(least.read(), asked.read()), Math.max(least.write(), asked.write()));
    }

    /** What a table was ready for it stays ready for, whatever becomes of its units. */
    static TableSettings asWarmAs(TableSettings old, TableSettings next) {
        Throughput was = warm(old);
        Throughput is = warm(next);
        boolean colder = was.read() > is.read() || was.write() > is.write();
        return colder
                ? next.withWarmThroughput(
                        new Throughput(Math.max(was.read(), is.read()), Math.max(was.write(), is.write())))
                : next;
    }

    private static Throughput units(TableSettings settings) {
        return new Throughput(settings.readCapacityUnits(), settings.writeCapacityUnits());
    }
}
