package dev.meridian.node.http;

import dev.meridian.model.Excerpt;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.streams.DamagedRowException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a port says and does for people and their tools, below {@code /-/}. A page may take its time: it runs on a worker. */
public final class Pages {
    static final String PREFIX = "/-/";

    private final SortedMap<String, Entry> pages = new TreeMap<>();
    private final SortedMap<String, Entry> actions = new TreeMap<>();
    private final SortedMap<String, EventSource> events = new TreeMap<>();
    private final SortedMap<String, Pages> mounted = new TreeMap<>();

    /** @param parameters that it takes; any other is refused */
    private record Entry(Function<Query, Page> answer, SortedSet<String> parameters) {
        static Entry of(Function<Query, Page> answer, String... parameters) {
            return new Entry(answer, new TreeSet<>(List.of(parameters)));
        }

        Page answer(String path, Query query) {
            for (String given : query.parameters().keySet()) {
                if (!parameters.contains(given)) {
                    throw new PageRefusedException("'" + Excerpt.of(given)
                            + "' is no parameter of " + path + ", which takes "
                            + (parameters.isEmpty() ? "none" : String.join(", ", parameters)));
                }
            }
            return answer.apply(query);
        }
    }

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

        /** @throws PageRefusedException if it is there and neither true nor false */
        public boolean flag(String name) {
            String value = get(name, "false");
            if (!value.equals("true") && !value.equals("false")) {
                throw new PageRefusedException("'" + name + "' is true or false, not '" + Excerpt.of(value) + "'");
            }
            return value.equals("true");
        }

        /** @throws PageRefusedException if it is there and no whole number between the two */
        public long number(String name, long absent, long least, long most) {
            String value = get(name, "");
            if (value.isEmpty()) {
                return absent;
            }
            try {
                long number = Long.parseLong(value);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException not) {
                throw new PageRefusedException("'" + name + "' is not a number: '" + Excerpt.of(value) + "'");
            }
            throw new PageRefusedException("'" + name + "' is between " + least + " and " + most);
        }
    }

    /** A request of a page that cannot be answered: a 400 with the message. */
    public static class PageRefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public PageRefusedException(String message) {
            super(message, null, false, false);
        }
    }

    /** What a page is asked for is not there: a 404 with the message. */
    public static final class NothingThereException extends PageRefusedException {
        private static final long serialVersionUID = 1L;

        public NothingThereException(String message) {
            super(message);
        }

        public static NothingThereException table(String name) {
            return new NothingThereException("there is no table " + Excerpt.of(name));
        }
    }

    /** A page that takes no parameters. */
    public Pages with(String name, Supplier<Page> page) {
        return with(name, query -> page.get());
    }

    /** @param parameters that it takes */
    public Pages with(String name, Function<Query, Page> page, String... parameters) {
        pages.put(PREFIX + name, Entry.of(page, parameters));
        return this;
    }

    /** What a POST does. @param parameters that it takes */
    public Pages action(String name, Function<Query, Page> action, String... parameters) {
        actions.put(PREFIX + name, Entry.of(action, parameters));
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
        boolean get = method.equals("GET") || method.equals("HEAD");
        Entry known = post ? actions.get(path) : get ? pages.get(path) : null;
        if (known == null) {
            boolean asPage = pages.containsKey(path) || (!get && events.containsKey(path));
            return asPage || actions.containsKey(path)
                    ? error(405, path + " takes " + (asPage ? "GET" : "POST"))
                    : index(path);
        }
        try {
            return known.answer(path, query);
        } catch (NothingThereException nothing) {
            return error(404, String.valueOf(nothing.getMessage()));
        } catch (PageRefusedException refused) {
            return error(400, String.valueOf(refused.getMessage()));
        } catch (DamagedValueException | DamagedRowException damaged) {
            return error(500, String.valueOf(damaged.getMessage()));
        } catch (StorageFaultException away) {
            return error(503, away.sentence());
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof StorageFaultException away) {
                return error(503, away.sentence());
            }
            throw failed;
        }
    }

    /** What a request sent is in the message only in part if it is long. */
    public static Page error(int status, String message) {
        return Page.json(status, "{\"error\":" + quoted(Excerpt.ofMessage(message)) + "}");
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
