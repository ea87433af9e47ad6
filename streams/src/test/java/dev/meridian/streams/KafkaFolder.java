package dev.meridian.streams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What may happen to the folder of a broker that is stopped. */
public final class KafkaFolder {
    /** The head of a batch in a segment: base offset and length of what follows. */
    private static final int HEAD_BYTES = 12;

    private KafkaFolder() {}

    /** Cuts off the batches from an offset on. */
    public static void cut(Path segment, long end) throws IOException {
        long place = placeOf(segment, end);
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.truncate(place);
        }
    }

    /** Turns over a byte. */
    public static void flip(Path file, long place) throws IOException {
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            open.read(one, place);
            one.put(0, (byte) ~one.get(0)).rewind();
            open.write(one, place);
        }
    }

    /** The place of the batch that an offset begins, in its segment. */
    public static long placeOf(Path segment, long offset) throws IOException {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ)) {
            ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
            long place = 0;
            while (file.read(head.clear(), place) == HEAD_BYTES && head.getLong(0) < offset) {
                place += HEAD_BYTES + head.getInt(Long.BYTES);
            }
            return place;
        }
    }

    public static void copy(Path from, Path to) throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(from)) {
            all = found.sorted().toList();
        }
        for (Path each : all) {
            Files.copy(each, to.resolve(from.relativize(each).toString()));
        }
    }

    public static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(folder)) {
            all = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.delete(each);
        }
    }
}
