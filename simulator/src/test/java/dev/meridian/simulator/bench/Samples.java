package dev.meridian.simulator.bench;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.lmdbjava.Env;

/** Items, and a table for them, that benchmarks work with. */
final class Samples {
    static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    static final TableId TABLE = new TableId(UUID.nameUUIDFromBytes(new byte[] {1}));

    private static final int TEXT_CHARS = 900;

    private Samples() {}

    /** What the store is compared with: LMDB alone. */
    static Env<ByteBuffer> rawLmdb(Path folder) throws IOException {
        Path raw = Files.createDirectories(folder.resolve("raw"));
        return Env.create().setMapSize(1L << 36).setMaxDbs(2).open(raw.toFile());
    }

    /** Of about 1 KB: a long text, and one value of each kind that is common. */
    static Item item(int number) {
        return item(number, number);
    }

    /** @param seed of its text */
    static Item item(int number, int seed) {
        Map<String, AttributeValue> attributes = new TreeMap<>();
        attributes.put("pk", new AttributeValue.S(String.format("user%08d", number)));
        attributes.put("text", new AttributeValue.S(text(seed, TEXT_CHARS)));
        attributes.put("count", new AttributeValue.N(BigDecimal.valueOf(number)));
        attributes.put("price", new AttributeValue.N(new BigDecimal("1234.56")));
        attributes.put("done", new AttributeValue.Bool(number % 2 == 0));
        attributes.put("tags", AttributeValue.SS.of(List.of("red", "green", "blue")));
        attributes.put(
                "address",
                new AttributeValue.M(new TreeMap<>(Map.of(
                        "city",
                        new AttributeValue.S("Zürich"),
                        "zip",
                        new AttributeValue.N(BigDecimal.valueOf(8001))))));
        return Item.of(attributes);
    }

    private static String text(long seed, int chars) {
        return new SplittableRandom(seed)
                .ints(chars, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Makes the table, or gives it another kind of life. */
    static TableDescriptor table(LmdbStore store, boolean replicated) {
        var made = store.write(view -> {
                    TableDescriptor table = new TableDescriptor(
                            view.nextTableNumber(),
                            TABLE,
                            "items",
                            SCHEMA,
                            TableStatus.ACTIVE,
                            replicated,
                            1,
                            TableSettings.ON_DEMAND,
                            0,
                            List.of());
                    view.putTable(table);
                    return table;
                })
                .toCompletableFuture();
        turn(store);
        return made.join();
    }

    /** Commits all that is queued. */
    static void turn(LmdbStore store) {
        while (store.writer().turn() > 0) {
            // Until nothing is left.
        }
    }
}
