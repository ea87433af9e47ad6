package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.partiql.Statement;
import dev.meridian.node.partiql.Statement.Returning;
import dev.meridian.node.partiql.Translator;
import dev.meridian.node.store.TableDescriptor;
import org.jspecify.annotations.Nullable;

/** PartiQL statements that write, as actions on one item each. */
final class StatementWrites {
    private final TableDescriptor table;
    private final Statement statement;
    private final Translator translator;
    private final StatementKeys keys;

    StatementWrites(BoundStatement bound, TableDescriptor table) {
        this.table = table;
        this.statement = bound.statement();
        this.translator = bound.translator();
        this.keys = new StatementKeys(table.schema(), translator);
        if (statement.target().index() != null && !statement.isRead() && !(statement instanceof Statement.Exists)) {
            throw ApiException.validation("Writes on indices are not supported");
        }
    }

    /** What RETURNING asks for. */
    static @Nullable Returning returning(Statement statement) {
        if (statement instanceof Statement.Update update) {
            return update.returning();
        }
        return statement instanceof Statement.Delete delete ? delete.returning() : null;
    }

    /** @throws ApiException if the statement does not make sense, or names no item of the table */
    ItemAction alone(boolean returnsOldOnFailure) {
        Returning returning = returning(statement);
        if (statement instanceof Statement.Delete && returning != null && returning != Returning.ALL_OLD) {
            throw ApiException.validation("Invalid returning clause: RETURNING " + returning.words()
                    + " *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
        }
        if (statement instanceof Statement.Update update) {
            return update(update, requireOne(keys.split(update.where())), returnsOldOnFailure);
        } else if (statement instanceof Statement.Delete delete) {
            return delete(delete, requireOne(keys.split(delete.where())), returnsOldOnFailure);
        } else if (statement instanceof Statement.Insert insert) {
            return new ItemInsert(table.name(), translator.item(insert));
        }
        throw ApiException.validation("EXISTS() is supported only in ExecuteTransaction");
    }

    private StatementKeys.Split requireOne(StatementKeys.Split split) {
        if (split.repeated() != null) {
            throw multiple(split.repeated());
        }
        if (!keys.isComplete(split.key())) {
            throw ApiException.validation("Where clause does not contain a mandatory equality on all key attributes");
        }
        return split;
    }

    private static ApiException multiple(String key) {
        return ApiException.validation(
                "Multiple conditions on same key " + key + ". Only single item Update/Insert/Delete are supported");
    }

    /**
     * As one of a transaction, where a key that is not fit cancels the transaction.
     *
     * @throws ApiException if the statement does not make sense
     */
    ItemAction inTransaction(boolean returnsOldOnFailure) {
        if (returning(statement) != null) {
            throw ApiException.validation("RETURNING clause is not supported in ExecuteTransaction.");
        }
        if (statement instanceof Statement.Update update) {
            StatementKeys.Split split = keys.split(update.where());
            return unlessRepeated(split, update(update, split, returnsOldOnFailure));
        } else if (statement instanceof Statement.Delete delete) {
            StatementKeys.Split split = keys.split(delete.where());
            return unlessRepeated(split, delete(delete, split, returnsOldOnFailure));
        } else if (statement instanceof Statement.Insert insert) {
            return new ItemInsert(table.name(), translator.item(insert));
        }
        return check((Statement.Exists) statement, returnsOldOnFailure);
    }

    private ItemAction unlessRepeated(StatementKeys.Split split, ItemAction action) {
        return split.repeated() == null ? action : new ItemRefused(table.name(), multiple(split.repeated()));
    }

    /** Only of an item that is there: unlike UpdateItem, UPDATE makes none. */
    private ItemUpdate update(Statement.Update update, StatementKeys.Split split, boolean returnsOldOnFailure) {
        Condition condition = translator.conditionOnExisting(partition(), split.rest());
        return new ItemUpdate(table.name(), split.key(), translator.update(update), condition, returnsOldOnFailure);
    }

    /** An item that is not there is as good as deleted, whatever else was asked of it. */
    private ItemDelete delete(Statement.Delete delete, StatementKeys.Split split, boolean returnsOldOnFailure) {
        Condition condition = translator.conditionUnlessMissing(partition(), split.rest());
        return new ItemDelete(table.name(), split.key(), condition, returnsOldOnFailure);
    }

    private ItemCheck check(Statement.Exists exists, boolean returnsOldOnFailure) {
        if (exists.target().index() != null) {
            throw ApiException.validation("Reads on indices are not supported within transactions.");
        }
        StatementKeys.Split split = keys.split(exists.select().where());
        Condition condition = translator.condition(split.rest());
        if (condition == null || !keys.isComplete(split.key())) {
            throw ApiException.validation("EXISTS() must contain a single item read with additional condition");
        }
        return new ItemCheck(table.name(), split.key(), condition, returnsOldOnFailure);
    }

    private String partition() {
        return table.schema().partition().name();
    }

    /** What RETURNING shows of a write; null for nothing, or for nothing that is there. */
    static @Nullable Item returned(@Nullable Returning returning, Planned done) {
        if (returning == null) {
            return null;
        }
        Item item =
                switch (returning) {
                    case ALL_OLD -> done.before();
                    case ALL_NEW -> done.outcome().after();
                    case MODIFIED_OLD ->
                        done.action() instanceof ItemUpdate update ? update.updatedOld(done.before()) : null;
                    case MODIFIED_NEW -> done.outcome().updated();
                };
        return item == null || item.attributes().isEmpty() ? null : item;
    }
}
