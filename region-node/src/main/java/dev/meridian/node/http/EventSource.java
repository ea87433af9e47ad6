package dev.meridian.node.http;

/** What a port tells as it happens, as server-sent events. */
public interface EventSource {
    /** The state as it is now. Asked on event loops: it must be at hand. */
    Event latest();

    /** What went before, for one who begins to listen. Asked on a worker. */
    Event history();

    /** @param number grows with each @param json in one line */
    record Event(long number, String name, String json) {}
}
