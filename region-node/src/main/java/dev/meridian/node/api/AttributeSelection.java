package dev.meridian.node.api;

import dev.meridian.node.expression.Projection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** AttributesToGet, which ProjectionExpression replaced. */
final class AttributeSelection {
    private AttributeSelection() {}

    static @Nullable Projection read(RequestReader request) {
        List<String> names = request.textList("AttributesToGet");
        if (names == null) {
            return null;
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw Keys.invalid("Duplicate value in attribute name: " + name);
            }
        }
        return Projection.attributes(names);
    }
}
