package dev.meridian.node.expression;

import dev.meridian.model.Item;
import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A condition or filter, ready to be tested. */
public final class Condition {
    private final Predicate predicate;
    private final Set<String> attributes;
    private final Set<String> documents;

    private Condition(Predicate predicate, Set<String> attributes, Set<String> documents) {
        this.predicate = predicate;
        this.attributes = Collections.unmodifiableSet(attributes);
        this.documents = Collections.unmodifiableSet(documents);
    }

    /** @param kind CONDITION or FILTER: what errors call it */
    public static Condition parse(ExpressionKind kind, String text, Placeholders placeholders) {
        ConditionParser parser = new ConditionParser(kind, text, placeholders);
        return new Condition(parser.parse(), parser.attributes(), parser.documents());
    }

    /** Of a condition whose paths do not go into attributes. */
    public static Condition of(Predicate predicate, Set<String> attributes) {
        return of(predicate, attributes, Set.of());
    }

    /** @param documents of the attributes those that a path goes into */
    public static Condition of(Predicate predicate, Set<String> attributes, Set<String> documents) {
        return new Condition(predicate, attributes, documents);
    }

    /** @param item null if there is none: then no attribute exists */
    public boolean test(@Nullable Item item) {
        return predicate.test(item);
    }

    /** The attributes at the top of the item that the condition looks at. */
    public Set<String> topLevelAttributes() {
        return attributes;
    }

    /** Of these attributes those that a path goes into, which must be documents. */
    public Set<String> documents() {
        return documents;
    }
}
