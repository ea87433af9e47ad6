package dev.meridian.node.store;

import java.util.Locale;

/** The ways in which a disk refuses a write. What is stored stays as it is, and is still read. */
public enum StorageFault {
    /** ENOSPC, or a short write on a disk without room. */
    FULL("full", "the disk is full"),
    /** EDQUOT. */
    QUOTA("full", "the quota of the disk is used up"),
    /** EFBIG: the file system's greatest file, or the limit of the process ({@code ulimit -f}). */
    FILE_SIZE("full", "the store's file has reached the limit of a file's size"),
    /** The environment has no page left: a limit of the store's own. */
    STORE_SIZE("full", "the store has reached its greatest size"),
    /** EROFS: the file system was mounted or remounted without leave to write. */
    READ_ONLY("read-only", "the disk is read-only"),
    /** EIO and what else says that the device, not a limit, is the reason; also a failed sync. */
    FAILING("failing", "the disk fails");

    private final String state;
    private final String text;

    StorageFault(String state, String text) {
        this.state = state;
        this.text = text;
    }

    /** What it is, in a few words. */
    public String text() {
        return text;
    }

    /** Whether it ends when somebody makes room. */
    public boolean isFull() {
        return state.equals("full");
    }

    /** What a look at the node's health shows of the store. */
    public String alarm() {
        return "the store is " + state + ": " + text + "; writes fail, reads go on";
    }

    /** As a tag of metrics. */
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
