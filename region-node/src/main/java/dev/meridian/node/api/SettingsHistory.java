package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.WriteView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When the capacity units and the class of a table were last changed by requests to this region. It is kept as a document
 * beside the table: the format's number in the first line, then one line for each thing that has been changed.
 *
 * @param units of the table by 0, of its global indexes by their numbers; without those that never changed
 * @param classMillis when the class was changed; 0 if it was only named when the table was made, null if it never was
 */
record SettingsHistory(
        SortedMap<Integer, Units> units, @Nullable Long classMillis) {
    private static final String SPACE = WriteView.OF_TABLES + "settings-history";
    private static final String FORMAT = "1";
    private static final String UNITS = "units";
    private static final String CLASS = "class";

    /** In the place of an index's number. */
    private static final int TABLE = 0;

    private static final int DECREASES_MOST = 4;
    private static final long DECREASE_INTERVAL_MILLIS = 3_600_000;
    private static final long DAY_MILLIS = 86_400_000;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "EEEE, MMMM d, yyyy 'at' h:mm:ss a 'Coordinated Universal Time'", Locale.US)
            .withZone(ZoneOffset.UTC);

    /**
     * The changes of one pair of capacity units.
     *
     * @param increasedMillis 0 for never
     * @param decreasedMillis 0 for never
     * @param decreases on the day (UTC) of the last one
     */
    record Units(long increasedMillis, long decreasedMillis, int decreases) {
        static final Units NEVER = new Units(0, 0, 0);

        int decreasesToday(long nowMillis) {
            return decreasedMillis / DAY_MILLIS == nowMillis / DAY_MILLIS ? decreases : 0;
        }

        private Units changed(boolean increased, boolean decreased, long nowMillis) {
            return new Units(
                    increased ? nowMillis : increasedMillis,
                    decreased ? nowMillis : decreasedMillis,
                    decreased ? decreasesToday(nowMillis) + 1 : decreases);
        }

        private void requireDecrease(long nowMillis) {
            int today = decreasesToday(nowMillis);
            if (today < DECREASES_MOST || nowMillis - decreasedMillis >= DECREASE_INTERVAL_MILLIS) {
                return;
            }
            long tomorrow = (nowMillis / DAY_MILLIS + 1) * DAY_MILLIS;
            throw new ApiException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day."
                            + " After the first 4 decreases, each subsequent decrease in the same UTC day can be"
                            + " performed at most once every 3600 seconds. Number of decreases today: " + today
                            + ". Last decrease at " + TIME.format(Instant.ofEpochMilli(decreasedMillis))
                            + ". Next decrease can be made at "
                            + TIME.format(Instant.ofEpochMilli(
                                    Math.min(decreasedMillis + DECREASE_INTERVAL_MILLIS, tomorrow))));
        }
    }

    static SettingsHistory of(ReadView view, TableDescriptor table) {
        TreeMap<Integer, Units> units = new TreeMap<>();
        Long classMillis = null;
        String document = view.document(SPACE, table.id().toString())
                .map(bytes -> new String(bytes.toArray(), StandardCharsets.UTF_8))
                .orElse("");
        for (String line : document.split("\n", -1)) {
            String[] words = line.split(" ", -1);
            if (words[0].equals(CLASS)) {
                classMillis = Long.valueOf(words[1]);
            } else if (words[0].equals(UNITS)) {
                units.put(
                        Integer.valueOf(words[1]),
                        new Units(Long.parseLong(words[2]), Long.parseLong(words[3]), Integer.parseInt(words[4])));
            }
        }
        return new SettingsHistory(units, classMillis);
    }

    Units ofTable() {
        return units.getOrDefault(TABLE, Units.NEVER);
    }

    Units of(IndexDescriptor index) {
        return units.getOrDefault(index.number(), Units.NEVER);
    }

    SettingsHistory withClass(long millis) {
        return new SettingsHistory(units, millis);
    }

    /** @throws ApiException if units are decreased again that have been decreased as often as they may be */
    SettingsHistory changed(TableDescriptor before, TableDescriptor after, long nowMillis) {
        TreeMap<Integer, Units> next = new TreeMap<>();
        TableSettings old = before.settings();
        TableSettings settings = after.settings();
        boolean provisioned = !old.isOnDemand() && !settings.isOnDemand();
        Units table = ofTable();
        if (provisioned) {
            table = changed(
                    table,
                    new TableSettings.Throughput(old.readCapacityUnits(), old.writeCapacityUnits()),
                    new TableSettings.Throughput(settings.readCapacityUnits(), settings.writeCapacityUnits()),
                    true,
                    nowMillis);
        }
        put(next, TABLE, table);
        for (IndexDescriptor index : after.indexes()) {
            IndexDescriptor was = before.index(index.number());
            // An index whose table becomes on demand is decreased, as DynamoDB counts it; its table is not.
            Units units = was == null || old.isOnDemand()
                    ? of(index)
                    : changed(of(index), units(was), units(index), !settings.isOnDemand(), nowMillis);
            put(next, index.number(), units);
        }
        boolean other = old.tableClass() != settings.tableClass();
        return new SettingsHistory(next, other ? Long.valueOf(nowMillis) : classMillis);
    }

    private static TableSettings.Throughput units(IndexDescriptor index) {
        return new TableSettings.Throughput(index.readCapacityUnits(), index.writeCapacityUnits());
    }

    private static Units changed(
            Units units, TableSettings.Throughput was, TableSettings.Throughput is, boolean limited, long nowMillis) {
        boolean increased = is.read() > was.read() || is.write() > was.write();
        boolean decreased = is.read() < was.read() || is.write() < was.write();
        if (decreased && limited) {
            units.requireDecrease(nowMillis);
        }
        return units.changed(increased, decreased, nowMillis);
    }

    private static void put(SortedMap<Integer, Units> all, int number, Units units) {
        if (!units.equals(Units.NEVER)) {
            all.put(number, units);
        }
    }

    void keep(WriteView view, TableDescriptor table) {
        StringBuilder document = new StringBuilder(FORMAT);
        units.forEach((number, each) -> document.append('\n')
                .append(String.join(
                        " ",
                        UNITS,
                        String.valueOf(number),
                        String.valueOf(each.increasedMillis()),
                        String.valueOf(each.decreasedMillis()),
                        String.valueOf(each.decreases()))));
        if (classMillis != null) {
            document.append('\n').append(CLASS).append(' ').append(classMillis);
        }
        boolean nothing = units.isEmpty() && classMillis == null;
        view.document(
                SPACE,
                table.id().toString(),
                nothing ? null : Bytes.wrap(document.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
