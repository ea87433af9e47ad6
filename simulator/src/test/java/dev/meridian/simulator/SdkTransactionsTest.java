package dev.meridian.simulator;

import static dev.meridian.simulator.OneRegion.item;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.IdempotentParameterMismatchException;
import software.amazon.awssdk.services.dynamodb.model.ItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.TransactGetItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** Transactions through the AWS SDK. */
class SdkTransactionsTest {
    private static final int ACCOUNTS = 5;
    private static final int OPENING = 100;

    @TempDir
    static Path folder;

    private static OneRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        region.createTable("things", table -> {}, 1, "pk S");
        region.createTable("accounts", table -> {}, 1, "pk S");
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static DynamoDbClient client() {
        return region.client();
    }

    private static TransactWriteItem add(String table, String pk, long amount, String condition) {
        return TransactWriteItem.builder()
                .update(update -> update.tableName(table)
                        .key(item("pk", pk))
                        .updateExpression("ADD n :n")
                        .conditionExpression(condition)
                        .expressionAttributeValues(
                                condition != null && condition.contains(":least")
                                        ? item(":n", amount, ":least", -amount)
                                        : item(":n", amount)))
                .build();
    }

    private static void write(String token, TransactWriteItem... actions) {
        client().transactWriteItems(request -> request.clientRequestToken(token).transactItems(actions));
    }

    private static long count(String pk) {
        return Long.parseLong(
                client().getItem(request -> request.tableName("things").key(item("pk", pk)))
                        .item()
                        .get("n")
                        .n());
    }

    @Test
    void aTransactionWithATokenIsDoneOnceAlsoAcrossARestart() {
        write("token", add("things", "once", 1, null));
        write("token", add("things", "once", 1, null));
        assertThat(count("once")).isEqualTo(1);
        assertThatThrownBy(() -> write("token", add("things", "once", 2, null)))
                .isInstanceOf(IdempotentParameterMismatchException.class);
        region.restart();
        write("token", add("things", "once", 1, null));
        assertThat(count("once")).isEqualTo(1);
        assertThatThrownBy(() -> write("token", add("things", "once", 2, null)))
                .isInstanceOf(IdempotentParameterMismatchException.class);
        write("another token", add("things", "once", 1, null));
        assertThat(count("once")).isEqualTo(2);
    }

    private List<CancellationReason> reasons(TransactWriteItem... actions) {
        return catchThrowableOfType(TransactionCanceledException.class, () -> write(null, actions))
                .cancellationReasons();
    }

    @Test
    void aCancelledTransactionTellsAReasonForEachActionAndTheOldImageWhereItIsAskedFor() {
        region.put("things", "pk", "held", "n", 7);
        TransactWriteItem untouched = add("things", "untouched", 1, null);
        TransactWriteItem held = TransactWriteItem.builder()
                .put(put -> put.tableName("things")
                        .item(item("pk", "held"))
                        .conditionExpression("attribute_not_exists(pk)")
                        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD))
                .build();
        TransactWriteItem nobody = TransactWriteItem.builder()
                .conditionCheck(check ->
                        check.tableName("things").key(item("pk", "nobody")).conditionExpression("attribute_exists(pk)"))
                .build();
        List<CancellationReason> failed = reasons(untouched, held, nobody);
        assertThat(failed)
                .extracting(CancellationReason::code)
                .containsExactly("None", "ConditionalCheckFailed", "ConditionalCheckFailed");
        assertThat(failed.get(1).item()).isEqualTo(item("pk", "held", "n", 7));
        assertThat(failed.get(2).hasItem()).isFalse();

        TransactWriteItem wrong = TransactWriteItem.builder()
                .delete(delete -> delete.tableName("things").key(item("wrong", "key")))
                .build();
        List<CancellationReason> invalid = reasons(untouched, held, nobody, wrong);
        assertThat(invalid)
                .extracting(CancellationReason::code)
                .containsExactly("None", "None", "None", "ValidationError");
        assertThat(invalid.get(3).message()).isEqualTo("The provided key element does not match the schema");
        assertThat(client().getItem(request -> request.tableName("things").key(item("pk", "untouched")))
                        .hasItem())
                .isFalse();
    }

    @Test
    void aHundredItemsAreWrittenAndReadTogetherAndInOrder() {
        TransactWriteItem[] puts = new TransactWriteItem[100];
        List<TransactGetItem> gets = new ArrayList<>();
        for (int i = 0; i < puts.length; i++) {
            int number = i;
            puts[i] = TransactWriteItem.builder()
                    .put(put -> put.tableName("things").item(item("pk", "many" + number, "n", number)))
                    .build();
            gets.add(TransactGetItem.builder()
                    .get(get -> get.tableName("things")
                            .key(item("pk", "many" + number))
                            .projectionExpression("n"))
                    .build());
        }
        write(null, puts);
        List<ItemResponse> read = client().transactGetItems(request -> request.transactItems(gets))
                .responses();
        for (int i = 0; i < puts.length; i++) {
            assertThat(read.get(i).item()).isEqualTo(item("n", i));
        }
    }

    @Test
    void moneyMovesBetweenAccountsAndItsSumStays() {
        for (int i = 0; i < ACCOUNTS; i++) {
            region.put("accounts", "pk", "a" + i, "n", OPENING);
        }
        List<CompletableFuture<Integer>> movers = List.of(mover(1), mover(2));
        CompletableFuture<Void> all = CompletableFuture.allOf(movers.toArray(CompletableFuture[]::new));
        int reads = 0;
        do {
            assertThat(sum()).isEqualTo(ACCOUNTS * OPENING);
            reads++;
        } while (!all.isDone());
        all.join();
        assertThat(sum()).isEqualTo(ACCOUNTS * OPENING);
        assertThat(reads).isPositive();
        assertThat(movers)
                .allSatisfy(mover -> assertThat(mover.join()).as("transfers").isPositive());
    }

    /** Moves amounts of up to 80, so that now and then an account has too little. @return how often it had enough */
    private static CompletableFuture<Integer> mover(long seed) {
        return CompletableFuture.supplyAsync(() -> {
            Random random = new Random(seed);
            int moved = 0;
            for (int i = 0; i < 150; i++) {
                int from = random.nextInt(ACCOUNTS);
                int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
                int amount = 1 + random.nextInt(80);
                try {
                    write(
                            null,
                            add("accounts", "a" + from, -amount, "n >= :least"),
                            add("accounts", "a" + to, amount, null));
                    moved++;
                } catch (TransactionCanceledException tooLittle) {
                    assertThat(tooLittle.cancellationReasons())
                            .extracting(CancellationReason::code)
                            .as("never TransactionConflict")
                            .containsExactly("ConditionalCheckFailed", "None");
                }
            }
            return moved;
        });
    }

    private static long sum() {
        List<TransactGetItem> gets = new ArrayList<>();
        for (int i = 0; i < ACCOUNTS; i++) {
            Map<String, software.amazon.awssdk.services.dynamodb.model.AttributeValue> key = item("pk", "a" + i);
            gets.add(TransactGetItem.builder()
                    .get(get -> get.tableName("accounts").key(key))
                    .build());
        }
        return client().transactGetItems(request -> request.transactItems(gets)).responses().stream()
                .mapToLong(each -> Long.parseLong(each.item().get("n").n()))
                .sum();
    }
}
