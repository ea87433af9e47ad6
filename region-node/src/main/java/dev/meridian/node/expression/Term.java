package dev.meridian.node.expression;

/** What may stand in parentheses: an operand, a condition, or a call, of which its function says which it is. */
public sealed interface Term permits Operand, Predicate, Term.Call {
    /** @param meaning what the call stands for; of no use if a fault has been noted for it */
    record Call(String function, Term meaning) implements Term {}
}
