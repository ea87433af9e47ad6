package dev.meridian.node.http;

import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The pages below {@code /-/} of one region: JSON for people and machines. */
public final class Pages {
    static final String PREFIX = "/-/";

    private final SortedMap<String, Supplier<Page>> pages = new TreeMap<>();

    /** What a page says. @param status of HTTP */
    public record Page(int status, String json) {}

    public Pages with(String name, Supplier<Page> page) {
        pages.put(PREFIX + name, page);
        return this;
    }

    void handle(Exchange exchange, String path) {
        Supplier<Page> known = pages.get(path);
        Page page = known != null ? known.get() : index(path);
        byte[] body = (page.json() + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.send(page.status(), "application/json", body, false);
    }

    private Page index(String path) {
        String all = pages.keySet().stream().collect(java.util.stream.Collectors.joining("\",\"", "[\"", "\"]"));
        return path.equals(PREFIX)
                ? new Page(200, "{\"pages\":" + all + "}")
                : new Page(404, "{\"error\":\"no such page\",\"pages\":" + all + "}");
    }
}
