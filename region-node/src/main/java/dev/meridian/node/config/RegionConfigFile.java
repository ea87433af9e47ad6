package dev.meridian.node.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.meridian.model.RegionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads {@code region.yaml}. Every mistake names file, line and field. */
public final class RegionConfigFile {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT);

    private RegionConfigFile() {}

    /** @throws ConfigException if the file cannot be read or says something that cannot be */
    public static RegionConfig read(Path file) {
        try {
            String text = Files.readString(file);
            if (text.isBlank()) {
                throw new ConfigException("the file is empty");
            }
            return YAML.readValue(text, FileShape.class)
                    .toConfig(file.toAbsolutePath().resolveSibling(""));
        } catch (NoSuchFileException missing) {
            throw new ConfigException(file + ": no such file");
        } catch (ConfigException wrong) {
            throw new ConfigException(file + ": " + wrong.getMessage());
        } catch (JacksonException wrong) {
            throw new ConfigException(file + describe(wrong));
        } catch (IOException unreadable) {
            throw new ConfigException(file + ": cannot be read: " + unreadable.getMessage());
        }
    }

    private static String describe(JacksonException wrong) {
        JsonLocation location = wrong.getLocation();
        String line = location == null ? "" : ", line " + location.getLineNr();
        if (wrong instanceof UnrecognizedPropertyException unknown) {
            String known = unknown.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .collect(Collectors.joining(", "));
            return line + ": unknown field '" + unknown.getPropertyName() + "'; known here: " + known;
        }
        String field = wrong instanceof JsonMappingException mapping
                ? mapping.getPath().stream()
                        .map(reference -> reference.getFieldName() == null
                                ? "[" + reference.getIndex() + "]"
                                : reference.getFieldName())
                        .collect(Collectors.joining("."))
                : "";
        String message =
                String.valueOf(wrong.getOriginalMessage()).lines().findFirst().orElse("");
        return line + (field.isEmpty() ? "" : ", field " + field) + ": " + message;
    }

    /** The file as it is written; absent fields are null. */
    private record FileShape(
            @Nullable String region,
            @Nullable String data,
            @Nullable HttpShape http,
            @Nullable KafkaShape kafka,
            @Nullable List<PeerShape> peers,
            @Nullable Integer partitions,
            @Nullable Boolean throttling,
            @Nullable String evictAfter,
            @Nullable DrillShape drill) {
        RegionConfig toConfig(Path folder) {
            HttpShape httpShape = http == null ? new HttpShape(null, null, null, null, null) : http;
            List<PeerConfig> peerConfigs = new ArrayList<>();
            for (PeerShape peer : peers == null ? List.<PeerShape>of() : peers) {
                peerConfigs.add(peer.toConfig());
            }
            return new RegionConfig(
                    regionNamed("region", region),
                    folder.resolve(required("data", data)),
                    httpShape.toConfig(),
                    kafka == null ? new KafkaShape(null, null, null).toConfig() : kafka.toConfig(),
                    peerConfigs,
                    partitions == null ? RegionConfig.PARTITIONS_DEFAULT : partitions,
                    throttling == null || throttling,
                    duration("evictAfter", evictAfter),
                    drill == null ? null : drill.toConfig());
        }
    }

    private record HttpShape(
            @Nullable String host,
            @Nullable Integer port,
            @Nullable List<@Nullable String> names,
            @Nullable List<@Nullable String> crossOrigin,
            @Nullable String advertised) {
        HttpConfig toConfig() {
            return new HttpConfig(
                    host == null ? HttpConfig.HOST_DEFAULT : host,
                    port == null ? HttpConfig.PORT_DEFAULT : port,
                    texts("http.names", names),
                    texts("http.crossOrigin", crossOrigin),
                    advertised);
        }
    }

    private record KafkaShape(
            @Nullable EmbeddedShape embedded,
            @Nullable String bootstrap,
            @Nullable Map<String, String> properties) {
        KafkaConfig toConfig() {
            if (bootstrap != null) {
                if (embedded != null) {
                    throw new ConfigException("kafka: embedded and bootstrap exclude each other");
                }
                return new KafkaConfig.Outside(bootstrap, properties == null ? Map.of() : properties);
            }
            if (properties != null) {
                throw new ConfigException("kafka: properties need a bootstrap");
            }
            return (embedded == null ? new EmbeddedShape(null, null, null) : embedded).toConfig();
        }
    }

    private record EmbeddedShape(
            @Nullable String host,
            @Nullable Integer port,
            @Nullable List<ListenerShape> listeners) {
        KafkaConfig toConfig() {
            return new KafkaConfig.Embedded(
                    host == null ? HttpConfig.HOST_DEFAULT : host,
                    port == null ? KafkaConfig.Embedded.PORT_DEFAULT : port,
                    listeners == null
                            ? List.of()
                            : listeners.stream().map(ListenerShape::toConfig).toList());
        }
    }

    private record ListenerShape(
            @Nullable String name,
            @Nullable Integer port,
            @Nullable String advertised) {
        KafkaConfig.Listener toConfig() {
            String field = "kafka.embedded.listeners";
            if (port == null) {
                throw new ConfigException("field '" + field + ": port' is missing");
            }
            return new KafkaConfig.Listener(
                    required(field + ": name", name), port, required(field + ": advertised", advertised));
        }
    }

    private record DrillShape(@Nullable Long clockOffsetMillis) {
        DrillConfig toConfig() {
            return new DrillConfig(clockOffsetMillis == null ? 0 : clockOffsetMillis);
        }
    }

    private record PeerShape(
            @Nullable String region,
            @Nullable String bootstrap,
            @Nullable Map<String, String> properties,
            @Nullable String http) {
        PeerConfig toConfig() {
            RegionId peer = regionNamed("peers.region", region);
            return new PeerConfig(
                    peer,
                    required("peers: " + peer + ": bootstrap", bootstrap),
                    properties == null ? new TreeMap<>() : new TreeMap<>(properties),
                    http);
        }
    }

    /**
     * As {@code 90s}, {@code 15m}, {@code 12h} or {@code 3d}; zero if it is absent or 0.
     *
     * @throws ConfigException if it is none of these
     */
    public static Duration duration(String field, @Nullable String text) {
        if (text == null || text.equals("0")) {
            return Duration.ZERO;
        }
        return DurationText.parse(text)
                .orElseThrow(
                        () -> new ConfigException(field + ": '" + text + "' is no time such as 90s, 15m, 12h or 3d"));
    }

    private static RegionId regionNamed(String field, @Nullable String name) {
        try {
            return new RegionId(required(field, name));
        } catch (IllegalArgumentException illegal) {
            throw new ConfigException(field + ": " + illegal.getMessage());
        }
    }

    /** Of a list in the file, where an element may be missing. */
    private static List<String> texts(String field, @Nullable List<@Nullable String> texts) {
        List<String> given = new ArrayList<>();
        for (String text : texts == null ? List.<@Nullable String>of() : texts) {
            given.add(required(field, text));
        }
        return given;
    }

    private static String required(String field, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw new ConfigException("field '" + field + "' is missing");
        }
        return value;
    }
}
