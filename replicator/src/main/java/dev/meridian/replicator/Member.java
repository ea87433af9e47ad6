package dev.meridian.replicator;

import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import java.util.Collections;
import java.util.Comparator;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One region's part in a global table.
 *
 * @param since when this membership began: a region that was removed and added again has a later one
 * @param version of this entry
 * @param source the region that hands over the copy of the table; null for the first member
 * @param loadId names the copy
 * @param percent how much of the copy is loaded
 * @param description for people, if something is wrong
 * @param finalEnds of the memberships that have ended: by partition number, behind the last change in its replication
 *     topic. A later membership keeps them: a copy that it loads must have all before
 */
public record Member(
        Version since,
        Version version,
        State state,
        @Nullable RegionId source,
        String loadId,
        int percent,
        @Nullable String description,
        SortedMap<Integer, Long> finalEnds) {
    /** In the order in which a membership goes through them; within one membership the later state wins. */
    public enum State {
        CREATING,
        CREATION_FAILED,
        ACTIVE,
        DELETING,
        REMOVED;

        /** Whether the region has, or will have, the table. */
        public boolean isPresent() {
            return this == CREATING || this == ACTIVE || this == DELETING;
        }
    }

    private static final Comparator<Member> ORDER =
            Comparator.comparing(Member::since).thenComparing(Member::state).thenComparing(Member::version);

    public Member {
        finalEnds = Collections.unmodifiableSortedMap(new TreeMap<>(finalEnds));
    }

    public static Member first(Version version) {
        return new Member(version, version, State.ACTIVE, null, "", 100, null, new TreeMap<>());
    }

    /** @param before the membership that this one follows, which a faster clock may have written */
    public static Member created(Version now, RegionId source, String loadId, @Nullable Member before) {
        Version version = before == null || now.compareTo(before.version()) > 0
                ? now
                : new Version(before.version().time().next(), now.region());
        return new Member(
                version,
                version,
                State.CREATING,
                source,
                loadId,
                0,
                null,
                before == null ? new TreeMap<>() : before.finalEnds());
    }

    /** Whether it has no table, and will have none in this membership. */
    public boolean isOver() {
        return state == State.REMOVED || state == State.CREATION_FAILED;
    }

    /** The copy is to come from another region. */
    public Member withSource(Version newVersion, RegionId newSource, String newLoadId) {
        return new Member(since, newVersion, state, newSource, newLoadId, 0, description, finalEnds);
    }

    public Member with(Version newVersion, State newState) {
        return new Member(since, newVersion, newState, source, loadId, percent, description, finalEnds);
    }

    public Member withPercent(Version newVersion, int newPercent) {
        return new Member(since, newVersion, state, source, loadId, newPercent, description, finalEnds);
    }

    public Member failed(Version newVersion, String why) {
        return new Member(since, newVersion, State.CREATION_FAILED, source, loadId, percent, why, finalEnds);
    }

    /** @param ends where its replication topic ends now; empty if it wrote nothing in this membership */
    public Member removed(Version newVersion, SortedMap<Integer, Long> ends) {
        TreeMap<Integer, Long> all = new TreeMap<>(finalEnds);
        ends.forEach((partition, end) -> all.merge(partition, end, Math::max));
        return new Member(since, newVersion, State.REMOVED, source, loadId, percent, description, all);
    }

    /** The later of two accounts of the same region. */
    static Member later(Member a, Member b) {
        return ORDER.compare(a, b) >= 0 ? a : b;
    }
}
