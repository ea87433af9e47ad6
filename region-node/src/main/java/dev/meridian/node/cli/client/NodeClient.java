package dev.meridian.node.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.cli.CommandFailedException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks the pages of regions. What goes wrong is a {@link CommandFailedException} of one line. */
public final class NodeClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** The longest that a page may wait for something. */
    private static final Duration ANSWER = Duration.ofMinutes(10);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final String endpoint;
    private final @Nullable SortedMap<String, String> known;

    private NodeClient(String endpoint, @Nullable SortedMap<String, String> known) {
        this.endpoint = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        this.known = known;
    }

    static NodeClient of(String endpoint) {
        return new NodeClient(endpoint, null);
    }

    /** For regions in processes of their own, which have no front door. @param endpoints by region */
    public static NodeClient of(SortedMap<String, String> endpoints) {
        return new NodeClient(endpoints.values().iterator().next(), new TreeMap<>(endpoints));
    }

    /** The endpoints of the regions that this one knows, by name. */
    public SortedMap<String, String> regions() {
        if (known != null) {
            return known;
        }
        TreeMap<String, String> regions = new TreeMap<>();
        ask("GET", endpoint + "/-/regions")
                .path("regions")
                .forEach(region -> regions.put(
                        region.path("region").asText(), region.path("endpoint").asText()));
        return regions;
    }

    /** The bootstrap address of a region's Kafka. */
    public String kafka(String region) {
        for (JsonNode each : ask("GET", endpoint + "/-/regions").path("regions")) {
            if (each.path("region").asText().equals(region)) {
                return each.path("kafka").asText();
            }
        }
        endpointOf(region);
        throw new CommandFailedException("region " + region + " came and went");
    }

    private String endpointOf(String region) {
        SortedMap<String, String> regions = regions();
        String found = regions.get(region);
        if (found == null) {
            throw new CommandFailedException(
                    "no region " + region + " at " + endpoint + "; there are: " + String.join(", ", regions.keySet()));
        }
        return found;
    }

    /** A page of one region. */
    public JsonNode get(String region, String page, Map<String, String> parameters) {
        return ask("GET", endpointOf(region) + "/-/" + page + query(parameters));
    }

    /** An action of one region. */
    public JsonNode post(String region, String action, Map<String, String> parameters) {
        return ask("POST", endpointOf(region) + "/-/" + action + query(parameters));
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

    private JsonNode ask(String method, String url) {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(url))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .timeout(ANSWER)
                    .build();
        } catch (IllegalArgumentException wrong) {
            throw new CommandFailedException("--endpoint: " + wrong.getMessage());
        }
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode body = JSON.readTree(response.body());
            if (response.statusCode() >= 400) {
                throw new CommandFailedException(body.path("error").asText(url + " answers " + response.statusCode()));
            }
            return body;
        } catch (JsonProcessingException other) {
            throw new CommandFailedException(url + " is not Meridian's: its answer is not JSON");
        } catch (IOException away) {
            throw new CommandFailedException("nothing answers at " + url + ": is Meridian running?");
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException("interrupted");
        }
    }
}
