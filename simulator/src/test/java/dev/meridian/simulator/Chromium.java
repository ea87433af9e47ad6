package dev.meridian.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One page in a headless Chromium, steered over the DevTools protocol. */
final class Chromium implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long ANSWER_SECONDS = 30;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();

    /** @param folder for its profile and what it writes itself */
    Chromium(Path binary, Path folder) throws IOException {
        Path profile = Files.createDirectories(folder.resolve("profile"));
        ProcessBuilder builder = new ProcessBuilder(
                        binary.toString(),
                        "--headless=new",
                        "--remote-debugging-port=0",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("chromium.log").toFile());
        builder.environment().put("TMPDIR", folder.toString());
        process = builder.start();
        Path port = profile.resolve("DevToolsActivePort");
        Cluster.await("Chromium listens", () -> !lines(port).isEmpty());
        String endpoint = "http://127.0.0.1:" + lines(port).get(0) + "/json/list";
        Cluster.await("Chromium has a page", () -> page(endpoint) != null);
        URI page = URI.create(Objects.requireNonNull(page(endpoint)));
        socket = http.newWebSocketBuilder().buildAsync(page, new Answers()).join();
        for (String domain : List.of("Runtime", "Log", "Page")) {
            ask(domain + ".enable", JSON.createObjectNode());
        }
    }

    /** Debian's and others' names, on the PATH. */
    static Optional<Path> find() {
        return Arrays.stream(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
                .flatMap(folder -> List.of("chromium", "chromium-browser", "google-chrome").stream()
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException beingWritten) {
            return List.of();
        }
    }

    private @Nullable String page(String endpoint) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint)).build();
            String body =
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            for (JsonNode target : JSON.readTree(body)) {
                if (target.path("type").asText().equals("page")) {
                    return target.path("webSocketDebuggerUrl").asText();
                }
            }
        } catch (IOException notYet) {
            return null;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
        return null;
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence piece, boolean last) {
            text.append(piece);
            if (last) {
                String whole = text.toString();
                text.setLength(0);
                take(whole);
            }
            from.request(1);
            return null;
        }
    }

    private void take(String text) {
        JsonNode message;
        try {
            message = JSON.readTree(text);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        JsonNode parameters = message.path("params");
        switch (message.path("method").asText()) {
            case "" -> {
                CompletableFuture<JsonNode> answer =
                        asked.remove(message.path("id").asInt());
                if (answer != null) {
                    answer.complete(message);
                }
            }
            case "Runtime.exceptionThrown" ->
                errors.add(parameters.path("exceptionDetails").toString());
            case "Runtime.consoleAPICalled" -> {
                if (parameters.path("type").asText().equals("error")) {
                    errors.add(parameters.path("args").toString());
                }
            }
            case "Log.entryAdded" -> {
                if (parameters.path("entry").path("level").asText().equals("error")) {
                    errors.add(parameters.path("entry").toString());
                }
            }
            default -> {}
        }
    }

    private JsonNode ask(String method, ObjectNode parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", parameters);
        socket.sendText(message.toString(), true).join();
        JsonNode whole = answer.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
        if (whole.has("error")) {
            throw new AssertionError(method + ": " + whole.path("error"));
        }
        return whole.path("result");
    }

    void open(String url) {
        ask("Page.navigate", JSON.createObjectNode().put("url", url));
        await(url + " is open", "location.href === " + quoted(url) + " && document.readyState === 'complete'");
    }

    /** @param theme light or dark */
    void look(int width, int height, String theme) {
        ask(
                "Emulation.setDeviceMetricsOverride",
                JSON.createObjectNode()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", width < 500));
        ObjectNode media = JSON.createObjectNode();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", theme);
        ask("Emulation.setEmulatedMedia", media);
    }

    /** What an expression is, in the page; if it is a promise, what that becomes. */
    JsonNode evaluate(String expression) {
        JsonNode answer = ask(
                "Runtime.evaluate",
                JSON.createObjectNode()
                        .put("expression", expression)
                        .put("awaitPromise", true)
                        .put("returnByValue", true));
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.path("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /** Waits until an expression is true in the page. */
    void await(String what, String expression) {
        Cluster.await(what, () -> evaluate("!!(" + expression + ")").asBoolean());
    }

    /** Clicks what a selector finds, as somebody with a mouse would. */
    void click(String selector) {
        await(selector + " is there", "document.querySelector(" + quoted(selector) + ")");
        evaluate("document.querySelector(" + quoted(selector) + ").click()");
    }

    /** Presses a key, as Tab or Enter. */
    void press(String key) {
        for (String type : List.of("rawKeyDown", "char", "keyUp")) {
            ObjectNode event =
                    JSON.createObjectNode().put("type", type).put("key", key).put("code", key);
            event.put("windowsVirtualKeyCode", key.equals("Enter") ? 13 : 9);
            if (type.equals("char") && key.equals("Enter")) {
                event.put("text", "\r");
            }
            if (!type.equals("char") || key.equals("Enter")) {
                ask("Input.dispatchKeyEvent", event);
            }
        }
    }

    /** Fills in a field or chooses an option, and tells the page so. */
    void fill(String selector, String value) {
        String element = "document.querySelector(" + quoted(selector) + ")";
        await(selector + " is there", element);
        evaluate("(() => { const field = " + element + "; field.value = " + quoted(value)
                + "; field.dispatchEvent(new Event('input', {bubbles: true}));"
                + " field.dispatchEvent(new Event('change', {bubbles: true})); })()");
    }

    static String quoted(String text) {
        return JSON.getNodeFactory().textNode(text).toString();
    }

    void screenshot(Path to) throws IOException {
        JsonNode png = ask("Page.captureScreenshot", JSON.createObjectNode().put("format", "png"));
        Files.write(to, Base64.getDecoder().decode(png.path("data").asText()));
    }

    /** What scripts threw or said, and what the browser refused or could not load. */
    List<String> errors() {
        return List.copyOf(errors);
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        // Its files are in a folder that is deleted next.
        process.onExit().orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
    }
}
