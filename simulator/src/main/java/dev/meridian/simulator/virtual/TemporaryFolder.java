package dev.meridian.simulator.virtual;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that is gone when it is closed, or when the process is stopped. In memory where the system has such a place. */
public final class TemporaryFolder implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path path;
    private final Thread onExit = new Thread(this::deleteWhatIsThere, "delete-temporary-folder");

    private TemporaryFolder(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    public static TemporaryFolder make() {
        try {
            return new TemporaryFolder(
                    Files.isWritable(MEMORY)
                            ? Files.createTempDirectory(MEMORY, "meridian-")
                            : Files.createTempDirectory("meridian-"));
        } catch (IOException cannot) {
            throw new UncheckedIOException(cannot);
        }
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException stopping) {
            return; // The hook does it.
        }
        delete();
    }

    /** Somebody may still be writing. */
    private void deleteWhatIsThere() {
        try {
            delete();
        } catch (UncheckedIOException busy) {
            // What was made meanwhile stays.
        }
    }

    private void delete() {
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.deleteIfExists(each);
            }
        } catch (IOException cannot) {
            throw new UncheckedIOException(cannot);
        }
    }
}
