package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which parts of an item are wanted. */
public final class Projection {
    private final List<Path> paths;

    private Projection(List<Path> paths) {
        this.paths = List.copyOf(paths);
    }

    public static Projection parse(String text, Placeholders placeholders) {
        return new Projection(new ProjectionParser(text, placeholders).parse());
    }

    /** Whole attributes, as AttributesToGet names them. */
    public static Projection attributes(List<String> names) {
        return new Projection(
                names.stream().map(name -> new Path(name, List.of())).toList());
    }

    /** The attributes at the top of the item that any of the paths begins with. */
    public Set<String> topLevelAttributes() {
        return paths.stream().map(Path::attribute).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The attributes that a path goes into, which must be documents. */
    public Set<String> documents() {
        return Path.documents(paths.stream());
    }

    static Projection of(List<Path> paths) {
        return new Projection(paths);
    }

    /** The parts that are there. Of a list, the elements asked for, closed up in their order. */
    public Item apply(Item item) {
        TreeMap<String, AttributeValue> parts = new TreeMap<>();
        Map<Path.Step, List<List<Path.Step>>> byAttribute = new LinkedHashMap<>();
        for (Path path : paths) {
            byAttribute
                    .computeIfAbsent(new Path.Step.Name(path.attribute()), unused -> new ArrayList<>())
                    .add(path.steps());
        }
        byAttribute.forEach((step, rests) -> {
            String name = ((Path.Step.Name) step).name();
            AttributeValue value = item.get(name);
            AttributeValue part = value == null ? null : part(value, rests);
            if (part != null) {
                parts.put(name, part);
            }
        });
        return new Item(parts);
    }

    private static @Nullable AttributeValue part(AttributeValue value, List<List<Path.Step>> wanted) {
        if (wanted.stream().anyMatch(List::isEmpty)) {
            return value;
        }
        Map<Path.Step, List<List<Path.Step>>> byStep = new LinkedHashMap<>();
        wanted.forEach(steps -> byStep.computeIfAbsent(steps.get(0), unused -> new ArrayList<>())
                .add(steps.subList(1, steps.size())));
        if (value instanceof AttributeValue.M) {
            TreeMap<String, AttributeValue> members = new TreeMap<>();
            byStep.forEach((step, rests) -> {
                AttributeValue child = Path.child(value, step);
                AttributeValue part = child == null ? null : part(child, rests);
                if (part != null) {
                    members.put(((Path.Step.Name) step).name(), part);
                }
            });
            return members.isEmpty() ? null : new AttributeValue.M(members);
        }
        TreeMap<Integer, AttributeValue> elements = new TreeMap<>();
        byStep.forEach((step, rests) -> {
            AttributeValue child = Path.child(value, step);
            AttributeValue part = child == null ? null : part(child, rests);
            if (part != null) {
                elements.put(((Path.Step.Index) step).index(), part);
            }
        });
        return elements.isEmpty() ? null : new AttributeValue.L(List.copyOf(elements.values()));
    }

    private static final class ProjectionParser extends Parser {
        ProjectionParser(String text, Placeholders placeholders) {
            super(ExpressionKind.PROJECTION, text, placeholders, Set.of());
        }

        List<Path> parse() {
            List<Path> paths = new ArrayList<>();
            do {
                paths.add(path());
            } while (skipSymbol(","));
            Path.checkDistinct(faults, paths);
            finish();
            return paths;
        }
    }
}
