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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The global tables that this region knows of: documents in its store, and a copy of them in memory.
 *
 * <p>Invariant: while no edit is under way ({@link #isQuiet}), memory knows all that is committed.
 */
final class Memberships {
    /** Documents by table id. */
    static final String SPACE = "global-tables";

    private final RegionId region;
    private final Store store;
    private final Map<TableId, GlobalTable> known = new ConcurrentSkipListMap<>();
    private final AtomicLong revision = new AtomicLong();
    private final AtomicInteger editing = new AtomicInteger();

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

    /** Grows with every change of {@link #all}, after it. */
    long revision() {
        return revision.get();
    }

    boolean isQuiet() {
        return editing.get() == 0;
    }

    Optional<GlobalTable> stored(ReadView view, TableId id) {
        return view.document(SPACE, id.toString()).map(GlobalTable::decode);
    }

    /** A version for an entry that is changed now. */
    Version version(WriteView view) {
        return new Version(view.mark(), region);
    }

    /** Saves the table that {@code work} answers, if any, in the same transaction. */
    CompletionStage<Void> edit(Function<WriteView, Optional<GlobalTable>> work) {
        return editAll(view -> work.apply(view).stream().toList());
    }

    /** Saves all that {@code work} answers in the same transaction. */
    CompletionStage<Void> editAll(Function<WriteView, List<GlobalTable>> work) {
        editing.incrementAndGet();
        return store.write(view -> {
                    List<GlobalTable> changed = work.apply(view);
                    changed.forEach(table -> view.document(SPACE, table.id().toString(), table.encode()));
                    return changed;
                })
                .whenComplete((saved, failure) -> {
                    if (failure == null) {
                        saved.forEach(this::remember);
                    }
                    editing.decrementAndGet();
                })
                .thenAccept(unused -> {});
    }

    private void remember(GlobalTable table) {
        known.merge(table.id(), table, GlobalTable::merge);
        revision.incrementAndGet();
    }

    /**
     * Takes in what another region knows, and changes the table's descriptor with it: whoever sees a replica ACTIVE finds the
     * table so too.
     */
    CompletionStage<Void> merge(GlobalTable heard, Description description) {
        return edit(view -> {
            GlobalTable merged =
                    stored(view, heard.id()).map(mine -> mine.merge(heard)).orElse(heard);
            describe(view, merged, description);
            return Optional.of(merged);
        });
    }

    /** Changes one member's entry, and the store with it, in one transaction. */
    CompletionStage<Void> change(TableId id, RegionId of, MemberChange change) {
        return edit(view -> stored(view, id).flatMap(table -> {
            Member member = table.member(of);
            return member == null
                    ? Optional.empty()
                    : Optional.of(table.with(of, change.apply(view, table, member, versionAfter(view, member))));
        }));
    }

    /** Above the entry that it replaces, which a faster clock may have written. */
    Version versionAfter(WriteView view, Member member) {
        Version now = version(view);
        Version last = member.version().compareTo(member.since()) > 0 ? member.version() : member.since();
        return now.compareTo(last) > 0 ? now : new Version(last.time().next(), region);
    }

    /** What becomes of a member's entry; may edit the store too. */
    @FunctionalInterface
    interface MemberChange {
        Member apply(WriteView view, GlobalTable table, Member member, Version version);
    }

    /** Changes a table's descriptor, by what is stored of its memberships, if the table is still there. */
    CompletionStage<Void> describe(TableId id, Description change) {
        return store.write(view -> {
                    stored(view, id).ifPresent(table -> describe(view, table, change));
                    return true;
                })
                .thenAccept(unused -> {});
    }

    private static void describe(WriteView view, GlobalTable known, Description change) {
        TableDescriptor table = view.catalog().table(known.id());
        if (table != null) {
            TableDescriptor changed = change.of(known, table, view::nextTableNumber);
            if (!changed.equals(table)) {
                view.putTable(changed);
            }
        }
    }

    /** What a table should be by what is known. */
    @FunctionalInterface
    interface Description {
        TableDescriptor of(GlobalTable known, TableDescriptor table, IntSupplier numbers);
    }

    static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
