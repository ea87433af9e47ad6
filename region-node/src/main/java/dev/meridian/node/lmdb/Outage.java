package dev.meridian.node.lmdb;

import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.streams.resilience.Pace;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why the store cannot write at present, and the way back. A store without room tries each write, for deletes and small
 * ones may pass. One whose disk fails or is read-only refuses them and looks at the disk every second. One whose sync
 * has failed opens its environment again before it takes anything. For the writer's thread, except where noted.
 */
final class Outage {
    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

    /** Room for one commit: {@link Writer} ends one at this size. */
    private static final long ROOM_BYTES = 8L << 20;

    /** How long a reader waits for an environment that is being opened again; draining other readers takes the most. */
    private static final Duration REOPENING = Duration.ofSeconds(5);

    private final LmdbStore store;
    private final StoreDisk disk;
    private final Pace pace;
    private final String name;
    private volatile @Nullable StorageFaultException fault;
    private boolean lost;
    private boolean tried;
    private long failedBytes;
    private volatile long reopenings;
    private final ReentrantLock reopening = new ReentrantLock();
    private final Condition reopened = reopening.newCondition();

    Outage(LmdbStore store, LmdbStore.Config config, StoreDisk disk) {
        this.store = store;
        this.disk = disk;
        this.pace = Pace.ofStore(config.clock());
        this.name = config.region().value();
    }

    /** Why writes fail; null while they do not. From any thread. */
    @Nullable
    StorageFaultException fault() {
        return fault;
    }

    /** How often the environment was closed to be opened again. From any thread. */
    long reopenings() {
        return reopenings;
    }

    /**
     * A commit has failed.
     *
     * @param bytes that it was about to write, at least
     * @return whether its sync was lost: then nothing of it may be tried again, for it may be found written later
     */
    boolean failed(RuntimeException broken, long bytes) {
        boolean syncLost = store.isSyncLost(broken);
        StorageFault kind = disk.fault(broken);
        if (syncLost) {
            lost = true;
            tried = false;
        } else if (kind == null) {
            return false;
        }
        failedBytes = bytes;
        StorageFault known = kind == null ? StorageFault.FAILING : kind;
        refuse(
                syncLost
                        ? new StorageFaultException(known, known.text() + ": a sync has failed", false, broken)
                        : new StorageFaultException(known, broken));
        return syncLost;
    }

    /** What a failure is to who waits for the write. */
    RuntimeException translate(RuntimeException broken) {
        return disk.translate(broken);
    }

    private void refuse(StorageFaultException why) {
        StorageFaultException before = fault;
        fault = why;
        pace.failed(why);
        if (before == null || before.fault() != why.fault()) {
            LOG.error("{}: {}", name, why.fault().alarm(), why);
        }
    }

    /** A commit went well. @param bytes that it wrote, at least */
    void succeeded(long bytes) {
        StorageFaultException known = fault;
        if (known == null) {
            return;
        }
        boolean isMeasured = known.fault() != StorageFault.QUOTA;
        if (!known.fault().isFull() || bytes >= failedBytes || isMeasured && hasRoom(known.fault())) {
            clear();
        }
    }

    private void clear() {
        fault = null;
        pace.succeeded();
        LOG.info("{}: the store writes again", name);
    }

    /** Looks at the disk if it is time to. @return why what is queued is to be refused now; null if it is to be tried */
    @Nullable
    StorageFaultException turn() {
        StorageFaultException known = fault;
        if (known == null) {
            return null;
        }
        if (pace.isDue() || lost && !tried) {
            tried = true;
            lookAgain(known.fault());
            known = fault;
        }
        return known != null && (lost || !known.fault().isFull()) ? known : null;
    }

    private void lookAgain(StorageFault kind) {
        try {
            if (lost) {
                reopen(kind);
            }
            if (kind.isFull() && !hasRoom(kind)) {
                pace.failed(new IllegalStateException(kind.text()));
                return;
            }
            disk.probe(kind == StorageFault.QUOTA ? Math.min(failedBytes, ROOM_BYTES) : 0);
            store.prove();
            clear();
        } catch (IOException | RuntimeException failed) {
            if (failed instanceof RuntimeException broken && store.isSyncLost(broken)) {
                lost = true;
            }
            StorageFault now = disk.fault(failed);
            refuse(new StorageFaultException(now == null ? StorageFault.FAILING : now, failed));
        }
    }

    /** While readers can go on with what is open, a disk that fails must first take something. */
    private void reopen(StorageFault kind) throws IOException {
        if (store.isReading() && !kind.isFull()) {
            disk.probe(0);
        }
        try {
            store.reopen();
            lost = false;
            LOG.warn("{}: the store was opened again from its last durable commit", name);
        } finally {
            reopening.lock();
            try {
                reopenings++;
                reopened.signalAll();
            } finally {
                reopening.unlock();
            }
        }
    }

    /**
     * Waits, on a reader's thread, until the environment has been opened again.
     *
     * @param before {@link #reopenings} when it was seen to be unusable
     * @return false if that takes too long
     */
    boolean awaitReopening(long before) {
        reopening.lock();
        try {
            long leftNanos = REOPENING.toNanos();
            while (reopenings == before && leftNanos > 0) {
                leftNanos = reopened.awaitNanos(leftNanos);
            }
            return reopenings != before;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            reopening.unlock();
        }
    }

    private boolean hasRoom(StorageFault kind) {
        return switch (kind) {
            case FULL -> disk.hasRoom(ROOM_BYTES);
            case STORE_SIZE -> store.freeMapBytes() >= failedBytes + (1 << 20);
            // No look tells: a quota is probed; a limit of file size ends with a commit as large as the failed one.
            case QUOTA -> true;
            case FILE_SIZE -> false;
            case READ_ONLY, FAILING -> true;
        };
    }
}
