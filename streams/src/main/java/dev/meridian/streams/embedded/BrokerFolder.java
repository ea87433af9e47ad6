package dev.meridian.streams.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The broker's folder, and whether its disk takes anything: asked before each start, for a broker that starts on a disk
 * that refuses fails again, and leaves less behind in the log the fewer of such starts there are.
 */
final class BrokerFolder {
    /** A start writes index files of 1 MB for each open segment, and with less it would fail again at once. */
    static final long ROOM_BYTES = 16L << 20;

    /** Kafka passes over files that are not named as its own. */
    private static final String PROBE = "disk-check";

    private static final int PROBE_BYTES = 64 << 10;

    private final Path folder;

    BrokerFolder(Path folder) {
        this.folder = folder;
    }

    /** @throws BrokerFailedException if the disk takes nothing: says why */
    void requireWritable() {
        refusal().ifPresent(why -> {
            throw new BrokerFailedException(why);
        });
    }

    /** Why the disk takes nothing at present; empty if it does. */
    Optional<String> refusal() {
        try {
            FileStore files = Files.getFileStore(nearest());
            if (files.isReadOnly()) {
                return Optional.of("the disk of " + folder + " is read-only");
            }
            long free = files.getUsableSpace();
            if (free < ROOM_BYTES) {
                return Optional.of(
                        "the disk of " + folder + " is full: " + free + " bytes free, a start needs " + ROOM_BYTES);
            }
            probe();
            return Optional.empty();
        } catch (AccessDeniedException | FileAlreadyExistsException | NotDirectoryException misconfigured) {
            // No fault of the disk: who starts the broker meets it, and says it.
            return Optional.empty();
        } catch (IOException failed) {
            return Optional.of("the disk of " + folder + " fails: " + failed.getMessage());
        }
    }

    private Path nearest() {
        Path there = folder.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return there;
    }

    /** A quota, a broken device and more show only when something is written. */
    private void probe() throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(PROBE);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(PROBE_BYTES);
            while (block.hasRemaining()) {
                int unused = channel.write(block);
            }
            channel.force(true);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
