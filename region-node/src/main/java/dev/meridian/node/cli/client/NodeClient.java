package dev.meridian.node.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.cli.CommandFailedException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks the pages of regions. The endpoint is a front door or the port of one region; either tells where the other regions
 * are. Before a region is first asked, it must say that it is that region, so that a wrong address is never taken for an
 * answer. What goes wrong is a {@link CommandFailedException} of one line.
 */
public final class NodeClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** For pages that answer at once, unless the node stands still. */
    private static final Duration ANSWER_SOON = Duration.ofSeconds(5);

    /** The longest that a page may wait for something. */
    private static final Duration ANSWER = Duration.ofMinutes(10);

    private static final int ERROR = 400;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERROR = 500;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final String endpoint;
    private final Duration soon;
    private final Map<String, String> checked = new ConcurrentHashMap<>();
    private @Nullable SortedMap<String, Place> places;

    /**
     * Where a region is.
     *
     * @param url null if it is not known
     * @param answering whether it is the region that told of the others
     */
    private record Place(@Nullable String url, @Nullable String kafka, boolean answering) {}

    private record Answer(int status, JsonNode body) {}

    private NodeClient(String endpoint, Duration soon, @Nullable SortedMap<String, Place> places) {
        this.endpoint = endpoint;
        this.soon = soon;
        this.places = places;
    }

    static NodeClient of(String endpoint) {
        return of(endpoint, ANSWER_SOON);
    }

    /** @param soon how long a page may take that answers at once */
    static NodeClient of(String endpoint, Duration soon) {
        return new NodeClient(endpoint, soon, null);
    }

    /** For regions that need not be looked for. @param endpoints by region */
    public static NodeClient of(SortedMap<String, String> endpoints) {
        return of(endpoints, ANSWER_SOON);
    }

    static NodeClient of(SortedMap<String, String> endpoints, Duration soon) {
        TreeMap<String, Place> places = new TreeMap<>();
        endpoints.forEach((region, url) -> places.put(region, new Place(url, null, false)));
        return new NodeClient(endpoints.values().iterator().next(), soon, places);
    }

    /** The regions that the endpoint knows, whether they answer or not. */
    public SortedSet<String> regions() {
        return new TreeSet<>(places().keySet());
    }

    private synchronized SortedMap<String, Place> places() {
        SortedMap<String, Place> known = places;
        if (known == null) {
            known = new TreeMap<>();
            for (JsonNode each : ask(null, "GET", endpoint, "/-/regions", soon).path("regions")) {
                boolean self = each.path("self").asBoolean();
                known.put(
                        each.path("region").asText(),
                        new Place(
                                // What it tells others may not be how it is reached from here.
                                self ? endpoint : each.path("endpoint").textValue(),
                                each.path("kafka").textValue(),
                                self));
            }
            if (known.isEmpty()) {
                throw new CommandFailedException(
                        "what answers at " + endpoint + " is not Meridian: it names no region");
            }
            places = known;
        }
        return known;
    }

    private Place place(String region) {
        Place found = places().get(region);
        if (found == null) {
            throw new CommandFailedException("no region " + region + " is known at " + endpoint + "; there are: "
                    + String.join(", ", places().keySet()));
        }
        return found;
    }

    /** The bootstrap address of a region's Kafka. */
    public String kafka(String region) {
        String kafka = place(region).kafka();
        if (kafka == null) {
            throw new CommandFailedException(endpoint + " does not tell the Kafka of region " + region);
        }
        return kafka;
    }

    /** The URL of a region's port. */
    private String urlOf(String region) {
        String known = checked.get(region);
        if (known != null) {
            return known;
        }
        Place place = place(region);
        String url = place.url();
        if (url == null) {
            throw new RegionAwayException("the address of region " + region + " is not known at " + endpoint
                    + ": either it has not been heard of since that node started, or its config needs http.advertised;"
                    + " peers.http there says where it is");
        }
        if (!place.answering()) {
            check(region, url);
        }
        checked.put(region, url);
        return url;
    }

    private void check(String region, String url) {
        String who =
                send(region, "GET", url, "/-/ready", soon).body().path("region").asText();
        if (!who.equals(region)) {
            throw new RegionAwayException(url + " is told to be region " + region + ", but "
                    + (who.isEmpty() ? "something else" : "region " + who) + " answers there: set http.advertised of "
                    + region + ", or peers.http");
        }
    }

    /** A page of one region. */
    public JsonNode get(String region, String page, Map<String, String> parameters) {
        return ask(region, "GET", urlOf(region), "/-/" + page + query(parameters), ANSWER);
    }

    /** What a region says of its health: an answer, also if it is that the region is not healthy. */
    JsonNode health(String region) {
        return send(region, "GET", urlOf(region), "/-/healthy", soon).body();
    }

    /** An action of one region. */
    public JsonNode post(String region, String action, Map<String, String> parameters) {
        return ask(region, "POST", urlOf(region), "/-/" + action + query(parameters), ANSWER);
    }

    private static String query(Map<String, String> parameters) {
        return parameters.isEmpty()
                ? ""
                : parameters.entrySet().stream()
                        .map(parameter -> encoded(parameter.getKey()) + "=" + encoded(parameter.getValue()))
                        .collect(Collectors.joining("&", "?", ""));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** @param region that is asked; null if that is not known */
    private JsonNode ask(@Nullable String region, String method, String url, String path, Duration patience) {
        Answer answer = send(region, method, url, path, patience);
        if (answer.status() < ERROR) {
            return answer.body();
        }
        String error = answer.body().path("error").asText(url + path + " answers " + answer.status());
        if (region != null && answer.status() >= SERVER_ERROR) {
            throw new RegionAwayException("region " + region + " cannot answer at " + url + ": " + error);
        }
        // A page that is not there lists those that are.
        if (answer.status() == NOT_FOUND && !answer.body().has("pages")) {
            throw new NotFoundException(error);
        }
        throw new CommandFailedException(error);
    }

    private Answer send(@Nullable String region, String method, String url, String path, Duration patience) {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(url + path))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .timeout(patience)
                    .build();
        } catch (IllegalArgumentException wrong) {
            throw new CommandFailedException(url + " cannot be asked: " + wrong.getMessage());
        }
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), JSON.readTree(response.body()));
        } catch (JsonProcessingException other) {
            throw away(region, url, path + " is not JSON, so it is not Meridian");
        } catch (HttpConnectTimeoutException slow) {
            throw silent(region, url, "no connection within " + CONNECT.toSeconds() + " s");
        } catch (HttpTimeoutException slow) {
            throw silent(region, url, "no answer within " + patience.toSeconds() + " s");
        } catch (IOException gone) {
            throw silent(region, url, "is Meridian running?");
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException("interrupted");
        }
    }

    private CommandFailedException silent(@Nullable String region, String url, String why) {
        return away(region, url, isPlain(url) ? "write http://, it speaks no TLS" : why);
    }

    /** Whether HTTP without TLS is spoken where an https URL points to. */
    private boolean isPlain(String url) {
        if (!url.regionMatches(true, 0, "https:", 0, "https:".length())) {
            return false;
        }
        String plain = "http:" + url.substring("https:".length());
        try {
            http.send(
                    HttpRequest.newBuilder(URI.create(plain)).timeout(soon).build(),
                    HttpResponse.BodyHandlers.discarding());
            return true;
        } catch (IOException neither) {
            return false;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static CommandFailedException away(@Nullable String region, String url, String why) {
        return region == null
                ? new CommandFailedException("nothing answers at " + url + ": " + why)
                : new RegionAwayException("region " + region + " does not answer at " + url + ": " + why);
    }
}
