package dev.meridian.node;

/** What an operator has decided about a folder whose store is not the one that it should hold. */
public enum StartChoice {
    /** Nothing: such a folder is refused. */
    NONE,
    /** What is left is moved aside, and the region begins empty. */
    START_EMPTY,
    /** The store that is there is taken, and the region rejoins the others with it. */
    REJOIN
}
