package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.ReplicaTransaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data-loss events of a region, kept in its store until an operator has seen them. */
public final class DataLosses {
    private static final Logger LOG = LoggerFactory.getLogger(DataLosses.class);

    /** Documents by what they are about: the same loss is one event. */
    private static final String SPACE = "data-losses";

    /** How many a page shows; health only counts them. */
    private static final int SHOWN_MAX = 1_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Store store;

    DataLosses(Store store) {
        this.store = store;
    }

    /** @param about names what is lost: said again, it is the same event */
    CompletionStage<Void> note(String about, DataLoss loss) {
        return store.write(view -> {
                    note(view, about, loss);
                    return true;
                })
                .thenAccept(unused -> {});
    }

    static void note(WriteView view, String about, DataLoss loss) {
        LOG.error("data loss: {}", loss);
        view.document(SPACE, about, loss.encode());
    }

    static void note(ReplicaTransaction transaction, String about, DataLoss loss) {
        LOG.error("data loss: {}", loss);
        transaction.document(SPACE, about, loss.encode());
    }

    /** The latest first. */
    public List<DataLoss> all() {
        return store.read(view -> {
            List<DataLoss> all = new ArrayList<>();
            for (String about : view.documentKeys(SPACE)) {
                Optional<Bytes> stored = view.document(SPACE, about);
                stored.map(DataLoss::decode).ifPresent(all::add);
            }
            all.sort(Comparator.comparingLong(DataLoss::atMillis).reversed());
            return all;
        });
    }

    public int count() {
        return store.read((ReadView view) -> view.documentKeys(SPACE).size());
    }

    /** As {@code /-/data-loss} shows it. */
    public String json() {
        List<DataLoss> all = all();
        ObjectNode json = JSON.createObjectNode().put("count", all.size());
        ArrayNode events = json.putArray("events");
        all.stream().limit(SHOWN_MAX).forEach(loss -> loss.write(events.addObject()));
        return json.toPrettyString();
    }

    /** An operator has seen all there are: they are no longer shown. */
    public CompletionStage<Integer> forget() {
        return store.write(view -> {
            List<String> all = view.documentKeys(SPACE);
            all.forEach(about -> view.document(SPACE, about, null));
            return all.size();
        });
    }
}
