package dev.meridian.node.lmdb;

import dev.meridian.node.lmdb.DiskFaults.Step;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/**
 * The disk below the store: opens LMDB's environment on it, commits to it, and says what a failure means. The one place
 * that knows the numbers of errors.
 *
 * <p>LMDB does not say whether a commit failed while it wrote pages, which leaves nothing behind, or while they were
 * synced. The kernel does: it tells a failed write-back once to each open file. So the data file is open here a second
 * time, as a witness. A failed write of the meta page makes LMDB refuse the environment from then on.
 */
final class StoreDisk {
    /** Readers at one moment: event loops, workers, publishers, copies. A slot costs 64 bytes. */
    private static final int MAX_READERS = 512;

    /** Of the environment's files. */
    private static final int OWNER_ONLY = 0600;

    private static final String PROBE = "disk-check";

    /** More than the block that a short write may have left over, less than what a disk with room has. */
    private static final long NO_ROOM_BYTES = 1L << 20;

    /** Of the smallest probe: some blocks. */
    private static final int PROBE_BYTES_MIN = 64 << 10;

    private static final int EIO = 5;
    private static final int EFBIG = 27;
    private static final int ENOSPC = 28;
    private static final int EROFS = 30;
    private static final int EDQUOT = 122;

    /** EDQUOT of the BSDs and macOS. */
    private static final int EDQUOT_BSD = 69;

    /**
     * What a write or a sync may meet when a device, a path to it, or the file system itself is broken: ENXIO, ENODEV,
     * ENODATA, ENOLINK, EILSEQ, ESHUTDOWN, ETIMEDOUT, ESTALE, EUCLEAN, EREMOTEIO, ENOMEDIUM.
     */
    private static final Set<Integer> DEVICE = Set.of(6, 19, 61, 67, 84, 108, 110, 116, 117, 121, 123);

    private final LmdbStore.Config config;
    private @Nullable FileChannel witness;

    /** The last transaction whose commit and sync went well. */
    private long durable;

    StoreDisk(LmdbStore.Config config) {
        this.config = config;
    }

    /**
     * Opens the environment and syncs it, so that what it shows is on the disk: a process that was killed may have left
     * its last meta page in the cache only.
     *
     * @throws StorageFaultException if the disk refuses
     */
    Env<ByteBuffer> open(long mapBytes) throws IOException {
        try {
            meet(Step.OPEN);
            Files.createDirectories(config.folder());
            LockFile.allocate(config.folder(), MAX_READERS, config.sync());
            Env<ByteBuffer> env = openAs(mapBytes, config.sync() ? List.of() : List.of(EnvFlags.MDB_NOSYNC));
            if (config.sync()) {
                force(env);
            }
            return env;
        } catch (IOException | RuntimeException failed) {
            StorageFault fault = fault(failed);
            if (fault != null) {
                throw new StorageFaultException(fault, failed);
            }
            throw failed;
        }
    }

    /** Opens the environment for readers only: on a read-only file system LMDB can no more. */
    Env<ByteBuffer> openToRead(long mapBytes) throws IOException {
        meet(Step.OPEN_TO_READ);
        return openAs(mapBytes, List.of(EnvFlags.MDB_RDONLY_ENV));
    }

    private void force(Env<ByteBuffer> env) {
        try {
            env.sync(true);
        } catch (RuntimeException failed) {
            close(env);
            throw failed;
        }
    }

    private Env<ByteBuffer> openAs(long mapBytes, List<EnvFlags> more) throws IOException {
        List<EnvFlags> flags = new ArrayList<>(List.of(EnvFlags.MDB_NOTLS, EnvFlags.MDB_NORDAHEAD));
        flags.addAll(more);
        Env<ByteBuffer> env = Env.create()
                .setMapSize(mapBytes)
                .setMaxDbs(Databases.COUNT)
                .setMaxReaders(MAX_READERS)
                .open(config.folder().toFile(), OWNER_ONLY, flags.toArray(new EnvFlags[0]));
        try {
            witness = FileChannel.open(config.folder().resolve(StoreFile.NAME), StandardOpenOption.READ);
            return env;
        } catch (IOException failed) {
            close(env);
            throw failed;
        }
    }

    void close(Env<ByteBuffer> env) {
        env.close();
        FileChannel open = witness;
        witness = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException nothingToBeDone) {
                // It was only read.
            }
        }
    }

    private void meet(Step step) {
        int errno = config.faults().errno(step);
        if (errno != 0) {
            throw new DiskFaultException(step, errno);
        }
    }

    /** Commits and syncs. */
    void commit(Txn<ByteBuffer> txn) {
        long id = txn.getId();
        meet(Step.WRITE);
        meet(Step.SYNC);
        try {
            txn.commit();
        } catch (IllegalArgumentException unknown) {
            // lmdbjava has no name for the error.
            throw new StorageFaultException(StorageFault.FAILING, unknown);
        }
        meet(Step.META);
        durable = id;
    }

    /** All that the environment shows is known to be durable. */
    void proven(Env<ByteBuffer> env) {
        durable = env.info().lastTransactionId;
    }

    /** Whether an environment that was opened again shows the last commit that went well, and nothing behind it. */
    boolean showsLastDurable(Env<ByteBuffer> env) {
        return env.info().lastTransactionId == durable;
    }

    /** Whether it is open what of a commit that failed will be found on the disk. Asked once, behind the failure. */
    boolean isSyncLost(Env<ByteBuffer> env, RuntimeException failure) {
        if (failure instanceof Env.MapFullException) {
            return false;
        }
        if (failure instanceof DiskFaultException put && put.isSyncLost()) {
            return true;
        }
        return config.sync() && hasFailedWriteBack() || isPanicked(env);
    }

    private boolean hasFailedWriteBack() {
        FileChannel open = witness;
        try {
            if (open != null) {
                open.force(false);
            }
            return false;
        } catch (IOException failed) {
            return true;
        }
    }

    /** Whether LMDB takes no more transactions. */
    static boolean isPanicked(Env<ByteBuffer> env) {
        if (env.isClosed()) {
            return true;
        }
        try (Txn<ByteBuffer> unused = env.txnRead()) {
            return false;
        } catch (LmdbNativeException.PanicException panicked) {
            return true;
        }
    }

    /** Writes so many bytes beside the store, syncs them, and removes them. */
    void probe(long bytes) throws IOException {
        Path file = config.folder().resolve(PROBE);
        try {
            meet(Step.PROBE);
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer block = ByteBuffer.allocate(PROBE_BYTES_MIN);
                for (long written = 0; written < Math.max(bytes, PROBE_BYTES_MIN); ) {
                    block.clear();
                    written += channel.write(block);
                }
                if (config.sync()) {
                    channel.force(true);
                }
            }
        } catch (IOException | DiskFaultException failed) {
            StorageFault fault = fault(failed);
            throw new StorageFaultException(fault == null ? StorageFault.FAILING : fault, failed);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Whether the file system says that it has room for so many bytes. */
    boolean hasRoom(long bytes) {
        try {
            return Files.getFileStore(config.folder()).getUsableSpace() >= bytes;
        } catch (IOException unknown) {
            return false;
        }
    }

    /** What a failure of the store is to those who wait: a refusal of the disk, or itself. */
    RuntimeException translate(RuntimeException failure) {
        StorageFault fault = fault(failure);
        return fault == null || failure instanceof StorageFaultException
                ? failure
                : new StorageFaultException(fault, failure);
    }

    /** @return null if the disk is not the reason */
    @Nullable
    StorageFault fault(Exception failure) {
        if (failure instanceof StorageFaultException known) {
            return known.fault();
        }
        if (failure instanceof Env.MapFullException) {
            return StorageFault.STORE_SIZE;
        }
        if (failure instanceof DiskFaultException put) {
            return ofErrno(put.errno);
        }
        if (failure instanceof LmdbNativeException.PanicException) {
            return StorageFault.FAILING;
        }
        if (failure instanceof LmdbException) {
            return failure instanceof LmdbNativeException coded ? ofErrno(coded.getResultCode()) : null;
        }
        return failure instanceof IOException io ? ofText(io) : null;
    }

    private @Nullable StorageFault ofErrno(int errno) {
        return switch (errno) {
            case ENOSPC -> StorageFault.FULL;
            case EDQUOT, EDQUOT_BSD -> StorageFault.QUOTA;
            case EFBIG -> StorageFault.FILE_SIZE;
            case EROFS -> StorageFault.READ_ONLY;
            case EIO -> ofInputOutputError();
            default -> DEVICE.contains(errno) ? StorageFault.FAILING : null;
        };
    }

    /** LMDB calls a short write so, too, and that is what the last free block of a disk ends in. */
    private StorageFault ofInputOutputError() {
        StorageFault seen = ofFileSystem();
        return seen == null ? StorageFault.FAILING : seen;
    }

    private @Nullable StorageFault ofFileSystem() {
        try {
            FileStore files = Files.getFileStore(config.folder());
            if (files.isReadOnly()) {
                return StorageFault.READ_ONLY;
            }
            return files.getUsableSpace() < NO_ROOM_BYTES ? StorageFault.FULL : null;
        } catch (IOException unknown) {
            return null;
        }
    }

    /** Java tells a reason as a text only, and in the language of the process. */
    private @Nullable StorageFault ofText(IOException failure) {
        String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("no space left")) {
            return StorageFault.FULL;
        }
        if (text.contains("quota exceeded")) {
            return StorageFault.QUOTA;
        }
        if (text.contains("file too large")) {
            return StorageFault.FILE_SIZE;
        }
        if (text.contains("read-only file system")) {
            return StorageFault.READ_ONLY;
        }
        StorageFault seen = ofFileSystem();
        return seen == null && text.contains("input/output error") ? StorageFault.FAILING : seen;
    }
}
