package dev.meridian.simulator.drill;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** A region's data, of which an operator keeps copies, and that is replaced while the region is down. Not thread-safe. */
public final class RegionFolder {
    private static final String STORE = "store";
    private static final String KAFKA = "kafka";

    private final Path data;
    private final SortedMap<Long, Path> copies = new TreeMap<>();

    /** @param data as the region's config names it; copies are kept beside it */
    public RegionFolder(Path data) {
        this.data = data;
    }

    /** Keeps what is there. The region must not run while its files are read, or not get on. */
    public void copy() throws IOException {
        long now = System.nanoTime();
        Path copy = data.resolveSibling(data.getFileName() + "-copy-" + copies.size());
        copy(data.resolve(STORE), copy.resolve(STORE));
        copy(data.resolve(KAFKA), copy.resolve(KAFKA));
        copies.put(now, copy);
    }

    public void loseKafka() throws IOException {
        delete(data.resolve(KAFKA));
    }

    /** Puts the latest copy in place that is old enough, or else the oldest; nothing if there is none. */
    public void restore(Duration age, boolean withKafka) throws IOException {
        if (copies.isEmpty()) {
            throw new DrillFailedException("there is no copy of " + data);
        }
        SortedMap<Long, Path> oldEnough = copies.headMap(System.nanoTime() - age.toNanos());
        Path copy = Objects.requireNonNull(copies.get(oldEnough.isEmpty() ? copies.firstKey() : oldEnough.lastKey()));
        replace(copy, STORE);
        if (withKafka) {
            replace(copy, KAFKA);
        }
    }

    private void replace(Path copy, String what) throws IOException {
        delete(data.resolve(what));
        copy(copy.resolve(what), data.resolve(what));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
