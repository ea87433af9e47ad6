package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.partiql.Statement;
import dev.meridian.node.partiql.StatementParser;
import dev.meridian.node.partiql.Translator;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.TableDescriptor;
import java.util.List;

/** A PartiQL statement with its parameters. */
record BoundStatement(Statement statement, Translator translator) {
    /** The parameters of a request, or of one statement in it. They are checked before the statement is read. */
    static List<AttributeValue> parameters(RequestReader request) {
        List<AttributeValue> parameters = request.valueList("Parameters");
        return parameters == null ? List.of() : parameters;
    }

    static BoundStatement of(RequestReader request, List<AttributeValue> parameters) {
        StatementParser.Parsed parsed = StatementParser.parse(request.requiredText("Statement"));
        return new BoundStatement(parsed.statement(), new Translator(parsed, parameters));
    }

    String tableName(ApiContext context) {
        return RequestReader.tableOf(statement.target().table(), context.region());
    }

    TableDescriptor table(ApiContext context, Catalog catalog) {
        return context.serving(catalog, tableName(context));
    }
}
