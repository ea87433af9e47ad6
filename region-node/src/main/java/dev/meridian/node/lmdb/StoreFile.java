package dev.meridian.node.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Looks at LMDB's file before LMDB maps it: a file that was cut short would end the process by SIGBUS when a page behind
 * its end is touched, and an empty one would become a new store. Reads LMDB's own format 1, as {@code mdb.c} describes it.
 */
public final class StoreFile {
    static final String NAME = "data.mdb";

    private static final int MAGIC = 0xBEEFC0DE;
    private static final int VERSION = 1;
    private static final int PAGE_HEADER_BYTES = 16;
    private static final int FLAGS_AT = 10;
    private static final int LOWER_AT = 12;
    private static final int PAGES_AT = 12;
    private static final int MAGIC_AT = PAGE_HEADER_BYTES;
    private static final int VERSION_AT = MAGIC_AT + 4;
    private static final int FREE_AT = MAGIC_AT + 24;

    /** Of a database: pad, flags, depth, three numbers of pages, entries, root. The page size is the free one's pad. */
    private static final int DATABASE_BYTES = 48;

    private static final int DEPTH_AT = 6;
    private static final int ROOT_AT = 40;
    private static final int MAIN_AT = FREE_AT + DATABASE_BYTES;
    private static final int LAST_PAGE_AT = MAIN_AT + DATABASE_BYTES;
    private static final int TRANSACTION_AT = LAST_PAGE_AT + 8;
    private static final int META_BYTES = TRANSACTION_AT + 8;

    private static final int BRANCH = 1;
    private static final int LEAF = 2;
    private static final int OVERFLOW = 4;
    private static final int META = 8;

    private static final int NODE_HEADER_BYTES = 8;
    private static final int NODE_BIG_DATA = 1;
    private static final int NODE_DATABASE = 2;

    /** LMDB's own bound of a cursor's stack. */
    private static final int DEPTH_MAX = 32;

    private static final int PAGE_BYTES_MIN = 512;
    private static final int PAGE_BYTES_MAX = 1 << 16;

    private final FileChannel file;
    private final int pageBytes;
    private final long pages;

    private StoreFile(FileChannel file, int pageBytes) throws IOException {
        this.file = file;
        this.pageBytes = pageBytes;
        this.pages = file.size() / pageBytes;
    }

    /** What is wrong, as a clause. */
    private static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenException(String message) {
            super(message, null, false, false);
        }
    }

    /** Whether a folder has a store with something in it, be it readable or not. */
    public static boolean isThere(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        return Files.exists(file) && Files.size(file) > 0;
    }

    /**
     * Looks at both descriptions of the newest commits, at the list of databases and at the first page of each; through
     * all pages if the file is shorter than LMDB says: pages at the end that are free may never have been written.
     *
     * @param folder of a store that {@link #isThere} and nobody has open
     * @return what is wrong, as a clause
     */
    public static Optional<String> fault(Path folder) throws IOException {
        try (FileChannel file = FileChannel.open(folder.resolve(NAME), StandardOpenOption.READ)) {
            check(file);
            return Optional.empty();
        } catch (BrokenException broken) {
            return Optional.of(String.valueOf(broken.getMessage()));
        }
    }

    private static void check(FileChannel file) throws IOException, BrokenException {
        ByteBuffer first = meta(file, 0, 0);
        int pageBytes = first.getInt(FREE_AT);
        if (pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX || Integer.bitCount(pageBytes) != 1) {
            throw new BrokenException("its first page says that pages have " + pageBytes + " bytes");
        }
        ByteBuffer second = meta(file, pageBytes, 1);
        boolean isSecond = second.getLong(TRANSACTION_AT) > first.getLong(TRANSACTION_AT);
        ByteBuffer newest = isSecond ? second : first;
        StoreFile pages = new StoreFile(file, pageBytes);
        boolean isShort = newest.getLong(LAST_PAGE_AT) >= pages.pages;
        pages.walk(newest.slice(FREE_AT, DATABASE_BYTES).order(ByteOrder.nativeOrder()), isShort, false);
        pages.walk(newest.slice(MAIN_AT, DATABASE_BYTES).order(ByteOrder.nativeOrder()), true, isShort);
    }

    private static ByteBuffer meta(FileChannel file, long at, int number) throws IOException, BrokenException {
        ByteBuffer meta = read(file, at, META_BYTES);
        if (meta.remaining() < META_BYTES) {
            throw new BrokenException("it is cut short: it has " + file.size() + " bytes");
        }
        boolean isMeta = (meta.getShort(FLAGS_AT) & META) != 0 && meta.getInt(MAGIC_AT) == MAGIC;
        if (!isMeta) {
            throw new BrokenException("page " + number + " is not one of LMDB's");
        }
        if ((meta.getInt(VERSION_AT) & 0xFFFF) != VERSION) {
            throw new BrokenException("it is of LMDB's format " + meta.getInt(VERSION_AT));
        }
        return meta;
    }

    private static ByteBuffer read(FileChannel file, long at, int bytes) throws IOException {
        ByteBuffer read = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        while (read.hasRemaining() && file.read(read, at + read.position()) >= 0) {
            // A read may bring less than was asked for.
        }
        return read.flip();
    }

    /**
     * @param all whether all pages of the database are looked at, not its first alone
     * @param allBelow the same of the databases that this one lists
     */
    private void walk(ByteBuffer database, boolean all, boolean allBelow) throws IOException, BrokenException {
        long root = database.getLong(ROOT_AT);
        if (root != -1) {
            walk(root, Math.min(DEPTH_MAX, database.getShort(DEPTH_AT)), all, allBelow);
        }
    }

    private void walk(long number, int depth, boolean all, boolean allBelow) throws IOException, BrokenException {
        ByteBuffer page = page(number);
        int kind = page.getShort(FLAGS_AT) & (BRANCH | LEAF | OVERFLOW | META);
        if (depth <= 0 || (kind != BRANCH && kind != LEAF)) {
            throw new BrokenException("page " + number + " is not what it should be");
        }
        if (!all) {
            return;
        }
        int nodes = (page.getShort(LOWER_AT) - PAGE_HEADER_BYTES) / Short.BYTES;
        if (nodes < 0 || PAGE_HEADER_BYTES + nodes * Short.BYTES > pageBytes) {
            throw new BrokenException("page " + number + " cannot be read");
        }
        for (int i = 0; i < nodes; i++) {
            int node = page.getShort(PAGE_HEADER_BYTES + i * Short.BYTES) & 0xFFFF;
            if (node < PAGE_HEADER_BYTES || node + NODE_HEADER_BYTES > pageBytes) {
                throw new BrokenException("page " + number + " cannot be read");
            }
            if (kind == BRANCH) {
                walk(child(page, node), depth - 1, true, allBelow);
            } else {
                leaf(page, node, number, allBelow);
            }
        }
    }

    /** Two halves of 16 bits, the lower first on machines of this byte order, and 16 more in the place of flags. */
    private static long child(ByteBuffer page, int node) {
        return (page.getInt(node) & 0xFFFF_FFFFL) | ((page.getShort(node + 4) & 0xFFFFL) << Integer.SIZE);
    }

    private void leaf(ByteBuffer page, int node, long number, boolean allBelow) throws IOException, BrokenException {
        int flags = page.getShort(node + 4);
        int data = node + NODE_HEADER_BYTES + (page.getShort(node + 6) & 0xFFFF);
        boolean isDatabase = (flags & NODE_DATABASE) != 0;
        boolean isBig = (flags & NODE_BIG_DATA) != 0;
        if (data + (isDatabase ? DATABASE_BYTES : isBig ? Long.BYTES : 0) > pageBytes) {
            throw new BrokenException("page " + number + " cannot be read");
        }
        if (isDatabase) {
            walk(page.slice(data, DATABASE_BYTES).order(ByteOrder.nativeOrder()), allBelow, false);
        } else if (isBig) {
            long first = page.getLong(data);
            ByteBuffer overflow = page(first);
            boolean isOverflow = (overflow.getShort(FLAGS_AT) & OVERFLOW) != 0;
            // The last page of a value is there or not as a whole.
            if (!isOverflow || first + overflow.getInt(PAGES_AT) > pages) {
                throw missing(first);
            }
        }
    }

    private ByteBuffer page(long number) throws IOException, BrokenException {
        if (number < 0 || number >= pages) {
            throw missing(number);
        }
        ByteBuffer page = read(file, number * pageBytes, pageBytes);
        if (page.remaining() < pageBytes || page.getLong(0) != number) {
            throw new BrokenException("page " + number + " is not what it should be");
        }
        return page;
    }

    private BrokenException missing(long number) {
        return new BrokenException("it is cut short: page " + number + " is in use and not in its " + pages + " pages");
    }
}
