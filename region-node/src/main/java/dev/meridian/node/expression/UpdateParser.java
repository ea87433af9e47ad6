package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.expression.UpdateAction.SetValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The grammar of update expressions:
 *
 * <pre>
 * update  = { SET set { "," set } | REMOVE path { "," path } | ADD path :value { … } | DELETE path :value { … } }
 * set     = path "=" term [ ( "+" | "-" ) term ]
 * term    = "(" … ")" | path | :value | if_not_exists "(" path "," term ")" | list_append "(" term "," term ")"
 * </pre>
 */
final class UpdateParser extends Parser {
    private final List<UpdateAction> actions = new ArrayList<>();
    private final Set<String> sections = new HashSet<>();

    UpdateParser(String text, Placeholders placeholders) {
        super(ExpressionKind.UPDATE, text, placeholders);
    }

    List<UpdateAction> parse() {
        do {
            section();
        } while (peek().kind() != Token.Kind.END);
        return actions;
    }

    private void section() {
        Token token = peek();
        String section = token.text().toUpperCase(Locale.ROOT);
        if (token.kind() != Token.Kind.WORD
                || !List.of("SET", "REMOVE", "ADD", "DELETE").contains(section)) {
            throw syntaxError();
        }
        if (!sections.add(section)) {
            throw kind.invalid("The \"" + section + "\" section can only be used once in an update expression;");
        }
        next();
        do {
            actions.add(action(section));
            countOperator();
        } while (skipSymbol(","));
    }

    private UpdateAction action(String section) {
        Path path = path();
        return switch (section) {
            case "SET" -> {
                expectSymbol("=");
                yield new UpdateAction.Set(path, sum());
            }
            case "REMOVE" -> new UpdateAction.Remove(path);
            case "ADD" -> new UpdateAction.Add(path, member("ADD", true));
            default -> new UpdateAction.Delete(path, member("DELETE", false));
        };
    }

    private AttributeValue member(String operator, boolean numberToo) {
        AttributeValue value = value();
        switch (value.type()) {
            case SS, NS, BS -> {}
            case N -> {
                if (!numberToo) {
                    throw Checks.incorrectType(kind, operator, "NUMBER");
                }
            }
            case S -> throw Checks.incorrectType(kind, operator, "STRING");
            case B -> throw Checks.incorrectType(kind, operator, "BINARY");
            case BOOL -> throw Checks.incorrectType(kind, operator, "BOOLEAN");
            case NULL -> throw Checks.incorrectType(kind, operator, "NULL");
            case M -> throw Checks.incorrectType(kind, operator, "MAP");
            case L -> throw Checks.incorrectType(kind, operator, "LIST");
        }
        return value;
    }

    private SetValue sum() {
        SetValue left = term();
        for (String symbol : new String[] {"+", "-"}) {
            if (skipSymbol(symbol)) {
                countOperator();
                SetValue right = term();
                checkNumber(symbol, left);
                checkNumber(symbol, right);
                return new SetValue.Arithmetic(left, symbol.equals("+"), right);
            }
        }
        return left;
    }

    private void checkNumber(String operator, SetValue value) {
        if (value instanceof SetValue.Of of) {
            Checks.type(kind, operator, of.operand(), AttributeValue.Type.N);
        }
    }

    private SetValue term() {
        if (skipSymbol("(")) {
            enter();
            SetValue inner = sum();
            leave();
            expectSymbol(")");
            return inner;
        }
        if (isValue()) {
            return new SetValue.Of(new Operand.Constant(value()));
        }
        return isCall() ? function() : new SetValue.Of(new Operand.At(path()));
    }

    private SetValue function() {
        String name = next().text();
        if (!Checks.isFunction(name)) {
            throw kind.invalid("Invalid function name; function: " + name);
        }
        if (!Checks.isUpdateFunction(name)) {
            throw kind.invalid("The function is not allowed in an update expression; function: " + name);
        }
        enter();
        expectSymbol("(");
        List<SetValue> arguments = new ArrayList<>();
        do {
            arguments.add(sum());
        } while (skipSymbol(","));
        expectSymbol(")");
        leave();
        Checks.count(kind, name, arguments, 2);
        if (name.equals("list_append")) {
            arguments.forEach(argument -> {
                if (argument instanceof SetValue.Of of) {
                    Checks.type(kind, name, of.operand(), AttributeValue.Type.L);
                }
            });
            return new SetValue.ListAppend(arguments.get(0), arguments.get(1));
        }
        if (arguments.get(0) instanceof SetValue.Of of && of.operand() instanceof Operand.At at) {
            return new SetValue.IfNotExists(at.path(), arguments.get(1));
        }
        throw kind.invalid("Operator or function requires a document path; operator or function: " + name);
    }
}
