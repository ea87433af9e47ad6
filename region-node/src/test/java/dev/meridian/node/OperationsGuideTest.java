package dev.meridian.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.config.RegionConfigFile;
import dev.meridian.node.store.StorageFault;
import dev.meridian.replicator.Alarm;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The guide says of each key and alarm what it is, and of none that is not there. */
class OperationsGuideTest {
    private static final Pattern KEY = Pattern.compile("^\\| `([A-Za-z.]+)` \\|", Pattern.MULTILINE);

    private static String section(String title) throws IOException {
        String guide = Files.readString(Path.of("OPERATIONS.md"));
        int start = guide.indexOf("## " + title + "\n");
        assertThat(start).as(title).isNotNegative();
        int end = guide.indexOf("\n## ", start);
        return guide.substring(start, end < 0 ? guide.length() : end);
    }

    /** Of the config file, as its reader has them. */
    private static void keys(Class<?> shape, String prefix, List<String> found) {
        for (RecordComponent field : shape.getRecordComponents()) {
            Type type = field.getGenericType();
            if (type instanceof ParameterizedType list && list.getRawType().equals(List.class)) {
                type = list.getActualTypeArguments()[0];
            }
            if (type instanceof Class<?> nested && nested.isRecord()) {
                keys(nested, prefix + field.getName() + ".", found);
            } else {
                found.add(prefix + field.getName());
            }
        }
    }

    @Test
    void eachConfigurationKeyIsInTheTable() throws Exception {
        List<String> keys = new ArrayList<>();
        keys(Class.forName(RegionConfigFile.class.getName() + "$FileShape"), "", keys);
        assertThat(KEY.matcher(section("Configuration"))
                        .results()
                        .map((MatchResult match) -> match.group(1))
                        .toList())
                .containsExactlyElementsOf(keys);
    }

    @Test
    void eachAlarmIsInTheTable() throws IOException {
        String table = section("Watching");
        for (Alarm.Kind kind : Alarm.Kind.values()) {
            assertThat(table).contains("| `" + kind + "` |");
        }
        for (String other : List.of("CLOCK_SKEW", "EVICTED", "STOPPED", "BUS_AWAY", "PAUSED")) {
            assertThat(table).contains("| `" + other + "`");
        }
        for (StorageFault fault : StorageFault.values()) {
            String alarm = fault.alarm();
            assertThat(table)
                    .contains("| `" + alarm.substring(0, alarm.indexOf(':')) + "` in health")
                    .contains("`" + fault.tag() + "`");
        }
    }
}
