package dev.meridian.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What a region's folder says of its store, in a file beside it: that it holds one, and which. It is the witness when the
 * store itself is empty or gone. The store has the same id, from the folder's first start on and through each rejoin.
 *
 * @param made when the file was first written
 */
record FolderIdentity(RegionId region, UUID id, Instant made) {
    static final String FILE = "identity.json";

    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @return empty if the folder has none: it is new, or of release 0.1.0
     * @throws IllegalStateException if it cannot be understood
     */
    static Optional<FolderIdentity> read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(file.toFile());
            int format = json.path("format").asInt();
            if (format != FORMAT) {
                throw new IllegalStateException(
                        file + " is of format " + format + "; this release reads format " + FORMAT);
            }
            return Optional.of(new FolderIdentity(
                    new RegionId(json.path("region").asText()),
                    UUID.fromString(json.path("id").asText()),
                    Instant.parse(json.path("made").asText())));
        } catch (com.fasterxml.jackson.core.JsonProcessingException
                | IllegalArgumentException
                | DateTimeException not) {
            throw new IllegalStateException(file + " cannot be read: " + not.getMessage(), not);
        }
    }

    /** Whole or not at all, also if the machine stops. */
    void write(Path folder) throws IOException {
        String json = JSON.createObjectNode()
                        .put("format", FORMAT)
                        .put("region", region.value())
                        .put("id", id.toString())
                        .put("made", made.toString())
                        .toPrettyString()
                + "\n";
        Path made = folder.resolve(FILE + ".new");
        Files.deleteIfExists(made);
        OwnerOnly.createFile(made);
        try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(made, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        force(folder);
    }

    /** Names in a folder are as durable as the folder is. */
    static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
