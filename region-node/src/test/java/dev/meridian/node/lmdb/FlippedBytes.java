package dev.meridian.node.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk that gives back other bytes than were written. */
public final class FlippedBytes {
    private static final int PAGE_BYTES = 4096;
    private static final int FLAGS_AT = 10;
    private static final int LOWER_AT = 12;
    private static final int BRANCH = 1;

    private FlippedBytes() {}

    /** Flips one bit in each place where a text is in the closed store of a folder. @return how many there were */
    public static int flip(Path folder, String text) throws IOException {
        Path file = folder.resolve("data.mdb");
        byte[] bytes = Files.readAllBytes(file);
        byte[] sought = text.getBytes(StandardCharsets.UTF_8);
        int found = 0;
        for (int at = 0; at + sought.length <= bytes.length; at++) {
            if (startsAt(bytes, at, sought)) {
                bytes[at + sought.length / 2] ^= 4;
                found++;
            }
        }
        Files.write(file, bytes);
        return found;
    }

    /** Writes other bytes in each place where some are in the closed store of a folder. @return how many there were */
    public static int replace(Path folder, byte[] sought, byte[] by) throws IOException {
        Path file = folder.resolve("data.mdb");
        byte[] bytes = Files.readAllBytes(file);
        int found = 0;
        for (int at = 0; at + sought.length <= bytes.length; at++) {
            if (startsAt(bytes, at, sought)) {
                System.arraycopy(by, 0, bytes, at, by.length);
                found++;
            }
        }
        Files.write(file, bytes);
        return found;
    }

    /**
     * In each branch page of the closed store of a folder, makes the last child a page that does not exist. A page is
     * {@code mp_pgno}, {@code mp_pad}, {@code mp_flags}, {@code mp_lower}, {@code mp_upper} and the places of its nodes,
     * and a node of a branch begins with 48 bits of the child's number.
     *
     * @return how many branch pages there were
     */
    public static int cutBranches(Path folder) throws IOException {
        Path file = folder.resolve("data.mdb");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        int found = 0;
        for (int page = 2 * PAGE_BYTES; page < bytes.capacity(); page += PAGE_BYTES) {
            boolean isPage = bytes.getLong(page) == page / PAGE_BYTES;
            if (isPage && bytes.getShort(page + FLAGS_AT) == BRANCH) {
                int lower = bytes.getShort(page + LOWER_AT);
                int node = page + bytes.getShort(page + lower - Short.BYTES);
                bytes.putInt(node, -1);
                found++;
            }
        }
        Files.write(file, bytes.array());
        return found;
    }

    private static boolean startsAt(byte[] bytes, int at, byte[] sought) {
        for (int i = 0; i < sought.length; i++) {
            if (bytes[at + i] != sought[i]) {
                return false;
            }
        }
        return true;
    }
}
