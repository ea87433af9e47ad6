package dev.meridian.node.lmdb;

/** Where a test puts in a disk that fails. */
@FunctionalInterface
public interface DiskFaults {
    /** Nothing but what the real disk does. */
    DiskFaults NONE = step -> 0;

    /** What the store asks of its disk, in the order of a commit. */
    enum Step {
        /** The pages of a commit are written. */
        WRITE,
        /** They are synced. */
        SYNC,
        /** The meta page is written, which makes them the store's. The commit is in the file; its writer hears of a failure. */
        META,
        /** A small file beside the store is written and synced, to see whether the disk works. */
        PROBE,
        /** The environment is opened. */
        OPEN,
        /** The environment is opened to be read only, because it could not be opened otherwise. */
        OPEN_TO_READ
    }

    /** @return the {@code errno} that this step meets, as Linux numbers them; 0 if it goes well */
    int errno(Step step);
}
