package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Member;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The global tables that this region knows of: documents in its store, and a copy of them in memory. */
final class Memberships {
    private static final String SPACE = "global-tables";

    private final RegionId region;
    private final Store store;
    private final Map<TableId, GlobalTable> known = new ConcurrentSkipListMap<>();

    Memberships(RegionId region, Store store) {
        this.region = region;
        this.store = store;
        store.read(view -> {
            for (String id : view.documentKeys(SPACE)) {
                view.document(SPACE, id).map(GlobalTable::decode).ifPresent(table -> known.put(table.id(), table));
            }
            return true;
        });
    }

    Map<TableId, GlobalTable> all() {
        return new TreeMap<>(known);
    }

    @Nullable
    GlobalTable get(TableId id) {
        return known.get(id);
    }

    Optional<GlobalTable> stored(ReadView view, TableId id) {
        return view.document(SPACE, id.toString()).map(GlobalTable::decode);
    }

    void save(WriteView view, GlobalTable table) {
        view.document(SPACE, table.id().toString(), table.encode());
    }

    /** A version for an entry that is changed now. */
    Version version(WriteView view) {
        return new Version(view.mark(), region);
    }

    /** Behind a commit that saved it. */
    void remember(GlobalTable table) {
        known.merge(table.id(), table, GlobalTable::merge);
    }

    /** Takes in what another region knows. */
    CompletionStage<Void> merge(GlobalTable heard) {
        return store.write(view -> {
                    GlobalTable merged = stored(view, heard.id())
                            .map(mine -> mine.merge(heard))
                            .orElse(heard);
                    save(view, merged);
                    return merged;
                })
                .thenAccept(this::remember);
    }

    /** Changes one member's entry, and the store with it, in one transaction. */
    CompletionStage<Void> change(TableId id, RegionId of, MemberChange change) {
        return store.write(view -> {
                    Optional<GlobalTable> table = stored(view, id);
                    Member member = table.map(found -> found.member(of)).orElse(null);
                    if (table.isEmpty() || member == null) {
                        return table;
                    }
                    Member changed = change.apply(view, member, version(view));
                    GlobalTable saved = table.get().with(of, changed);
                    save(view, saved);
                    return Optional.of(saved);
                })
                .thenAccept(saved -> saved.ifPresent(this::remember));
    }

    /** What becomes of a member's entry; may edit the store too. */
    @FunctionalInterface
    interface MemberChange {
        Member apply(WriteView view, Member member, Version version);
    }

    /** Changes a table's descriptor if the table is still there. */
    CompletionStage<Void> describe(TableId id, UnaryOperator<TableDescriptor> change) {
        return store.write(view -> {
                    TableDescriptor table = view.catalog().table(id);
                    if (table != null) {
                        view.putTable(change.apply(table));
                    }
                    return true;
                })
                .thenAccept(unused -> {});
    }

    static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
