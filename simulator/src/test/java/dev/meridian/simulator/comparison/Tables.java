package dev.meridian.simulator.comparison;

import dev.meridian.simulator.load.Endpoint;
import dev.meridian.simulator.load.Signature;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** The tables that servers are compared with, filled, and the requests for them. */
final class Tables {
    static final String ITEMS = "items";
    static final String COLLECTIONS = "collections";
    static final int RECORDS = 10_000;

    private static final int ITEM_CHARS = 1_000;
    private static final int COLLECTION_COUNT = 100;
    private static final int COLLECTION_ITEMS = 100;
    private static final int COLLECTION_ITEM_CHARS = 80;
    private static final int PUTS_AT_ONCE = 25;
    private static final int TRANSACTION_ITEMS = 10;

    /** So many different requests of a kind, sent in turn. */
    private static final int REQUESTS = 2 * RECORDS;

    /** From a record to the next that is put: each has its turn once before any has it again. */
    private static final int STRIDE = 7_919;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Endpoint endpoint;
    private final HttpClient http = HttpClient.newHttpClient();

    Tables(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Makes and fills both tables. */
    void make() {
        create(ITEMS, "pk", "");
        List<JsonObject> items = new ArrayList<>();
        for (int record = 0; record < RECORDS; record++) {
            items.add(item(record, ITEM_CHARS));
        }
        fill(ITEMS, items);
        create(COLLECTIONS, "pk", "sk");
        items.clear();
        for (int collection = 0; collection < COLLECTION_COUNT; collection++) {
            for (int each = 0; each < COLLECTION_ITEMS; each++) {
                items.add(item(collection, COLLECTION_ITEM_CHARS).put("sk", s(String.format("%06d", each))));
            }
        }
        fill(COLLECTIONS, items);
    }

    /** Gives the items a stream and replicas in other regions, and waits for them. */
    void replicate(List<String> others) {
        replicate(ITEMS, others);
    }

    /** Gives a table a stream and replicas in other regions, and waits for them. */
    void replicate(String table, List<String> others) {
        JsonArray creates = new JsonArray();
        others.forEach(each -> creates.add(new JsonObject().put("Create", new JsonObject().put("RegionName", each))));
        ask("UpdateTable", new JsonObject().put("TableName", table).put("ReplicaUpdates", creates));
        await(table, said -> {
            JsonArray replicas = said.getJsonArray("Replicas", new JsonArray());
            return replicas.size() >= others.size()
                    && replicas.stream()
                            .allMatch(each -> ((JsonObject) each)
                                    .getString("ReplicaStatus")
                                    .equals("ACTIVE"));
        });
    }

    private void create(String table, String partition, String sort) {
        JsonArray schema = new JsonArray().add(key(partition, "HASH"));
        JsonArray types = new JsonArray().add(type(partition));
        if (!sort.isEmpty()) {
            schema.add(key(sort, "RANGE"));
            types.add(type(sort));
        }
        create(table, schema, types, new JsonArray());
    }

    /**
     * A table of collections, with global secondary indexes of all attributes.
     *
     * @param indexes attributes that are partition keys of indexes, which have their names
     */
    void create(String table, List<String> indexes) {
        JsonArray types = new JsonArray().add(type("pk")).add(type("sk"));
        JsonArray global = new JsonArray();
        for (String attribute : indexes) {
            types.add(type(attribute));
            global.add(new JsonObject()
                    .put("IndexName", attribute)
                    .put("KeySchema", new JsonArray().add(key(attribute, "HASH")))
                    .put("Projection", new JsonObject().put("ProjectionType", "ALL")));
        }
        create(table, new JsonArray().add(key("pk", "HASH")).add(key("sk", "RANGE")), types, global);
    }

    private void create(String table, JsonArray schema, JsonArray types, JsonArray indexes) {
        JsonObject request = new JsonObject()
                .put("TableName", table)
                .put("BillingMode", "PAY_PER_REQUEST")
                .put("KeySchema", schema)
                .put("AttributeDefinitions", types)
                .put("StreamSpecification", new JsonObject().put("StreamEnabled", false));
        if (!indexes.isEmpty()) {
            request.put("GlobalSecondaryIndexes", indexes);
        }
        ask("CreateTable", request);
        await(table, made -> made.getString("TableStatus").equals("ACTIVE"));
    }

    void delete(String table) {
        ask("DeleteTable", new JsonObject().put("TableName", table));
    }

    private static JsonObject key(String attribute, String type) {
        return new JsonObject().put("AttributeName", attribute).put("KeyType", type);
    }

    private static JsonObject type(String attribute) {
        return new JsonObject().put("AttributeName", attribute).put("AttributeType", "S");
    }

    private void await(String table, Predicate<JsonObject> ready) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        JsonObject named = new JsonObject().put("TableName", table);
        while (!ready.test(ask("DescribeTable", named).getJsonObject("Table"))) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException(table + " does not become ready at " + endpoint);
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private void fill(String table, List<JsonObject> items) {
        for (int from = 0; from < items.size(); from += PUTS_AT_ONCE) {
            JsonArray puts = new JsonArray();
            items.subList(from, from + PUTS_AT_ONCE)
                    .forEach(item -> puts.add(new JsonObject().put("PutRequest", new JsonObject().put("Item", item))));
            JsonObject answer =
                    ask("BatchWriteItem", new JsonObject().put("RequestItems", new JsonObject().put(table, puts)));
            if (!answer.getJsonObject("UnprocessedItems", new JsonObject()).isEmpty()) {
                throw new IllegalStateException("items were not taken at " + endpoint);
            }
        }
    }

    /** @return the answer as it was sent */
    String send(String operation, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(endpoint + "/"))
                .header("content-type", "application/x-amz-json-1.0")
                .header("x-amz-target", "DynamoDB_20120810." + operation)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        Signature.ANYBODY.headers(endpoint, "", new byte[0]).forEach(request::header);
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(operation + " at " + endpoint + ": " + answer.body());
            }
            return answer.body();
        } catch (IOException failed) {
            throw new IllegalStateException(operation + " at " + endpoint, failed);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(asked);
        }
    }

    private JsonObject ask(String operation, JsonObject body) {
        return new JsonObject(send(operation, body.encode()));
    }

    private static JsonObject s(String text) {
        return new JsonObject().put("S", text);
    }

    private static String name(int record) {
        return String.format("user%08d", record);
    }

    private static JsonObject item(int record, int chars) {
        return new JsonObject().put("pk", s(name(record))).put("value", s(text(record, chars)));
    }

    /** Letters that no disk and no socket can make smaller. */
    static String text(long seed, int chars) {
        return new SplittableRandom(seed)
                .ints(chars, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    static List<Buffer> gets() {
        return requests(random -> new JsonObject()
                .put("TableName", ITEMS)
                .put("Key", new JsonObject().put("pk", s(name(random.nextInt(RECORDS))))));
    }

    /** Each changes its item: what changes nothing is not in the table's stream. */
    static List<Buffer> puts() {
        List<Buffer> puts = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            JsonObject item = changed(i * STRIDE % RECORDS, i);
            puts.add(new JsonObject().put("TableName", ITEMS).put("Item", item).toBuffer());
        }
        return puts;
    }

    /** As {@link #puts}: of ten neighbours each, so that none names an item twice. */
    static List<Buffer> transactions() {
        List<Buffer> transactions = new ArrayList<>();
        for (int i = 0; i < REQUESTS / TRANSACTION_ITEMS; i++) {
            int first = i * STRIDE * TRANSACTION_ITEMS % RECORDS;
            JsonArray puts = new JsonArray();
            for (int record = first; record < first + TRANSACTION_ITEMS; record++) {
                JsonObject put = new JsonObject().put("TableName", ITEMS).put("Item", changed(record, i));
                puts.add(new JsonObject().put("Put", put));
            }
            transactions.add(new JsonObject().put("TransactItems", puts).toBuffer());
        }
        return transactions;
    }

    /** Not as the table was filled with it, nor as the request before had it that named it. */
    private static JsonObject changed(int record, int request) {
        return new JsonObject()
                .put("pk", s(name(record)))
                .put("value", s(text(RECORDS + request + (long) record * REQUESTS, ITEM_CHARS)));
    }

    static List<Buffer> queries() {
        return requests(random -> new JsonObject()
                .put("TableName", COLLECTIONS)
                .put("KeyConditionExpression", "pk = :pk")
                .put(
                        "ExpressionAttributeValues",
                        new JsonObject().put(":pk", s(name(random.nextInt(COLLECTION_COUNT))))));
    }

    private static List<Buffer> requests(java.util.function.Function<SplittableRandom, JsonObject> request) {
        SplittableRandom random = new SplittableRandom(1);
        List<Buffer> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            requests.add(request.apply(random).toBuffer());
        }
        return requests;
    }
}
