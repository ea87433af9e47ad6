package dev.meridian.node.console;

import dev.meridian.node.http.Pages;
import dev.meridian.node.http.Pages.Page;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/** The console's page and what it loads, as they are in the jar. Nothing is loaded from anywhere else. */
final class ConsoleFiles {
    private static final String NAME = "console";
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private static final Map<String, String> TYPES = new TreeMap<>(Map.of(
            "index.html", "text/html; charset=utf-8",
            "console.css", "text/css; charset=utf-8",
            "icon.svg", "image/svg+xml"));

    private static final String[] SCRIPTS = {
        "main.js",
        "dom.js",
        "format.js",
        "api.js",
        "model.js",
        "map.js",
        "land.js",
        "places.js",
        "chart.js",
        "overview.js",
        "tables.js",
        "items.js",
        "stream.js",
        "conflicts.js"
    };

    private static final SortedMap<String, Page> FILES = read();

    private static SortedMap<String, Page> read() {
        TreeMap<String, Page> files = new TreeMap<>();
        TYPES.forEach((name, type) -> files.put(name, page(name, type)));
        for (String name : SCRIPTS) {
            files.put(name, page(name, SCRIPT));
        }
        return Collections.unmodifiableSortedMap(files);
    }

    private static Page page(String name, String type) {
        byte[] body;
        try (InputStream in = Objects.requireNonNull(ConsoleFiles.class.getResourceAsStream(name), name)) {
            body = in.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        CRC32 crc = new CRC32();
        crc.update(body);
        TreeMap<String, String> headers = new TreeMap<>(Map.of(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                        + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                "X-Content-Type-Options",
                "nosniff",
                "Referrer-Policy",
                "no-referrer",
                // Asked for each time, and sent only if it is another than the browser has.
                "Cache-Control",
                "no-cache",
                "ETag",
                "\"" + Long.toHexString(crc.getValue()) + "-" + body.length + "\""));
        return new Page(200, type, body, headers);
    }

    void addTo(Pages pages) {
        FILES.forEach((name, page) -> pages.with(name.equals("index.html") ? NAME : NAME + "/" + name, () -> page));
    }
}
