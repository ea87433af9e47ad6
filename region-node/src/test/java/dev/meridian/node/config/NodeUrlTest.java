package dev.meridian.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeUrlTest {
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8000, http://localhost:8000",
        "http://localhost:8000/, http://localhost:8000",
        "https://meridian.example, https://meridian.example",
        "http://[::1]:8001/, http://[::1]:8001",
        "https://gate.example/eu/, https://gate.example/eu"
    })
    void whatIsAUrlIsTaken(String typed, String taken) {
        assertThat(NodeUrl.typed(typed)).isEqualTo(taken);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "localhost:8000 | write http://localhost:8000",
                "127.0.0.1:8001 | write http://127.0.0.1:8001",
                "[::1]:8001 | write http://[::1]:8001",
                "localhost | write http://localhost:8000",
                "8000 | write http://localhost:8000",
                "ftp://localhost:8000 | write http:// or https://",
                "http:// | is no URL such as http://localhost:8000",
                "http://localhost:99999 | has no host and port",
                "http://localhost:8000/-/console | is more than host and port: write http://localhost:8000",
                "http://localhost:8000/-/ | write http://localhost:8000",
                "http://localhost:8000?a=b | write http://localhost:8000",
                "http://me:secret@localhost:8000 | write http://localhost:8000"
            })
    void whatIsNoneSaysWhatToWrite(String typed, String message) {
        assertThatThrownBy(() -> NodeUrl.typed(typed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aFileMayLeaveTheSchemeOut() {
        assertThat(NodeUrl.configured("http.advertised", "eu.example:8000")).isEqualTo("http://eu.example:8000");
        assertThatThrownBy(() -> NodeUrl.configured("http.advertised", "eu.example"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("http.advertised: 'eu.example' is no URL");
    }

    @Test
    void aRegionBoundToAllAddressesIsReachedWhereItSays() {
        assertThat(new HttpConfig("0.0.0.0", 8000).reachableAt(8000)).isEmpty();
        for (String every : List.of("::", "[::]", "::0", "0::", "0:0:0:0:0:0:0:0")) {
            assertThat(new HttpConfig(every, 8000).reachableAt(8000)).as(every).isEmpty();
        }
        assertThat(new HttpConfig("::1", 8000).reachableAt(8000)).contains("http://[::1]:8000");
        assertThat(new HttpConfig("0.0.0.0", 8000, List.of(), List.of(), "eu.example:80").reachableAt(8000))
                .contains("http://eu.example:80");
        assertThat(new HttpConfig("127.0.0.1", 0).reachableAt(8007)).contains("http://127.0.0.1:8007");
        assertThat(new HttpConfig("::1", 8000).reachableAt(8000)).contains("http://[::1]:8000");
    }
}
