package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.HttpLoad.Requests;
import dev.meridian.simulator.load.Endpoint;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/**
 * Requests for the items of a table, put together when they are sent: item {@code n} is one of the hundred of partition
 * {@code n / 100}.
 *
 * @param items that there are, numbered from 0
 * @param valueBytes of the attribute {@code value}
 * @param indexed further attributes, which puts set by chance so that each value is that of a hundred items or so
 */
record ItemRequests(Endpoint endpoint, String table, long items, int valueBytes, List<String> indexed) {
    /** Items of a partition, which one Query reads. */
    static final int PARTITION = 100;

    /** What an item may have, as DynamoDB counts it: names and values. */
    static final int ITEM_BYTES_MAX = 409_600;

    private static final int PARTITION_DIGITS = 8;
    private static final int SORT_DIGITS = 2;

    /** Of the key, and the name of the value. */
    static final int OTHER_BYTES = "pk".length() + PARTITION_DIGITS + "sk".length() + SORT_DIGITS + "value".length();

    private static final int BATCH = 25;

    /** A server holds as many batches as there are connections. */
    private static final int BATCH_BYTES = 1 << 20;

    /** Values are windows of this: different ones, and no disk or compressor makes them smaller. */
    private static final byte[] POOL = Tables.text(0, 4 * ITEM_BYTES_MAX).getBytes(StandardCharsets.US_ASCII);

    private static final AtomicLong PUTS_SEED = new AtomicLong();

    ItemRequests(Endpoint endpoint, String table, long items, int valueBytes) {
        this(endpoint, table, items, valueBytes, List.of());
    }

    private Requests ask(String operation, LongFunction<Buffer> bodies) {
        return new Requests(endpoint, "/", operation, bodies);
    }

    private int batch() {
        return Math.max(1, Math.min(BATCH, BATCH_BYTES / valueBytes));
    }

    /** How many requests {@link #loads} has from an item on. */
    long loadCount(long from) {
        return (items - from + batch() - 1) / batch();
    }

    /**
     * Puts all items from one on, which begins a partition: neighbours are put long after each other, so that a batch is
     * of many partitions as long as there are many.
     */
    Requests loads(long from) {
        long partitions = (items - from) / PARTITION;
        SplittableRandom random = new SplittableRandom(from);
        return ask("BatchWriteItem", number -> {
            Buffer body =
                    Buffer.buffer(batch() * (valueBytes + 100)).appendString("{\"RequestItems\":{\"" + table + "\":[");
            long first = number * batch();
            long end = Math.min(items - from, first + batch());
            for (long each = first; each < end; each++) {
                long item = from + each % partitions * PARTITION + each / partitions;
                body.appendString(each == first ? "{\"PutRequest\":{" : ",{\"PutRequest\":{");
                item(item, random, body);
                body.appendString("}}");
            }
            return body.appendString("]}}");
        });
    }

    /** Others at each call: what changes nothing is not in the table's stream. */
    Requests puts() {
        SplittableRandom random = new SplittableRandom(PUTS_SEED.incrementAndGet());
        return ask("PutItem", number -> {
            Buffer body = begin(valueBytes + 200).appendByte((byte) ',');
            item(random.nextLong(items), random, body);
            return body.appendByte((byte) '}');
        });
    }

    Requests gets() {
        SplittableRandom random = new SplittableRandom(2);
        return ask("GetItem", number -> {
            Buffer body = begin(150).appendString(",\"Key\":{");
            key(random.nextLong(items), body);
            return body.appendString("}}");
        });
    }

    /** One page of a partition's items. */
    Requests queries() {
        SplittableRandom random = new SplittableRandom(3);
        return ask("Query", number -> {
            Buffer body = begin(200)
                    .appendString(
                            ",\"KeyConditionExpression\":\"pk = :v\",\"ExpressionAttributeValues\":{\":v\":{\"S\":\"");
            digits(random.nextLong(items / PARTITION), PARTITION_DIGITS, body);
            return body.appendString("\"}}}");
        });
    }

    /** One page of at most a hundred items that have one value of an index. */
    Requests queries(String index) {
        SplittableRandom random = new SplittableRandom(4);
        return ask("Query", number -> {
            Buffer body = begin(200)
                    .appendString(",\"IndexName\":\"" + index + "\",\"Limit\":" + PARTITION
                            + ",\"KeyConditionExpression\":\"" + index
                            + " = :v\",\"ExpressionAttributeValues\":{\":v\":{\"S\":\"");
            digits(random.nextLong(items / PARTITION), PARTITION_DIGITS, body);
            return body.appendString("\"}}}");
        });
    }

    private Buffer begin(int bytes) {
        return Buffer.buffer(bytes).appendString("{\"TableName\":\"" + table + "\"");
    }

    private void item(long item, SplittableRandom random, Buffer to) {
        to.appendString("\"Item\":{");
        key(item, to);
        for (String attribute : indexed) {
            to.appendString(",\"" + attribute + "\":{\"S\":\"");
            digits(random.nextLong(items / PARTITION), PARTITION_DIGITS, to);
            to.appendString("\"}");
        }
        to.appendString(",\"value\":{\"S\":\"")
                .appendBytes(POOL, random.nextInt(POOL.length - valueBytes), valueBytes)
                .appendString("\"}}");
    }

    private static void key(long item, Buffer to) {
        to.appendString("\"pk\":{\"S\":\"");
        digits(item / PARTITION, PARTITION_DIGITS, to);
        to.appendString("\"},\"sk\":{\"S\":\"");
        digits(item % PARTITION, SORT_DIGITS, to);
        to.appendString("\"}");
    }

    private static void digits(long number, int count, Buffer to) {
        byte[] digits = new byte[count];
        long left = number;
        for (int i = count - 1; i >= 0; i--) {
            digits[i] = (byte) ('0' + left % 10);
            left /= 10;
        }
        to.appendBytes(digits);
    }
}
