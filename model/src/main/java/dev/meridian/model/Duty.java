package dev.meridian.model;

/** Background work that owns no thread: production turns it in a loop, the simulator by hand. */
public interface Duty {
    /**
     * One bounded, non-blocking step.
     *
     * @return how much work was done; 0 when idle
     */
    int turn();
}
