package dev.meridian.node.partiql;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Path;
import dev.meridian.node.partiql.Expr.Reference;
import dev.meridian.node.partiql.Statement.Change;
import dev.meridian.node.partiql.Statement.Order;
import dev.meridian.node.partiql.Statement.Returning;
import dev.meridian.node.partiql.Statement.Select;
import dev.meridian.node.partiql.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a statement: one method for each kind. What stands within its clauses is for {@link ExprParser}. */
public final class StatementParser {
    private final Tokens tokens;
    private final ExprParser expressions;

    private StatementParser(String text) {
        tokens = new Tokens(Lexer.tokens(text));
        expressions = new ExprParser(tokens);
    }

    /**
     * A statement as it was read.
     *
     * @param parameters how many question marks it has
     */
    public record Parsed(Statement statement, int parameters) {}

    /** @throws ApiException in DynamoDB's words, if the statement cannot be read */
    public static Parsed parse(String text) {
        StatementParser parser = new StatementParser(text);
        Statement statement = parser.statement();
        parser.tokens.requireEnd();
        return new Parsed(statement, parser.expressions.parameters());
    }

    private Statement statement() {
        if (tokens.skipKeyword("select")) {
            return select();
        } else if (tokens.skipKeyword("insert")) {
            return insert();
        } else if (tokens.skipKeyword("update")) {
            return update();
        } else if (tokens.skipKeyword("delete")) {
            return delete();
        } else if (tokens.skipKeyword("from")) {
            return updateFromFirst();
        } else if (tokens.peek().isKeyword("exists") && tokens.peek(1).isSymbol("(")) {
            return exists();
        }
        throw noStatement();
    }

    /** Something else: DynamoDB reads it as an expression, in which FROM begins a manipulation of data. */
    private ApiException noStatement() {
        if (tokens.anyKeyword("from")) {
            return Malformed.statement("Expected data manipulation");
        }
        Expr bare = expressions.expression();
        tokens.requireEnd();
        return bare instanceof Expr.Is
                ? ApiException.validation("Unsupported operation: IsType")
                : Malformed.statement("Expected data manipulation");
    }

    private Select select() {
        List<Expr> columns = columns();
        tokens.requireKeyword("from");
        Target target = source();
        refuseAlias();
        Expr where = where();
        List<Order> orders = orders();
        refuseClause();
        return new Select(target, columns, where, orders);
    }

    private List<Expr> columns() {
        List<Expr> columns = new ArrayList<>();
        if (tokens.skipSymbol("*")) {
            return columns;
        }
        do {
            columns.add(expressions.expression());
            refuseAlias();
        } while (tokens.skipSymbol(","));
        return columns;
    }

    private void refuseAlias() {
        Token next = tokens.peek();
        if (next.isName() || next.isKeyword("as")) {
            throw ApiException.validation("Aliasing is not supported");
        }
    }

    private void refuseClause() {
        Token next = tokens.peek();
        for (String clause : List.of("limit", "offset", "group", "having")) {
            if (next.isKeyword(clause)) {
                throw ApiException.validation(
                        "Unsupported clause: " + clause.toUpperCase(Locale.ROOT) + " at " + next.place());
            }
        }
    }

    /** A table, or one of its indexes behind a point. */
    private Target source() {
        if (!tokens.peek().isName()) {
            throw expressions.unexpected(tokens.peek());
        }
        return target();
    }

    private Target simplePath() {
        if (!tokens.peek().isName()) {
            throw noSimplePath();
        }
        return target();
    }

    private static ApiException noSimplePath() {
        return Malformed.statement("Expected identifier for simple path");
    }

    private Target target() {
        String table = tokens.next().text();
        if (!tokens.skipSymbol(".")) {
            return new Target(table, null);
        }
        if (!tokens.peek().isName()) {
            throw Malformed.statement("Invalid path dot component");
        }
        return new Target(table, tokens.next().text());
    }

    private @Nullable Expr where() {
        return tokens.skipKeyword("where") ? expressions.expression() : null;
    }

    private List<Order> orders() {
        List<Order> orders = new ArrayList<>();
        if (!tokens.skipKeyword("order")) {
            return orders;
        }
        tokens.requireKeyword("by");
        do {
            Expr key = expressions.expression();
            boolean descending = tokens.skipKeyword("desc");
            if (!descending) {
                tokens.skipKeyword("asc");
            }
            orders.add(new Order(key, !descending));
        } while (tokens.skipSymbol(","));
        return orders;
    }

    private Statement insert() {
        tokens.requireKeyword("into");
        Target target = simplePath();
        if (!tokens.skipKeyword("value")) {
            expressions.expression();
            tokens.requireEnd();
            throw Malformed.statement("Expected VALUE");
        }
        return new Statement.Insert(target, expressions.expression());
    }

    private Statement update() {
        Target target = simplePath();
        refuseAlias();
        List<Change> changes = changes();
        return new Statement.Update(target, changes, where(), returning());
    }

    private Statement updateFromFirst() {
        Target target = source();
        refuseAlias();
        Expr where = where();
        List<Change> changes = changes();
        return new Statement.Update(target, changes, where, returning());
    }

    private List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        while (true) {
            if (tokens.skipKeyword("set")) {
                do {
                    Reference path = path();
                    tokens.requireSymbol("=");
                    changes.add(new Change(path, expressions.expression()));
                } while (tokens.skipSymbol(","));
            } else if (tokens.skipKeyword("remove")) {
                changes.add(new Change(path(), null));
            } else if (changes.isEmpty()) {
                throw Malformed.statement("Expected data manipulation");
            } else {
                return changes;
            }
        }
    }

    private Reference path() {
        Token first = tokens.peek();
        if (!first.isName()) {
            throw noSimplePath();
        }
        tokens.next();
        return new Reference(new Path(first.text(), expressions.steps()), first.place());
    }

    private Statement delete() {
        tokens.requireKeyword("from");
        Target target = simplePath();
        refuseAlias();
        return new Statement.Delete(target, where(), returning());
    }

    private @Nullable Returning returning() {
        if (!tokens.skipKeyword("returning")) {
            return null;
        }
        String which = tokens.next().text() + " " + tokens.next().text();
        tokens.requireSymbol("*");
        for (Returning returning : Returning.values()) {
            if (returning.words().equalsIgnoreCase(which)) {
                return returning;
            }
        }
        throw Malformed.statement("Expected ALL or MODIFIED, and OLD or NEW, behind RETURNING");
    }

    private Statement exists() {
        tokens.next();
        tokens.next();
        tokens.requireKeyword("select");
        Select select = select();
        expressions.close(")");
        return new Statement.Exists(select);
    }
}
