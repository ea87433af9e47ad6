package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.http.Pages.NothingThereException;
import dev.meridian.node.http.Pages.Page;
import dev.meridian.node.http.Pages.Query;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PagesTest {
    private final AtomicInteger done = new AtomicInteger();
    private final Pages pages = new Pages()
            .with("plain", () -> Page.json(200, "{}"))
            .with(
                    "table",
                    query -> {
                        throw NothingThereException.table(query.require("name"));
                    },
                    "name")
            .action(
                    "do",
                    query -> {
                        String json = query.flag("wait") + " " + query.number("limit", 7, 1, 10);
                        done.incrementAndGet();
                        return Page.json(200, json);
                    },
                    "wait",
                    "limit");

    private String answer(String method, String path, Map<String, String> parameters) {
        Page page = pages.answer(method, "/-/" + path, new Query(new TreeMap<>(parameters)));
        return page.status() + " " + new String(page.body(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void flagsAndNumbersAreWhatTheyAre() {
        assertThat(answer("POST", "do", Map.of())).isEqualTo("200 false 7");
        assertThat(answer("POST", "do", Map.of("wait", "true", "limit", "10"))).isEqualTo("200 true 10");
        assertThat(done).hasValue(2);
    }

    @Test
    void whatMakesNoSenseIsRefusedBeforeAnythingIsDone() {
        assertThat(answer("POST", "do", Map.of("wait", "maybe")))
                .isEqualTo("400 {\"error\":\"'wait' is true or false, not 'maybe'\"}");
        assertThat(answer("POST", "do", Map.of("limit", "ten"))).contains("400", "'limit' is not a number: 'ten'");
        for (String number : new String[] {"-1", "0", "11"}) {
            assertThat(answer("POST", "do", Map.of("limit", number))).contains("400", "'limit' is between 1 and 10");
        }
        assertThat(answer("POST", "do", Map.of("limit", "99999999999999999999")))
                .contains("400");
        assertThat(answer("POST", "do", Map.of("wiat", "true")))
                .isEqualTo("400 {\"error\":\"'wiat' is no parameter of /-/do, which takes limit, wait\"}");
        assertThat(answer("GET", "plain", Map.of("x", "y")))
                .isEqualTo("400 {\"error\":\"'x' is no parameter of /-/plain, which takes none\"}");
        assertThat(done).hasValue(0);
    }

    @Test
    void whatIsNotThereIsA404() {
        assertThat(answer("GET", "table", Map.of("name", "nope")))
                .isEqualTo("404 {\"error\":\"there is no table nope\"}");
        assertThat(answer("GET", "table", Map.of("name", "n".repeat(5_000)))).hasSizeLessThan(400);
    }
}
