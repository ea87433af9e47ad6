package dev.meridian.node.partiql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement in its parts. */
public sealed interface Statement {
    Target target();

    /** Whether it only reads; EXISTS goes with the writes of a transaction. */
    default boolean isRead() {
        return false;
    }

    /**
     * What a statement is about.
     *
     * @param index null for the table itself
     */
    record Target(String table, @Nullable String index) {}

    /** @param columns empty for all of an item */
    record Select(
            Target target, List<Expr> columns, @Nullable Expr where, List<Order> orders) implements Statement {
        @Override
        public boolean isRead() {
            return true;
        }
    }

    /** One key of ORDER BY. */
    record Order(Expr key, boolean ascending) {}

    record Insert(Target target, Expr item) implements Statement {}

    /** @param returning null for nothing */
    record Update(
            Target target,
            List<Change> changes,
            @Nullable Expr where,
            @Nullable Returning returning) implements Statement {}

    /** SET of a value, or REMOVE if there is none. */
    record Change(Expr.Reference path, @Nullable Expr value) {}

    /** @param returning null for nothing */
    record Delete(
            Target target, @Nullable Expr where, @Nullable Returning returning) implements Statement {}

    /** A condition on an item, in a transaction of writes. */
    record Exists(Select select) implements Statement {
        @Override
        public Target target() {
            return select.target();
        }
    }

    /** What RETURNING asks for. */
    enum Returning {
        ALL_OLD("ALL OLD"),
        ALL_NEW("ALL NEW"),
        MODIFIED_OLD("MODIFIED OLD"),
        MODIFIED_NEW("MODIFIED NEW");

        private final String words;

        Returning(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }
}
