package dev.meridian.node.api.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.OperationsFixture;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our shapes are those of the service's model, but for what the running service does otherwise. */
class ShapesTest {
    /** By name of the shape or of its member: how ours differs, and after the dash why. */
    private static final Map<String, String> DEVIATIONS = new TreeMap<>(Map.of(
            "TableArn",
                    "table 1, not string 1..1024 - the service checks a name's length of up to 255 and its pattern, and"
                            + " takes an ARN besides",
            "BatchGetRequestMap key",
                    "RequestedTableName, not TableArn - the service wants names of at least 3 characters here",
            "BatchWriteItemRequestMap key",
                    "String, not TableArn - the service checks these names after the enums, and alone",
            "BatchWriteItemRequestMap length",
                    "none, not 1..25 - the service counts the writes, not the tables, and has its own words for none",
            "CreateTable TableName", "NewTableName, not TableArn - the name of a new table has at least 3 characters",
            "CreateTable KeySchema",
                    "TableKeySchema, not KeySchema - an index may have more key attributes than a table, which has 2",
            "CreateTable KeySchema required", "true, not false - the service does not create a table without a key",
            "CreateTable AttributeDefinitions required",
                    "true, not false - the service does not create a table without a key"));

    private final SortedMap<String, String> found = new TreeMap<>();
    private final Set<String> seen = new HashSet<>();

    @Test
    void ourShapesAreThoseOfTheModel() throws Exception {
        ServiceModel model = ServiceModel.load();
        SortedMap<String, Shape.Structure> ours = Shapes.load(Shapes.DYNAMODB).operations();
        assertThat(ours.keySet()).isEqualTo(model.operations());
        ours.forEach((operation, shape) -> members(operation, shape, model.input(operation), model));
        SortedMap<String, String> known = new TreeMap<>();
        DEVIATIONS.forEach((name, text) -> known.put(name, text.substring(0, text.indexOf(" - "))));
        assertThat(found).isEqualTo(known);
        assertThat(seen).as("shapes compared").hasSizeGreaterThan(200);
    }

    @Test
    void everyOperationIsHandledOrListedAsAbsentAndNoneIsBoth(@TempDir Path folder) throws Exception {
        SortedSet<String> handled = new TreeSet<>();
        try (OperationsFixture region = new OperationsFixture(folder)) {
            for (String operation : ServiceModel.load().operations()) {
                if (region.operations().contains(operation)) {
                    handled.add(operation);
                }
            }
        }
        assertThat(handled).doesNotContainAnyElementsOf(Operations.absent().keySet());
        SortedSet<String> all = new TreeSet<>(handled);
        all.addAll(Operations.absent().keySet());
        assertThat(all).isEqualTo(ServiceModel.load().operations());
    }

    private void members(String owner, Shape.Structure ours, JsonNode structure, ServiceModel model) {
        Map<String, JsonNode> theirs = model.members(structure);
        Set<String> names = new TreeSet<>();
        ours.members().forEach(member -> names.add(member.name()));
        differs(owner + " members", names, new TreeSet<>(theirs.keySet()));
        for (Shape.Member member : ours.members()) {
            JsonNode their = theirs.get(member.name());
            if (their == null) {
                continue;
            }
            String name = owner + " " + member.name();
            differs(
                    name + " required",
                    member.required(),
                    !ServiceModel.trait(their, "required").isMissingNode());
            refers(name, member.shape(), ServiceModel.target(their), model);
        }
    }

    private void refers(String name, Shape ours, String theirs, ServiceModel model) {
        differs(name, ours.name(), theirs);
        if (ours.name().equals(theirs) && seen.add(theirs)) {
            JsonNode shape = model.shape(theirs);
            if (!shape.isMissingNode()) {
                compare(theirs, ours, shape, model);
            }
        }
    }

    private void compare(String name, Shape ours, JsonNode theirs, ServiceModel model) {
        String type = theirs.path("type").asText();
        if (ours instanceof Shape.Structure structure) {
            differs(name + " type", "structure", type);
            members(name, structure, theirs, model);
        } else if (ours instanceof Shape.ListOf list) {
            differs(name + " type", "list", type);
            differs(name + " length", range(list.lengths()), range(ServiceModel.trait(theirs, "length")));
            refers(name + " element", list.element(), ServiceModel.target(theirs.path("member")), model);
        } else if (ours instanceof Shape.MapOf map) {
            differs(name + " type", "map", type);
            differs(name + " length", range(map.lengths()), range(ServiceModel.trait(theirs, "length")));
            refers(name + " key", map.key(), ServiceModel.target(theirs.path("key")), model);
            refers(name + " value", map.value(), ServiceModel.target(theirs.path("value")), model);
        } else if (ours instanceof Shape.Text text) {
            differs(name + " type", "string", type);
            differs(name + " length", range(text.lengths()), range(ServiceModel.trait(theirs, "length")));
            Pattern pattern = text.pattern();
            String their = ServiceModel.trait(theirs, "pattern").asText();
            differs(
                    name + " pattern",
                    pattern == null ? "" : pattern.pattern(),
                    their.replaceFirst("^\\^", "").replaceFirst("\\$$", ""));
        } else if (ours instanceof Shape.Table table) {
            differs(name, "table " + table.least(), type + " " + range(ServiceModel.trait(theirs, "length")));
        } else if (ours instanceof Shape.Enumerated enumerated) {
            differs(name + " values", new TreeSet<>(enumerated.values()), values(theirs, model));
        } else if (ours instanceof Shape.Number number) {
            differs(name + " type", number.javaType().toLowerCase(java.util.Locale.ROOT), type);
            differs(name + " range", range(number.values()), range(ServiceModel.trait(theirs, "range")));
        } else {
            String kind = ours instanceof Shape.Flag
                    ? "boolean"
                    : ours instanceof Shape.Timestamp ? "timestamp" : ours instanceof Shape.Blob ? "blob" : "union";
            differs(name + " type", kind, type);
        }
    }

    private static Set<String> values(JsonNode theirs, ServiceModel model) {
        Set<String> values = new TreeSet<>();
        model.members(theirs)
                .forEach((name, member) ->
                        values.add(ServiceModel.trait(member, "enumValue").asText(name)));
        ServiceModel.trait(theirs, "enum")
                .forEach(value -> values.add(value.path("value").asText()));
        return values;
    }

    private static String range(Shape.Range ours) {
        return ours.least() == null && ours.most() == null
                ? "none"
                : (ours.least() == null ? "" : ours.least()) + ".." + (ours.most() == null ? "" : ours.most());
    }

    private static String range(JsonNode trait) {
        return trait.isMissingNode()
                ? "none"
                : trait.path("min").asText() + ".." + trait.path("max").asText();
    }

    private void differs(String name, Object ours, Object theirs) {
        if (!ours.equals(theirs)) {
            found.put(name, ours + ", not " + theirs);
        }
    }
}
