package dev.meridian.node.partiql;

import java.util.List;
import java.util.function.Consumer;

/** Goes through an expression. */
final class Walk {
    private Walk() {}

    static void references(Expr expr, Consumer<Expr.Reference> visitor) {
        if (expr instanceof Expr.Reference reference) {
            visitor.accept(reference);
        }
        parts(expr).forEach(part -> references(part, visitor));
    }

    private static List<Expr> parts(Expr expr) {
        if (expr instanceof Expr.Binary binary) {
            return List.of(binary.left(), binary.right());
        } else if (expr instanceof Expr.Not not) {
            return List.of(not.negated());
        } else if (expr instanceof Expr.Negative negative) {
            return List.of(negative.of());
        } else if (expr instanceof Expr.Between between) {
            return List.of(between.tested(), between.lower(), between.upper());
        } else if (expr instanceof Expr.In in) {
            return List.of(in.tested(), in.list());
        } else if (expr instanceof Expr.Sequence sequence) {
            return sequence.elements();
        } else if (expr instanceof Expr.Bag bag) {
            return bag.members();
        } else if (expr instanceof Expr.Is is) {
            return List.of(is.tested());
        } else if (expr instanceof Expr.Call call) {
            return call.arguments();
        }
        return List.of();
    }
}
