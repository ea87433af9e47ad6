package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue.Type;
import java.util.List;
import java.util.Map;

/** The types that IS tests for, as PartiQL names them, and the values that have them. */
final class Types {
    private static final Map<String, List<Type>> BY_NAME = Map.ofEntries(
            Map.entry("bool", List.of(Type.BOOL)),
            Map.entry("boolean", List.of(Type.BOOL)),
            Map.entry("int", List.of(Type.N)),
            Map.entry("int2", List.of(Type.N)),
            Map.entry("int4", List.of(Type.N)),
            Map.entry("int8", List.of(Type.N)),
            Map.entry("integer", List.of(Type.N)),
            Map.entry("integer2", List.of(Type.N)),
            Map.entry("integer4", List.of(Type.N)),
            Map.entry("integer8", List.of(Type.N)),
            Map.entry("smallint", List.of(Type.N)),
            Map.entry("float", List.of(Type.N)),
            Map.entry("real", List.of(Type.N)),
            Map.entry("double precision", List.of(Type.N)),
            Map.entry("decimal", List.of(Type.N)),
            Map.entry("numeric", List.of(Type.N)),
            Map.entry("char", List.of(Type.S)),
            Map.entry("character", List.of(Type.S)),
            Map.entry("character varying", List.of(Type.S)),
            Map.entry("varchar", List.of(Type.S)),
            Map.entry("string", List.of(Type.S)),
            Map.entry("blob", List.of(Type.B)),
            Map.entry("list", List.of(Type.L)),
            Map.entry("struct", List.of(Type.M)),
            Map.entry("tuple", List.of(Type.M)),
            Map.entry("bag", List.of(Type.SS, Type.NS, Type.BS)),
            Map.entry("null", List.of(Type.NULL)),
            Map.entry("missing", List.of()),
            Map.entry("symbol", List.of()),
            Map.entry("clob", List.of()),
            Map.entry("sexp", List.of()),
            Map.entry("date", List.of()),
            Map.entry("time", List.of()),
            Map.entry("timestamp", List.of()));

    private Types() {}

    static boolean isType(String name) {
        return BY_NAME.containsKey(name);
    }

    /** DynamoDB's types that are this one; none of those that it has no values of. */
    static List<Type> of(String name) {
        List<Type> types = BY_NAME.get(name);
        if (types == null) {
            throw new AssertionError(name);
        }
        return types;
    }
}
