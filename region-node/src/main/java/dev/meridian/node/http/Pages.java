package dev.meridian.node.http;

import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a port says and does for people and their tools, below {@code /-/}. A page may take its time: it runs on a worker. */
public final class Pages {
    static final String PREFIX = "/-/";

    private final SortedMap<String, Function<Query, Page>> pages = new TreeMap<>();
    private final SortedMap<String, Function<Query, Page>> actions = new TreeMap<>();

    /** What a page says. @param status of HTTP */
    public record Page(int status, String contentType, byte[] body) {
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

    /** Runs on a worker. */
    Page answer(String method, String path, Query query) {
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

    private static Page error(int status, String message) {
        return Page.json(status, "{\"error\":" + quoted(message) + "}");
    }

    private static String quoted(String text) {
        return "\""
                + new String(com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance()
                        .quoteAsString(text)) + "\"";
    }

    private Page index(String path) {
        String all = pages.keySet().stream().collect(Collectors.joining("\",\"", "[\"", "\"]"));
        String posts = actions.keySet().stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(","));
        String known = "\"pages\":" + all + ",\"actions\":[" + posts + "]";
        return path.equals(PREFIX)
                ? Page.json(200, "{" + known + "}")
                : Page.json(404, "{\"error\":\"no such page\"," + known + "}");
    }
}
