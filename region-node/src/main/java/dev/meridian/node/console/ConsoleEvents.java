package dev.meridian.node.console;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.http.EventSource;
import dev.meridian.node.http.Pages;
import java.util.List;

/**
 * {@code /-/events}: of one region, or of all that run in this process. An event {@code history} has the series of the
 * last quarter of an hour; each {@code state} is how the regions are then.
 */
public final class ConsoleEvents implements EventSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<RegionFeed> feeds;
    private final boolean frontDoor;
    private Event made = new Event(-1, "state", "{}");

    /** @param frontDoor whether the regions' own pages are mounted below {@code regions/} */
    public ConsoleEvents(List<RegionFeed> feeds, boolean frontDoor) {
        this.feeds = List.copyOf(feeds);
        this.frontDoor = frontDoor;
    }

    /** The console and its events. */
    public void addTo(Pages pages) {
        new ConsoleFiles().addTo(pages);
        pages.events("events", this);
    }

    /** Made once for all listeners. */
    @Override
    public synchronized Event latest() {
        long number = feeds.stream().mapToLong(feed -> feed.latest().number()).sum();
        if (number != made.number()) {
            ObjectNode json = JSON.createObjectNode().put("frontDoor", frontDoor);
            ArrayNode regions = json.putArray("regions");
            feeds.forEach(feed -> regions.add(feed.latest().json()));
            made = new Event(number, "state", json.toString());
        }
        return made;
    }

    @Override
    public Event history() {
        ObjectNode json = JSON.createObjectNode();
        feeds.forEach(feed -> json.set(feed.region().value(), feed.history()));
        return new Event(0, "history", json.toString());
    }
}
