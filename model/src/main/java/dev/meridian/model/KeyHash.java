package dev.meridian.model;

/**
 * The stable hash of a partition key: places items in the store, in scan segments and in Kafka partitions, so it is the
 * same in every region and release. FNV-1a over the bytes, then MurmurHash3's finalizer to spread the high bits.
 */
public final class KeyHash {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private KeyHash() {}

    /** 64 bits, to be read as unsigned. */
    public static long of(Bytes partitionKey) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < partitionKey.length(); i++) {
            hash = (hash ^ (partitionKey.at(i) & 0xFF)) * FNV_PRIME;
        }
        hash ^= hash >>> 33;
        hash *= 0xff51afd7ed558ccdL;
        hash ^= hash >>> 33;
        hash *= 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }

    /** The Kafka partition of an item: all items of one partition key share one, and keep their order. */
    public static int kafkaPartition(Bytes partitionKey, int partitions) {
        return (int) Long.remainderUnsigned(of(partitionKey), partitions);
    }
}
