package dev.meridian.node.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * LMDB's file of readers. LMDB makes it without its blocks and writes it through a map: a block for which the disk has no
 * room would end the process by SIGBUS. So each is written here before LMDB opens the file.
 */
final class LockFile {
    private static final String NAME = "lock.mdb";
    private static final int READER_BYTES = 64;

    /** LMDB's header has less. */
    private static final int HEADER_BYTES = 4_096;

    private LockFile() {}

    /**
     * To be called while nobody has the store open.
     *
     * @param sync whether it must be on disk at once, so that a full one is noticed
     */
    static void allocate(Path folder, int readers, boolean sync) throws IOException {
        Path file = folder.resolve(NAME);
        int bytes = HEADER_BYTES + readers * READER_BYTES;
        byte[] there = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        ByteBuffer whole = ByteBuffer.wrap(Arrays.copyOf(there, Math.max(there.length, bytes)));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (whole.hasRemaining()) {
                int unused = channel.write(whole);
            }
            if (sync) {
                channel.force(true);
            }
        }
    }
}
