package dev.meridian.simulator.load;

/** How a request ended. */
public enum Outcome {
    /** It was done. */
    OK,
    /** It was understood and not done, by what it says itself: a condition that does not hold, a transaction given up. */
    REFUSED,
    /** The service would not take so much. */
    THROTTLED,
    /** An error of the service's own. */
    SERVER_ERROR,
    /** No answer in time. What became of it is not known. */
    TIMEOUT,
    /** The connection was not made, or broke. */
    NO_CONNECTION;

    /** Whether it was answered as it should be: what is refused is the client's own affair. */
    public boolean isAnswered() {
        return this == OK || this == REFUSED;
    }

    static Outcome of(int status, String errorType) {
        if (status < 300) {
            return OK;
        }
        if (errorType.startsWith("ProvisionedThroughputExceeded")
                || errorType.startsWith("Throttling")
                || errorType.startsWith("RequestLimitExceeded")) {
            return THROTTLED;
        }
        return status >= 500 ? SERVER_ERROR : REFUSED;
    }
}
