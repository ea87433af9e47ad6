package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final double BURST_SECONDS = 300;
    private static final KeyAttribute PK = new KeyAttribute("pk", ScalarType.S);
    private static final IndexDescriptor INDEX = new IndexDescriptor(
            2,
            "index",
            IndexDescriptor.Kind.GLOBAL,
            List.of(new KeyAttribute("g", ScalarType.S)),
            List.of(),
            IndexProjection.ALL,
            IndexStatus.ACTIVE,
            false,
            3,
            1);
    private static final TableDescriptor PROVISIONED = table(TableSettings.ON_DEMAND.provisioned(5, 2));

    private Instant now = Instant.EPOCH;
    private final Throttle throttle = new Throttle(OperationsFixture.HERE, () -> now, true);

    private static TableDescriptor table(TableSettings settings) {
        return new TableDescriptor(
                1,
                new TableId(new UUID(0, 1)),
                "table",
                new KeySchema(PK, null),
                TableStatus.ACTIVE,
                false,
                1,
                settings,
                0,
                List.of(INDEX));
    }

    private static Capacity.Consumed units(double table, double index) {
        Capacity.Consumed consumed = new Capacity.Consumed("table");
        consumed.add(table);
        consumed.add(INDEX, index);
        return consumed;
    }

    private boolean reads() {
        try {
            throttle.admitRead(PROVISIONED, null);
            return true;
        } catch (ApiException held) {
            assertThat(held.code()).isEqualTo(ErrorCode.PROVISIONED_THROUGHPUT_EXCEEDED);
            return false;
        }
    }

    @Test
    void fiveMinutesOfUnitsMayBeUsedAtOnceAndThenWhatEachSecondBrings() {
        throttle.read(PROVISIONED, null, 5 * BURST_SECONDS - 1);
        assertThat(reads()).isTrue();
        throttle.read(PROVISIONED, null, 6);
        assertThat(reads()).isFalse();
        now = now.plusMillis(900);
        assertThat(reads()).as("a debt of 5 units, 4.5 paid back").isFalse();
        now = now.plusMillis(200);
        assertThat(reads()).isTrue();
    }

    @Test
    void whatIsNotUsedIsKeptForFiveMinutesOnly() {
        now = now.plusSeconds(86_400);
        throttle.read(PROVISIONED, null, 5 * BURST_SECONDS);
        assertThat(reads()).isFalse();
    }

    @Test
    void anIndexThatIsUsedUpHoldsBackWritesOfItsTable() {
        throttle.written(PROVISIONED, units(1, BURST_SECONDS));
        assertThatThrownBy(() -> throttle.admitWrite(PROVISIONED)).hasMessageContaining("global secondary indexes");
        assertThat(reads()).isTrue();
        now = now.plusSeconds(1);
        assertThatCode(() -> throttle.admitWrite(PROVISIONED)).doesNotThrowAnyException();
    }

    @Test
    void anIndexHasReadUnitsOfItsOwn() {
        throttle.read(PROVISIONED, INDEX, 3 * BURST_SECONDS);
        assertThatThrownBy(() -> throttle.admitRead(PROVISIONED, INDEX)).isInstanceOf(ApiException.class);
        assertThat(reads()).isTrue();
    }

    @Test
    void aRefusalNamesWhatIsUsedUp() throws IOException {
        throttle.written(PROVISIONED, units(0, BURST_SECONDS));
        assertThat(reason(() -> throttle.admitWrite(PROVISIONED)))
                .isEqualTo("IndexWriteProvisionedThroughputExceeded"
                        + " arn:aws:dynamodb:here:000000000000:table/table/index/index");
        throttle.written(PROVISIONED, units(2 * BURST_SECONDS, 0));
        assertThat(reason(() -> throttle.admitWrite(PROVISIONED)))
                .isEqualTo("TableWriteProvisionedThroughputExceeded arn:aws:dynamodb:here:000000000000:table/table");
        throttle.read(PROVISIONED, INDEX, 3 * BURST_SECONDS);
        assertThat(reason(() -> throttle.admitRead(PROVISIONED, INDEX)))
                .isEqualTo("IndexReadProvisionedThroughputExceeded"
                        + " arn:aws:dynamodb:here:000000000000:table/table/index/index");
        throttle.read(PROVISIONED, null, 5 * BURST_SECONDS);
        assertThat(reason(() -> throttle.admitRead(PROVISIONED, null)))
                .isEqualTo("TableReadProvisionedThroughputExceeded arn:aws:dynamodb:here:000000000000:table/table");
    }

    private static String reason(Runnable request) throws IOException {
        try {
            request.run();
        } catch (ApiException held) {
            StringWriter text = new StringWriter();
            try (var out = Reply.JSON.createGenerator(text)) {
                out.writeStartObject();
                held.writeTo(out);
                out.writeEndObject();
            }
            JsonNode reasons = new ObjectMapper().readTree(text.toString()).path("ThrottlingReasons");
            assertThat(reasons).hasSize(1);
            return reasons.at("/0/reason").textValue() + " "
                    + reasons.at("/0/resource").textValue();
        }
        throw new AssertionError("not held back");
    }

    @Test
    void onDemandIsNeverHeldBackNorIsAnythingWhenItIsOff() {
        TableDescriptor onDemand = table(TableSettings.ON_DEMAND);
        throttle.read(onDemand, null, 1e9);
        assertThatCode(() -> throttle.admitRead(onDemand, null)).doesNotThrowAnyException();
        Throttle off = new Throttle(OperationsFixture.HERE, () -> now, false);
        off.read(PROVISIONED, null, 1e9);
        assertThatCode(() -> off.admitRead(PROVISIONED, null)).doesNotThrowAnyException();
    }
}
