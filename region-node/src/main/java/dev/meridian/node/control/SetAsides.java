package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.SetAside;
import dev.meridian.streams.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/** The records that no Meridian wrote, found in other regions' topics: kept until an operator has seen them. */
public final class SetAsides {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Store store;

    SetAsides(Store store) {
        this.store = store;
    }

    private static List<SetAside> all(ReadView view) {
        List<SetAside> all = new ArrayList<>();
        view.documentKeys(SetAside.SPACE)
                .forEach(name -> view.document(SetAside.SPACE, name)
                        .map(SetAside::decode)
                        .ifPresent(all::add));
        all.sort(Comparator.comparing(SetAside::at).thenComparingLong(SetAside::offset));
        return all;
    }

    /**
     * What an alarm says of the records of a partition that are kept.
     *
     * @param offset of the first
     */
    record Alarm(long offset, String reason) {}

    SortedMap<TopicPartition, Alarm> alarms() {
        TreeMap<TopicPartition, List<SetAside>> found = new TreeMap<>();
        store.read(SetAsides::all)
                .forEach(each -> found.computeIfAbsent(each.at(), unused -> new ArrayList<>())
                        .add(each));
        TreeMap<TopicPartition, Alarm> alarms = new TreeMap<>();
        found.forEach((at, records) -> {
            long first = records.get(0).offset();
            String reason = records.size() + (records.size() == 1 ? " record" : " records")
                    + " that no Meridian wrote, the first at offset " + first
                    + ", passed over and set aside: see /-/set-aside";
            alarms.put(at, new Alarm(first, reason));
        });
        return alarms;
    }

    /** As {@code /-/set-aside} shows it. */
    public String json() {
        List<SetAside> all = store.read(SetAsides::all);
        ObjectNode json = JSON.createObjectNode().put("count", all.size()).put("keptAtMost", SetAside.KEPT_MAX);
        ArrayNode records = json.putArray("records");
        all.forEach(each -> each.write(records.addObject()));
        return json.toPrettyString();
    }

    /** An operator has seen all there are: they are let go of, and do not come back when a topic is read again. */
    public CompletionStage<Integer> forget() {
        return store.write(view -> {
            List<SetAside> all = all(view);
            all.forEach(each -> view.document(SetAside.SEEN, each.at().toString(), each.seen()));
            view.documentKeys(SetAside.SPACE).forEach(name -> view.document(SetAside.SPACE, name, null));
            return all.size();
        });
    }
}
