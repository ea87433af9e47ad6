package dev.meridian.node.expression;

import dev.meridian.node.api.ApiException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with an expression beyond its grammar. DynamoDB goes over an expression in several passes and reports
 * what the earliest pass finds; the parser goes over it once and notes all faults here, of which the one that DynamoDB
 * would find first is kept. An error of syntax comes before all of them and is thrown at once.
 */
final class Faults {
    /** What a pass looks for. */
    enum Pass {
        PARENTHESES,
        OPERATORS,
        FUNCTION_NAME,
        FUNCTION_KIND,
        FUNCTION_PLACE,
        RESERVED_WORD,
        INDEX,
        PATH_LENGTH,
        SECTION,
        NAME,
        VALUE,
        OVERLAP,
        MEMBER_TYPE,
        IN_SIZE,
        COUNT,
        DISTINCT,
        TYPE
    }

    /** Passes over a whole condition; then comes each comparison or function with all of its other passes. */
    private static final List<Set<Pass>> CONDITION = List.of(
            EnumSet.of(Pass.PARENTHESES),
            EnumSet.of(Pass.OPERATORS),
            EnumSet.of(Pass.FUNCTION_NAME),
            EnumSet.of(Pass.FUNCTION_KIND),
            EnumSet.of(Pass.FUNCTION_PLACE),
            EnumSet.of(Pass.RESERVED_WORD),
            EnumSet.of(Pass.INDEX, Pass.PATH_LENGTH));

    /** Passes over a whole update; then comes each assignment with its other passes. */
    private static final List<Set<Pass>> UPDATE = List.of(
            EnumSet.of(Pass.PARENTHESES),
            EnumSet.of(Pass.OPERATORS),
            EnumSet.of(Pass.RESERVED_WORD),
            EnumSet.of(Pass.INDEX, Pass.PATH_LENGTH),
            EnumSet.of(Pass.FUNCTION_NAME),
            EnumSet.of(Pass.FUNCTION_KIND),
            EnumSet.of(Pass.FUNCTION_PLACE),
            EnumSet.of(Pass.SECTION),
            EnumSet.of(Pass.NAME),
            EnumSet.of(Pass.VALUE),
            EnumSet.of(Pass.OVERLAP),
            EnumSet.of(Pass.MEMBER_TYPE));

    private static final List<Set<Pass>> EACH_PART = List.of(
            EnumSet.of(Pass.NAME, Pass.VALUE),
            EnumSet.of(Pass.IN_SIZE),
            EnumSet.of(Pass.COUNT),
            EnumSet.of(Pass.DISTINCT),
            EnumSet.of(Pass.TYPE),
            EnumSet.of(Pass.OVERLAP));

    private record Place(int part, int pass) {
        boolean isBefore(Place other) {
            return part != other.part ? part < other.part : pass < other.pass;
        }
    }

    private record Fault(Place place, ApiException error) {}

    private final ExpressionKind kind;
    private final List<Set<Pass>> whole;
    private int part = 1;
    private @Nullable Fault first;

    Faults(ExpressionKind kind) {
        this.kind = kind;
        this.whole = kind == ExpressionKind.UPDATE ? UPDATE : CONDITION;
    }

    /** The comparison, function or assignment is over and another begins. */
    void nextPart() {
        part++;
    }

    void note(Pass pass, String why) {
        Place place = place(pass);
        if (first == null || place.isBefore(first.place())) {
            first = new Fault(place, kind.invalid(why));
        }
    }

    void throwFirst() {
        if (first != null) {
            throw first.error();
        }
    }

    private Place place(Pass pass) {
        int inWhole = indexOf(whole, pass);
        return inWhole >= 0 ? new Place(0, inWhole) : new Place(part, indexOf(EACH_PART, pass));
    }

    private static int indexOf(List<Set<Pass>> passes, Pass pass) {
        for (int i = 0; i < passes.size(); i++) {
            if (passes.get(i).contains(pass)) {
                return i;
            }
        }
        return -1;
    }
}
