package dev.meridian.node.control;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.TableDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * How many partitions the topics of a region's tables may have together. Each is a set of open and mapped files of the
 * embedded broker, and a process that has no descriptor left can neither accept a connection nor open its store.
 */
public final class PartitionBudget {
    /** For regions whose Kafka is a cluster of its own, which has its own limits. */
    public static final PartitionBudget NONE = new PartitionBudget(() -> Integer.MAX_VALUE);

    /** A segment, and once a transaction was aborted in the partition an index of those. */
    private static final int DESCRIPTORS_OF_PARTITION = 2;

    /** For connections, the store, the JVM, topics that are being deleted, and a region's own topics. */
    private static final long DESCRIPTORS_KEPT = 2_000;

    /** A segment has two indexes, both mapped. */
    private static final int MAPPINGS_OF_PARTITION = 2;

    private static final long MAPPINGS_KEPT = 8_000;

    /** Linux's default, taken where the system does not say. */
    private static final long MAPPINGS_DEFAULT = 65_530;

    private static final int NUMBER_BYTES_MAX = 32;

    private static final Path MAPPINGS = Path.of("/proc/sys/vm/max_map_count");

    /** Regions of this process with a broker in it: they share its files. */
    private static final AtomicInteger REGIONS = new AtomicInteger();

    private final IntSupplier most;

    /** @param most partitions; may change */
    public PartitionBudget(IntSupplier most) {
        this.most = most;
    }

    /** Of a region with an embedded broker, one of the process's: an equal share of what the process may open. */
    public static PartitionBudget ofProcess() {
        int all = partitions(descriptors(), mappings());
        return new PartitionBudget(() -> all / Math.max(1, REGIONS.get()));
    }

    /** A region with an embedded broker begins. @return ends it */
    public static AutoCloseable begin() {
        REGIONS.incrementAndGet();
        return REGIONS::decrementAndGet;
    }

    static int partitions(long descriptors, long mappings) {
        long kept = Math.min(DESCRIPTORS_KEPT, descriptors / 4);
        long byDescriptors = (descriptors - kept) / DESCRIPTORS_OF_PARTITION;
        long byMappings = (mappings - Math.min(MAPPINGS_KEPT, mappings / 4)) / MAPPINGS_OF_PARTITION;
        return (int) Math.min(Integer.MAX_VALUE, Math.min(byDescriptors, byMappings));
    }

    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    private static long mappings() {
        // Such a file gives all that it has to the first read, and nothing to the next.
        try (InputStream in = Files.newInputStream(MAPPINGS)) {
            return Long.parseLong(new String(in.readNBytes(NUMBER_BYTES_MAX), StandardCharsets.US_ASCII).trim());
        } catch (IOException | NumberFormatException unknown) {
            return MAPPINGS_DEFAULT;
        }
    }

    /** Of all tables: one topic for its stream each, and one for replication of those that have replicas. */
    static long taken(Catalog catalog) {
        long taken = 0;
        for (TableDescriptor table : catalog.tables().values()) {
            taken += table.replicated() ? 2L * table.partitions() : table.partitions();
        }
        return taken;
    }

    /** Why so many partitions more cannot be had; empty if they can. */
    Optional<String> refusal(Catalog catalog, int more) {
        long taken = taken(catalog);
        int limit = most.getAsInt();
        return taken + more <= limit
                ? Optional.empty()
                : Optional.of("This region has room for " + limit + " partitions of topics; " + taken
                        + " are taken, and " + more + " more are asked for. Delete tables, give the table fewer"
                        + " partitions (tag meridian:partitions), or raise the process's limit of open files");
    }

    /** @throws ApiException if so many partitions more cannot be had */
    void require(Catalog catalog, int more) {
        refusal(catalog, more).ifPresent(why -> {
            throw new ApiException(ErrorCode.LIMIT_EXCEEDED, "Subscriber limit exceeded: " + why);
        });
    }
}
