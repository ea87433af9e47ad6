package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
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
 * @param overrides what this replica has its own way; any region may set it, so it has a version of its own
 * @param deletionProtection as the region itself has it set, for the others to know
 * @param ignoredUpTo if the region was evicted: what it wrote up to this clock, and has not been applied elsewhere yet,
 *     never will be, for the region writes it anew. {@link HybridTimestamp#MAX} until that clock is known; zero if it was
 *     not evicted
 * @param seenUpTo if the region was evicted: what it wrote up to this clock had been applied by all others
 */
public record Member(
        Version since,
        Version version,
        State state,
        @Nullable RegionId source,
        String loadId,
        int percent,
        @Nullable String description,
        SortedMap<Integer, Long> finalEnds,
        Latest<Overrides> overrides,
        Latest<Boolean> deletionProtection,
        HybridTimestamp ignoredUpTo,
        HybridTimestamp seenUpTo) {
    private static final HybridTimestamp NONE = HybridTimestamp.ZERO;

    /** In the order in which a membership goes through them; within one membership the later state wins. */
    public enum State {
        CREATING,
        CREATION_FAILED,
        ACTIVE,
        /** Silent for too long: the others no longer wait for it. When it comes back it begins a new membership. */
        EVICTED,
        DELETING,
        REMOVED,
        /** Left and kept its table, which is no replica any more. */
        DISASSOCIATED;

        /** Whether the region has, or will have, the table. */
        public boolean isPresent() {
            return this == CREATING || this == ACTIVE || this == EVICTED || this == DELETING;
        }
    }

    /** Of one that was evicted while it left, what it said later does not count. */
    private static final Comparator<Member> ORDER = Comparator.comparing(Member::since)
            .thenComparing(Member::state)
            .thenComparing(member -> member.isOver() && member.isIgnored())
            .thenComparing(Member::version);

    public Member {
        finalEnds = Collections.unmodifiableSortedMap(new TreeMap<>(finalEnds));
    }

    public static Member first(Version version) {
        return new Member(
                version,
                version,
                State.ACTIVE,
                null,
                "",
                100,
                null,
                new TreeMap<>(),
                new Latest<>(version, Overrides.NONE),
                new Latest<>(version, false),
                NONE,
                NONE);
    }

    /** @param before the membership that this one follows, which a faster clock may have written */
    public static Member created(Version now, RegionId source, String loadId, @Nullable Member before) {
        return created(now, source, loadId, before, Overrides.NONE);
    }

    /** @param before the membership that this one follows, which a faster clock may have written */
    public static Member created(
            Version now, RegionId source, String loadId, @Nullable Member before, Overrides overrides) {
        Version version = now;
        for (Version earlier : before == null ? List.<Version>of() : List.of(before.version(), before.since())) {
            version = version.compareTo(earlier) > 0
                    ? version
                    : new Version(earlier.time().next(), now.region());
        }
        return new Member(
                version,
                version,
                State.CREATING,
                source,
                loadId,
                0,
                null,
                before == null ? new TreeMap<>() : before.finalEnds(),
                new Latest<>(version, overrides),
                new Latest<>(version, false),
                before == null ? NONE : before.ignoredUpTo(),
                before == null ? NONE : before.seenUpTo());
    }

    /** The region stays, and takes a copy as if it were new: what it has its own way it keeps. */
    public Member loadingAnew(Version now, RegionId from, String newLoadId) {
        return created(now, from, newLoadId, this).with(overrides, deletionProtection);
    }

    /** Whether it has no table, and will have none in this membership. */
    public boolean isOver() {
        return state == State.REMOVED || state == State.DISASSOCIATED || state == State.CREATION_FAILED;
    }

    /** Whether nothing of what it wrote lately may be applied, until it has come back. */
    public boolean isIgnored() {
        return ignoredUpTo.equals(HybridTimestamp.MAX);
    }

    /** Whether it was evicted in this membership or an earlier one, and what it wrote before is not wanted. */
    public boolean wasEvicted() {
        return !ignoredUpTo.equals(NONE);
    }

    /** Whether the region itself has said that it has no table any more. */
    public boolean hasConfirmedBy(RegionId region) {
        return isOver() && version.region().equals(region);
    }

    /** @param seen what it wrote up to here has been applied by all others */
    public Member evicted(Version newVersion, HybridTimestamp seen) {
        // Of an earlier eviction something may still be left.
        HybridTimestamp least = wasEvicted() && seenUpTo.compareTo(seen) < 0 ? seenUpTo : seen;
        State next = state == State.CREATING || state == State.ACTIVE ? State.EVICTED : State.REMOVED;
        return with(newVersion, next, percent, description, finalEnds).ignored(HybridTimestamp.MAX, least);
    }

    /** What it wrote up to here is not to be applied any more. */
    public Member withIgnoredUpTo(Version newVersion, HybridTimestamp ignored) {
        return with(newVersion, state).ignored(ignored, seenUpTo);
    }

    private Member ignored(HybridTimestamp newIgnoredUpTo, HybridTimestamp newSeenUpTo) {
        return new Member(
                since,
                version,
                state,
                source,
                loadId,
                percent,
                description,
                finalEnds,
                overrides,
                deletionProtection,
                newIgnoredUpTo,
                newSeenUpTo);
    }

    /** It has the table as it is, and nobody has more. */
    public Member reinstated(Version newVersion) {
        return new Member(
                since,
                newVersion,
                State.ACTIVE,
                null,
                "",
                100,
                null,
                finalEnds,
                overrides,
                deletionProtection,
                NONE,
                NONE);
    }

    /** The copy is to come from another region. */
    public Member withSource(Version newVersion, RegionId newSource, String newLoadId) {
        return new Member(
                since,
                newVersion,
                state,
                newSource,
                newLoadId,
                0,
                description,
                finalEnds,
                overrides,
                deletionProtection,
                ignoredUpTo,
                seenUpTo);
    }

    private Member with(
            Version newVersion, State newState, int newPercent, @Nullable String why, SortedMap<Integer, Long> ends) {
        return new Member(
                since,
                newVersion,
                newState,
                source,
                loadId,
                newPercent,
                why,
                ends,
                overrides,
                deletionProtection,
                ignoredUpTo,
                seenUpTo);
    }

    public Member with(Version newVersion, State newState) {
        return with(newVersion, newState, percent, description, finalEnds);
    }

    public Member withPercent(Version newVersion, int newPercent) {
        return with(newVersion, state, newPercent, description, finalEnds);
    }

    public Member failed(Version newVersion, String why) {
        return with(newVersion, State.CREATION_FAILED, percent, why, finalEnds);
    }

    /** The state is as it was: who changes one does not speak of the other. */
    public Member withOverrides(Version now, Overrides changed) {
        return with(overrides.changed(now, changed), deletionProtection);
    }

    public Member withDeletionProtection(Version now, boolean nowProtected) {
        return with(overrides, deletionProtection.changed(now, nowProtected));
    }

    private Member with(Latest<Overrides> newOverrides, Latest<Boolean> newProtection) {
        return new Member(
                since,
                version,
                state,
                source,
                loadId,
                percent,
                description,
                finalEnds,
                newOverrides,
                newProtection,
                ignoredUpTo,
                seenUpTo);
    }

    /** It was told to go, and stays: a membership that goes on where the one before was. */
    public Member renewed(Version now) {
        Version above =
                now.compareTo(version) > 0 ? now : new Version(version.time().next(), now.region());
        return new Member(
                above,
                above,
                State.ACTIVE,
                source,
                loadId,
                percent,
                description,
                finalEnds,
                overrides,
                deletionProtection,
                ignoredUpTo,
                seenUpTo);
    }

    /** @param ends where its replication topic ends now; empty if it wrote nothing in this membership */
    public Member removed(Version newVersion, SortedMap<Integer, Long> ends) {
        return left(newVersion, State.REMOVED, ends);
    }

    /** It keeps its table. @param ends where its replication topic ends now */
    public Member disassociated(Version newVersion, SortedMap<Integer, Long> ends) {
        return left(newVersion, State.DISASSOCIATED, ends);
    }

    private Member left(Version newVersion, State newState, SortedMap<Integer, Long> ends) {
        return with(newVersion, newState, percent, description, joined(finalEnds, ends));
    }

    /** Who began the later membership may not have heard yet where the one before ended. */
    private Member withEnds(SortedMap<Integer, Long> some, SortedMap<Integer, Long> others) {
        return with(version, state, percent, description, joined(some, others));
    }

    private static SortedMap<Integer, Long> joined(SortedMap<Integer, Long> some, SortedMap<Integer, Long> others) {
        TreeMap<Integer, Long> all = new TreeMap<>(some);
        others.forEach((partition, end) -> all.merge(partition, end, Math::max));
        return all;
    }

    /** The later of two accounts of the same region. */
    static Member later(Member a, Member b) {
        Member later = (ORDER.compare(a, b) >= 0 ? a : b).withEnds(a.finalEnds, b.finalEnds);
        if (!a.since.equals(b.since)) {
            return later;
        }
        return later.with(a.overrides.later(b.overrides), a.deletionProtection.later(b.deletionProtection));
    }
}
