package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The fields of one mapping. Every refusal names line and field; a field that nobody asked for is refused too. */
final class Fields {
    private static final Pattern DURATION = Pattern.compile("(-?\\d{1,12}(?:\\.\\d{1,6})?)(us|ms|s|m|h|d)");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,12}(?:\\.\\d{1,9})?");
    private static final Pattern BANDWIDTH = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?) ?([kMG])?(bit|B)/s");
    private static final Map<String, Long> UNIT_NANOS = Map.of(
            "us", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L,
            "d", 86_400_000_000_000L);

    private final Yaml.Mapping mapping;
    private final String path;
    private final Set<String> known = new TreeSet<>();

    private Fields(Yaml.Mapping mapping, String path) {
        this.mapping = mapping;
        this.path = path;
    }

    static Fields of(Yaml yaml, String path) {
        if (yaml instanceof Yaml.Mapping mapping) {
            return new Fields(mapping, path);
        }
        throw new ScenarioException("line " + yaml.line() + (path.isEmpty() ? "" : ", field " + path)
                + ": a mapping of fields is expected, not " + yaml.kind());
    }

    private String path(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    int line() {
        return mapping.line();
    }

    /** Something is wrong with a field, or with its absence. */
    ScenarioException wrong(String field, String message) {
        Yaml.Mapping.Entry entry = mapping.entries().get(field);
        int line = entry == null ? mapping.line() : entry.line();
        return new ScenarioException("line " + line + ", field " + path(field) + ": " + message);
    }

    boolean has(String field) {
        return find(field) != null;
    }

    private @Nullable Yaml find(String field) {
        known.add(field);
        Yaml.Mapping.Entry entry = mapping.entries().get(field);
        if (entry == null
                || (entry.value() instanceof Yaml.Scalar scalar && scalar.text().isEmpty())) {
            return null;
        }
        return entry.value();
    }

    /** To be called when all fields have been asked for. */
    void refuseOthers() {
        for (Map.Entry<String, Yaml.Mapping.Entry> entry : mapping.entries().entrySet()) {
            if (!known.contains(entry.getKey())) {
                throw wrong(entry.getKey(), "unknown field; known here: " + String.join(", ", known));
            }
        }
    }

    /** Names that the scenario itself chooses. */
    List<String> names() {
        known.addAll(mapping.entries().keySet());
        return List.copyOf(mapping.entries().keySet());
    }

    @Nullable
    String text(String field) {
        Yaml found = find(field);
        if (found == null) {
            return null;
        }
        if (found instanceof Yaml.Scalar scalar) {
            return scalar.text();
        }
        throw wrong(field, "one value is expected, not " + found.kind());
    }

    String text(String field, String otherwise) {
        String text = text(field);
        return text == null ? otherwise : text;
    }

    String required(String field) {
        String text = text(field);
        if (text == null) {
            throw wrong(field, "missing");
        }
        return text;
    }

    private <T> @Nullable T parsed(String field, Function<String, T> parser) {
        String text = text(field);
        return text == null ? null : parsed(field, text, parser);
    }

    <T> T parsed(String field, String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException illegal) {
            throw wrong(field, String.valueOf(illegal.getMessage()));
        }
    }

    @Nullable
    Duration duration(String field) {
        return parsed(field, Fields::parseDuration);
    }

    Duration duration(String field, Duration otherwise) {
        Duration found = duration(field);
        return found == null ? otherwise : found;
    }

    /** That is not negative. */
    @Nullable
    Duration span(String field) {
        Duration found = duration(field);
        if (found != null && found.isNegative()) {
            throw wrong(field, "must not be negative");
        }
        return found;
    }

    Duration span(String field, Duration otherwise) {
        Duration found = span(field);
        return found == null ? otherwise : found;
    }

    Duration requiredSpan(String field) {
        required(field);
        return span(field, Duration.ZERO);
    }

    private static Duration parseDuration(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher parts = DURATION.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no time such as 250ms, 30s, 5m or 2h");
        }
        double nanos = Double.parseDouble(parts.group(1)) * Objects.requireNonNull(UNIT_NANOS.get(parts.group(2)));
        return Duration.ofNanos(Math.round(nanos));
    }

    @Nullable
    Integer whole(String field, int min, int max) {
        return parsed(field, text -> {
            if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max) {
                throw new IllegalArgumentException("'" + text + "' is no whole number between " + min + " and " + max);
            }
            return Integer.parseInt(text);
        });
    }

    int whole(String field, int min, int max, int otherwise) {
        Integer found = whole(field, min, max);
        return found == null ? otherwise : found;
    }

    boolean flag(String field, boolean otherwise) {
        Boolean found = parsed(field, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        });
        return found == null ? otherwise : found;
    }

    /** As {@code 1%} or {@code 0.01}; 0 to 1. */
    @Nullable
    Double share(String field) {
        return parsed(field, Fields::parseShare);
    }

    static double parseShare(String text) {
        boolean percent = text.endsWith("%");
        String number = percent ? text.substring(0, text.length() - 1).strip() : text;
        if (!NUMBER.matcher(number).matches()) {
            throw new IllegalArgumentException("'" + text + "' is no share such as 1% or 0.01");
        }
        double share = Double.parseDouble(number) / (percent ? 100 : 1);
        if (share > 1) {
            throw new IllegalArgumentException("'" + text + "' is more than 100%");
        }
        return share;
    }

    /** As {@code 50/s}, {@code 30/m} or plainly 50; a second. */
    @Nullable
    Double rate(String field) {
        return parsed(field, text -> {
            int slash = text.indexOf('/');
            String number = slash < 0 ? text : text.substring(0, slash);
            String unit = slash < 0 ? "s" : text.substring(slash + 1);
            if (!NUMBER.matcher(number).matches() || !List.of("s", "m", "h").contains(unit)) {
                throw new IllegalArgumentException("'" + text + "' is no rate such as 50/s or 30/m");
            }
            return Double.parseDouble(number) * 1e9 / Objects.requireNonNull(UNIT_NANOS.get(unit));
        });
    }

    /** Bytes a second. */
    @Nullable
    Long bandwidth(String field) {
        return parsed(field, text -> {
            Matcher parts = BANDWIDTH.matcher(text);
            if (!parts.matches()) {
                throw new IllegalArgumentException("'" + text + "' is no bandwidth such as 100Mbit/s or 5MB/s");
            }
            double scale =
                    switch (parts.group(2) == null ? "" : parts.group(2)) {
                        case "k" -> 1e3;
                        case "M" -> 1e6;
                        case "G" -> 1e9;
                        default -> 1;
                    };
            double bytes =
                    Double.parseDouble(parts.group(1)) * scale / (parts.group(3).equals("bit") ? 8 : 1);
            if (bytes < 1) {
                throw new IllegalArgumentException("'" + text + "' lets nothing through; leave it out for no limit");
            }
            return Math.round(bytes);
        });
    }

    ByteRange bytes(String field, ByteRange otherwise) {
        ByteRange found = parsed(field, text -> {
            if (!text.matches("\\d{1,6}(\\.\\.\\d{1,6})?")) {
                throw new IllegalArgumentException("'" + text + "' is no size in bytes such as 400 or 200..4000");
            }
            int dots = text.indexOf("..");
            int min = Integer.parseInt(dots < 0 ? text : text.substring(0, dots));
            return new ByteRange(min, dots < 0 ? min : Integer.parseInt(text.substring(dots + 2)));
        });
        return found == null ? otherwise : found;
    }

    RegionId region(String field, List<RegionId> regions) {
        return parsed(field, required(field), text -> oneOf(text, regions));
    }

    static RegionId oneOf(String text, List<RegionId> regions) {
        RegionId region = new RegionId(text);
        if (!regions.contains(region)) {
            throw new IllegalArgumentException("'" + text + "' is none of the scenario's regions: " + regions);
        }
        return region;
    }

    /** The texts of a list; one value alone is a list of one. */
    List<String> texts(String field) {
        Yaml found = find(field);
        if (found instanceof Yaml.Scalar scalar) {
            return List.of(scalar.text());
        }
        List<String> texts = new ArrayList<>();
        for (Yaml entry : entries(field)) {
            if (!(entry instanceof Yaml.Scalar scalar)) {
                throw new ScenarioException("line " + entry.line() + ", field " + path(field) + "[" + texts.size()
                        + "]: one value is expected, not " + entry.kind());
            }
            texts.add(scalar.text());
        }
        return texts;
    }

    private List<Yaml> entries(String field) {
        Yaml found = find(field);
        if (found == null) {
            return List.of();
        }
        if (found instanceof Yaml.Sequence sequence) {
            return sequence.entries();
        }
        throw wrong(field, "a list is expected, not " + found.kind());
    }

    /** The mappings of a list. */
    List<Fields> list(String field) {
        List<Fields> list = new ArrayList<>();
        for (Yaml entry : entries(field)) {
            list.add(of(entry, path(field) + "[" + list.size() + "]"));
        }
        return list;
    }

    /** An absent mapping has no fields. */
    Fields mapping(String field) {
        Yaml found = find(field);
        return found == null
                ? new Fields(new Yaml.Mapping(mapping.line(), new LinkedHashMap<>()), path(field))
                : of(found, path(field));
    }
}
