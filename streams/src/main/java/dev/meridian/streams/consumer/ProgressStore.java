package dev.meridian.streams.consumer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Keeps a consumer's progress outside of any one region, so that it is there when a region is not. The text is the
 * consumer's own.
 */
public interface ProgressStore {
    /** What was saved last; empty at first. */
    Optional<String> load() throws Exception;

    void save(String progress) throws Exception;

    /** In a file that is replaced as a whole. */
    static ProgressStore file(Path file) {
        return new ProgressStore() {
            @Override
            public Optional<String> load() throws IOException {
                return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
            }

            @Override
            public void save(String progress) throws IOException {
                Path next = file.resolveSibling(file.getFileName() + ".next");
                Files.writeString(next, progress, StandardCharsets.UTF_8);
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        };
    }
}
