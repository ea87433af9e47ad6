package dev.meridian.node.streamsapi;

import dev.meridian.node.store.PartitionRange;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.StreamDescriptor.Generation;
import dev.meridian.streams.SequenceNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Some partitions of one generation of a stream. Its items are those of its parent, or some of them.
 *
 * @param after the last change before it
 * @param end its last change; null while it is open
 */
public record Shard(
        StreamDescriptor stream,
        Generation generation,
        PartitionRange partitions,
        SequenceNumber after,
        @Nullable SequenceNumber end) {
    private static final Pattern ID = Pattern.compile("shardId-(\\d{20})-([0-9a-f]{4})([0-9a-f]{4})");

    /** A partition and a generation have 16 bits each in an id: seven years of a stream that nobody disables. */
    private static final int PART = 0xffff;

    /** All shards that may hold records, by generation and partitions, which is the order of their ids. */
    public static List<Shard> of(StreamDescriptor stream) {
        List<Shard> shards = new ArrayList<>();
        for (Generation generation : stream.generations()) {
            for (int number = 0; number < generation.shards(); number++) {
                PartitionRange partitions = stream.shard(number, generation.shards());
                shards.add(new Shard(stream, generation, partitions, generation.after(), stream.endOf(generation)));
            }
        }
        return shards;
    }

    public static Optional<Shard> find(StreamDescriptor stream, String id) {
        return of(stream).stream().filter(shard -> shard.id().equals(id)).findFirst();
    }

    /** Whether it is the id of a shard that the stream has had and that has nothing left. */
    public static boolean wasTrimmed(StreamDescriptor stream, String id) {
        Matcher matcher = ID.matcher(id);
        Generation oldest = stream.generations().get(0);
        return matcher.matches()
                && Integer.parseInt(matcher.group(2), 16) < stream.partitions()
                && Long.parseLong(matcher.group(1)) >= stream.createdMillis()
                && Long.parseLong(matcher.group(1)) < oldest.beganMillis();
    }

    /** Readers of DynamoDB's streams take the number in the middle for the time at which the shard was made. */
    public String id() {
        return id(generation.beganMillis(), partitions, generation.number());
    }

    public Optional<String> parentId() {
        if (generation.number() == 0) {
            return Optional.empty();
        }
        PartitionRange parent = stream.shardOf(partitions.first(), generation.parentShards());
        return Optional.of(id(generation.parentBeganMillis(), parent, generation.number() - 1));
    }

    private static String id(long beganMillis, PartitionRange partitions, int generation) {
        return String.format(Locale.ROOT, "shardId-%020d-%04x%04x", beganMillis, partitions.first(), generation & PART);
    }

    /** Nothing lower is in it. */
    public SequenceNumber start() {
        return after.next();
    }

    /** Nothing higher is in it, once it is closed. A shard without any change ends where it starts. */
    public Optional<SequenceNumber> lastOfAll() {
        SequenceNumber known = end;
        return known == null ? Optional.empty() : Optional.of(known.compareTo(start()) < 0 ? start() : known);
    }

    public boolean isOpen() {
        return end == null;
    }

    /** Whether a change of the store is not behind its end. */
    boolean reaches(SequenceNumber sequence) {
        SequenceNumber known = end;
        return known == null || sequence.compareTo(known) <= 0;
    }
}
