package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders of servers. */
public final class Folders {
    private Folders() {}

    private static List<Path> all(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        }
    }

    public static void delete(Path folder) throws IOException {
        for (Path path : all(folder)) {
            Files.delete(path);
        }
    }

    /**
     * What the files take on the disk.
     *
     * @param name the end of their names; empty for all
     */
    static long bytes(Path folder, String name) throws IOException {
        long bytes = 0;
        for (Path path : all(folder)) {
            if (Files.isRegularFile(path) && path.getFileName().toString().endsWith(name)) {
                bytes += size(path);
            }
        }
        return bytes;
    }

    /** A broker deletes files when it wants. */
    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException gone) {
            return 0;
        }
    }
}
