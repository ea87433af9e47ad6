package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.AttributeValue.Type;
import dev.meridian.node.expression.Faults.Pass;
import dev.meridian.node.expression.UpdateAction.SetValue;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The grammar of update expressions:
 *
 * <pre>
 * update  = section { section }
 * section = SET set { "," set } | REMOVE path { "," path } | ADD path :value { … } | DELETE path :value { … }
 * set     = path "=" sum
 * sum     = "(" sum ")" | operand [ ( "+" | "-" ) operand ]
 * operand = "(" operand ")" | path | :value | function "(" operand { "," operand } ")"
 * </pre>
 */
final class UpdateParser extends Parser {
    private static final Set<String> SECTIONS = Set.of("SET", "REMOVE", "ADD", "DELETE");

    /** Stands where a fault has been noted, so that reading can go on. */
    private static final SetValue NO_VALUE = new SetValue.Of(new Operand.Constant(new AttributeValue.Null()));

    private final List<UpdateAction> actions = new ArrayList<>();
    private final Set<String> sections = new HashSet<>();

    UpdateParser(String text, Placeholders placeholders) {
        super(ExpressionKind.UPDATE, text, placeholders, SECTIONS);
    }

    List<UpdateAction> parse() {
        do {
            section();
        } while (peek().kind() != Token.Kind.END);
        Path.checkDistinct(faults, actions.stream().map(UpdateAction::path).toList());
        finish();
        return actions;
    }

    private void section() {
        String section = peek().text().toUpperCase(Locale.ROOT);
        if (!SECTIONS.contains(section)) {
            throw syntaxError();
        }
        next();
        if (!sections.add(section)) {
            faults.note(Pass.SECTION, "The \"" + section + "\" section can only be used once in an update expression;");
        }
        do {
            actions.add(action(section));
            faults.nextPart();
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
            case "ADD" -> {
                AttributeValue value = value();
                Checks.member(faults, section, value, Type.N, Type.SS, Type.NS, Type.BS);
                yield new UpdateAction.Add(path, value);
            }
            default -> {
                AttributeValue value = value();
                Checks.member(faults, section, value, Type.SS, Type.NS, Type.BS);
                yield new UpdateAction.Delete(path, value);
            }
        };
    }

    private SetValue sum() {
        SetValue left;
        if (peek().isSymbol("(")) {
            int opened = openParenthesis();
            left = sum();
            closeParenthesis(opened);
        } else {
            left = bareOperand();
        }
        if (left instanceof SetValue.Arithmetic) {
            return left;
        }
        for (String operator : new String[] {"+", "-"}) {
            if (skipSymbol(operator)) {
                countOperator();
                SetValue right = operand();
                Checks.type(faults, operator, left.type(), EnumSet.of(Type.N));
                Checks.type(faults, operator, right.type(), EnumSet.of(Type.N));
                return new SetValue.Arithmetic(left, operator.equals("+"), right);
            }
        }
        return left;
    }

    private SetValue operand() {
        if (!peek().isSymbol("(")) {
            return bareOperand();
        }
        int opened = openParenthesis();
        SetValue inner = operand();
        closeParenthesis(opened);
        return inner;
    }

    private SetValue bareOperand() {
        if (isValue()) {
            return new SetValue.Of(new Operand.Constant(value()));
        }
        return isCall() ? call() : new SetValue.Of(new Operand.At(path()));
    }

    private SetValue call() {
        enter();
        countOperator();
        String function = next().text();
        expectSymbol("(");
        List<SetValue> arguments = new ArrayList<>();
        do {
            arguments.add(operand());
        } while (skipSymbol(","));
        expectSymbol(")");
        leave();
        if (!Checks.function(faults, kind, function) || !Checks.count(faults, function, arguments, 2)) {
            return NO_VALUE;
        }
        return function.equals("list_append")
                ? listAppend(arguments.get(0), arguments.get(1))
                : ifNotExists(arguments.get(0), arguments.get(1));
    }

    private SetValue listAppend(SetValue first, SetValue second) {
        for (SetValue argument : List.of(first, second)) {
            if (argument instanceof SetValue.ListAppend) {
                // As DynamoDB has it, for no reason that its documentation gives.
                Checks.place(faults, "list_append");
            }
            Checks.type(faults, "list_append", argument.type(), EnumSet.of(Type.L));
        }
        return new SetValue.ListAppend(first, second);
    }

    private SetValue ifNotExists(SetValue tested, SetValue otherwise) {
        if (tested instanceof SetValue.Of of && of.operand() instanceof Operand.At at) {
            return new SetValue.IfNotExists(at.path(), otherwise);
        }
        Checks.noPath(faults, "if_not_exists");
        return NO_VALUE;
    }
}
