package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.AttributeValue.Type;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Operand;
import dev.meridian.node.expression.Path;
import dev.meridian.node.expression.Update;
import dev.meridian.node.expression.UpdateAction;
import dev.meridian.node.expression.UpdateAction.SetValue;
import dev.meridian.node.partiql.Expr.Call;
import dev.meridian.node.partiql.Expr.Operator;
import dev.meridian.node.partiql.Statement.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** SET and REMOVE, as an update. */
final class Changes {
    private final Values values;

    Changes(Values values) {
        this.values = values;
    }

    Update of(List<Change> changes) {
        List<UpdateAction> actions = new ArrayList<>();
        for (Change change : changes) {
            UpdateAction next = action(change);
            actions.forEach(before -> requireApart(before.path(), next.path()));
            actions.add(next);
        }
        return Update.of(actions);
    }

    private static void requireApart(Path one, Path two) {
        String verb = one.overlaps(two) ? "overlap" : one.conflicts(two) ? "conflict" : null;
        if (verb != null) {
            throw ApiException.validation("Two document paths " + verb + " with each other; must remove or rewrite one"
                    + " of these paths; path one: " + one + ", path two: " + two);
        }
    }

    private UpdateAction action(Change change) {
        Path path = change.path().path();
        Expr value = change.value();
        if (value == null) {
            return new UpdateAction.Remove(path);
        }
        if (value instanceof Call call && call.function().equals("set_add")) {
            return new UpdateAction.Add(path, members(call, path));
        } else if (value instanceof Call call && call.function().equals("set_delete")) {
            return new UpdateAction.Delete(path, members(call, path));
        }
        return new UpdateAction.Set(path, value(value));
    }

    /** The set to add or to delete; the other argument repeats what it is assigned to. */
    private AttributeValue members(Call call, Path target) {
        String function = call.function().toUpperCase(Locale.ROOT);
        if (call.arguments().size() != 2) {
            throw ApiException.validation(function + " must have exactly two arguments at " + call.at());
        }
        Expr first = call.arguments().get(0);
        if (!(first instanceof Expr.Reference reference) || !reference.path().equals(target)) {
            throw ApiException.validation(
                    "The first argument to " + function + " must equal the assignment value at " + call.at());
        }
        Expr second = call.arguments().get(1);
        if (Values.isConstant(second)) {
            AttributeValue members = values.of(second);
            switch (members.type()) {
                case SS, NS, BS -> {
                    return members;
                }
                case S, N, B, BOOL, NULL, M, L -> {}
            }
        }
        throw ApiException.validation(
                "The second argument to " + function + " must be a value with type SET at " + first.at());
    }

    private SetValue value(Expr expr) {
        if (expr instanceof Expr.Reference reference) {
            return new SetValue.Of(new Operand.At(reference.path()));
        } else if (expr instanceof Expr.Binary binary) {
            return arithmetic(binary);
        } else if (expr instanceof Call call) {
            return call(call);
        } else if (Values.isConstant(expr)) {
            return new SetValue.Of(new Operand.Constant(values.of(expr)));
        }
        throw ApiException.validation("A value is expected at " + expr.at());
    }

    private SetValue arithmetic(Expr.Binary binary) {
        Operator operator = binary.operator();
        if (operator != Operator.PLUS && operator != Operator.MINUS) {
            throw Conditions.unsupported(operator);
        }
        SetValue left = value(binary.left());
        SetValue right = value(binary.right());
        requireType(operator.symbol(), left, Type.N);
        requireType(operator.symbol(), right, Type.N);
        return new SetValue.Arithmetic(left, operator == Operator.PLUS, right);
    }

    private SetValue call(Call call) {
        switch (call.function()) {
            case "list_append" -> {
                Conditions.requireCount(call, 2);
                SetValue first = value(call.arguments().get(0));
                SetValue second = value(call.arguments().get(1));
                requireType(call.function(), first, Type.L);
                requireType(call.function(), second, Type.L);
                return new SetValue.ListAppend(first, second);
            }
            case "if_not_exists" -> {
                Conditions.requireCount(call, 2);
                Path path = Conditions.path(call, call.arguments().get(0));
                return new SetValue.IfNotExists(path, value(call.arguments().get(1)));
            }
            default -> throw Conditions.unrecognized(call);
        }
    }

    private static void requireType(String operator, SetValue value, Type required) {
        Type type = value.type();
        if (type != null && type != required) {
            throw Conditions.incorrectType(operator, type.name());
        }
    }
}
