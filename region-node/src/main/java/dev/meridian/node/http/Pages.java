package dev.meridian.node.http;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a port says and does for people and their tools, below {@code /-/}. A page may take its time: it runs on a worker. */
public final class Pages {
    static final String PREFIX = "/-/";

    private final SortedMap<String, Function<Query, Page>> pages = new TreeMap<>();
    private final SortedMap<String, Function<Query, Page>> actions = new TreeMap<>();
    private final SortedMap<String, EventSource> events = new TreeMap<>();
    private final SortedMap<String, Pages> mounted = new TreeMap<>();

    /** What a page says. @param status of HTTP @param headers beside those that all answers have */
    public record Page(int status, String contentType, byte[] body, SortedMap<String, String> headers) {
        public Page(int status, String contentType, byte[] body) {
            this(status, contentType, body, Collections.emptySortedMap());
        }

        public static Page json(int status, String json) {
            return new Page(status, "application/json", (json + "\n").getBytes(StandardCharsets.UTF_8));
        }

        public static Page text(int status, String contentType, String text) {
            return new Page(status, contentType, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The parameters behind the question mark. */
    public record Query(SortedMap<String, String> parameters) {
        public @Nullable String get(String name) {
            return parameters.get(name);
        }

        public String get(String name, String absent) {
            return parameters.getOrDefault(name, absent);
        }

        /** @throws PageRefusedException if it is absent */
        public String require(String name) {
            String value = parameters.get(name);
            if (value == null || value.isEmpty()) {
                throw new PageRefusedException("the parameter '" + name + "' is missing");
            }
            return value;
        }
    }

    /** A request of a page that cannot be answered: a 400 with the message. */
    public static final class PageRefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public PageRefusedException(String message) {
            super(message, null, false, false);
        }
    }

    /** A page that takes no parameters. */
    public Pages with(String name, Supplier<Page> page) {
        return with(name, query -> page.get());
    }

    public Pages with(String name, Function<Query, Page> page) {
        pages.put(PREFIX + name, page);
        return this;
    }

    /** What a POST does. */
    public Pages action(String name, Function<Query, Page> action) {
        actions.put(PREFIX + name, action);
        return this;
    }

    /** A page that goes on for as long as it is listened to: server-sent events. */
    public Pages events(String name, EventSource source) {
        events.put(PREFIX + name, source);
        return this;
    }

    /** All of another port's pages, below a name; they are not listed. */
    public Pages mount(String name, Pages other) {
        mounted.put(PREFIX + name + "/", other);
        return this;
    }

    /** What a path tells as it happens; null if it is none of those. */
    @Nullable
    EventSource eventsAt(String path) {
        return events.get(path);
    }

    /** Runs on a worker. */
    Page answer(String method, String path, Query query) {
        for (Map.Entry<String, Pages> below : mounted.entrySet()) {
            if (path.startsWith(below.getKey())) {
                String rest = path.substring(below.getKey().length());
                return below.getValue().answer(method, PREFIX + rest, query);
            }
        }
        boolean post = method.equals("POST");
        Function<Query, Page> known = (post ? actions : pages).get(path);
        if (known == null) {
            boolean other = (post ? pages : actions).containsKey(path);
            return other ? error(405, path + " takes " + (post ? "GET" : "POST")) : index(path);
        }
        try {
            return known.apply(query);
        } catch (PageRefusedException refused) {
            return error(400, String.valueOf(refused.getMessage()));
        }
    }

    static Page error(int status, String message) {
        return Page.json(status, "{\"error\":" + quoted(message) + "}");
    }

    private static String quoted(String text) {
        return "\""
                + new String(com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance()
                        .quoteAsString(text)) + "\"";
    }

    private Page index(String path) {
        SortedSet<String> names = new TreeSet<>(pages.keySet());
        names.addAll(events.keySet());
        String all = names.stream().collect(Collectors.joining("\",\"", "[\"", "\"]"));
        String posts = actions.keySet().stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(","));
        String known = "\"pages\":" + all + ",\"actions\":[" + posts + "]";
        return path.equals(PREFIX)
                ? Page.json(200, "{" + known + "}")
                : Page.json(404, "{\"error\":\"no such page\"," + known + "}");
    }
}
