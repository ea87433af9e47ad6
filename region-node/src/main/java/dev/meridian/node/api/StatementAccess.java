package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeyCodec;
import dev.meridian.node.expression.Comparator;
import dev.meridian.node.expression.KeyCondition;
import dev.meridian.node.partiql.Expr;
import dev.meridian.node.partiql.Expr.Operator;
import dev.meridian.node.partiql.Statement.Order;
import dev.meridian.node.partiql.Translator;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.ScanRange.Bound;
import dev.meridian.node.store.SortCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a SELECT finds its items. If each branch of the WHERE, with all OR and IN multiplied out, gives the partition key
 * a value, the items are read by as many queries; if not, by a scan. The whole WHERE is a filter in either case.
 */
final class StatementAccess {
    /** As many as the service makes of one statement. */
    private static final int MAX_READS = 50;

    private final KeyAttribute partition;
    private final @Nullable KeyAttribute sort;
    private final Translator translator;

    private StatementAccess(KeyAttribute partition, @Nullable KeyAttribute sort, Translator translator) {
        this.partition = partition;
        this.sort = sort;
        this.translator = translator;
    }

    /** One query. @param conjuncts the branch of the WHERE that it comes from */
    record Read(AttributeValue partition, @Nullable SortCondition sort, List<Expr> conjuncts) {
        KeyCondition.Fitted fitted() {
            return new KeyCondition.Fitted(List.of(partition), List.of(), sort);
        }
    }

    /**
     * The queries of a statement, in the order of its WHERE.
     *
     * @return null for a scan
     * @throws ApiException if two queries would read the same items, or there are too many
     */
    static @Nullable List<Read> of(
            @Nullable Expr where, KeyAttribute partition, @Nullable KeyAttribute sort, Translator translator) {
        return where == null ? null : new StatementAccess(partition, sort, translator).reads(where);
    }

    private @Nullable List<Read> reads(Expr where) {
        if (!isKeyed(where)) {
            return null;
        }
        if (count(where) > MAX_READS) {
            throw ApiException.validation("Too many decomposed read operations for a given query.");
        }
        List<Read> reads = new ArrayList<>();
        boolean hasNegated = false;
        for (List<Expr> branch : branches(where)) {
            Read read = read(branch);
            if (read == null) {
                return null;
            }
            hasNegated |= branch.stream().anyMatch(this::isNegatedSort);
            reads.add(read);
        }
        if (overlap(reads)) {
            if (hasNegated) {
                return null;
            }
            throw ApiException.validation("Overlapping conditions with range keys are not supported in where clause");
        }
        return reads;
    }

    /** Every branch gives the partition key a value. */
    private boolean isKeyed(Expr expr) {
        if (expr instanceof Expr.Binary binary && binary.operator() == Operator.OR) {
            return isKeyed(binary.left()) && isKeyed(binary.right());
        } else if (expr instanceof Expr.Binary binary && binary.operator() == Operator.AND) {
            return isKeyed(binary.left()) || isKeyed(binary.right());
        }
        return isKeyIn(expr, partition) || StatementKeys.equalTo(expr, partition.name(), translator) != null;
    }

    /** An attribute of the key in a list of values. */
    private boolean isKeyIn(Expr expr, @Nullable KeyAttribute attribute) {
        return attribute != null
                && expr instanceof Expr.In in
                && StatementKeys.isAttribute(in.tested(), attribute.name())
                && translator.candidates(in).stream().allMatch(candidate -> translator.constant(candidate) != null);
    }

    /** What is multiplied out: that which says something of the key. Other conditions are left as they are. */
    private boolean isOpened(Expr.Binary binary) {
        if (binary.operator() == Operator.AND) {
            return true;
        }
        return binary.operator() == Operator.OR
                && Translator.attributes(binary).stream()
                        .anyMatch(name -> name.equals(partition.name()) || (sort != null && name.equals(sort.name())));
    }

    private long count(Expr expr) {
        if (expr instanceof Expr.Binary binary && isOpened(binary)) {
            long left = count(binary.left());
            long right = count(binary.right());
            return Math.min(Integer.MAX_VALUE, binary.operator() == Operator.AND ? left * right : left + right);
        }
        return isKeyIn(expr, partition) || isKeyIn(expr, sort)
                ? Math.max(1, translator.candidates((Expr.In) expr).size())
                : 1;
    }

    private List<List<Expr>> branches(Expr expr) {
        List<List<Expr>> branches = new ArrayList<>();
        if (expr instanceof Expr.Binary binary && isOpened(binary)) {
            List<List<Expr>> left = branches(binary.left());
            List<List<Expr>> right = branches(binary.right());
            if (binary.operator() == Operator.OR) {
                branches.addAll(left);
                branches.addAll(right);
                return branches;
            }
            for (List<Expr> one : left) {
                for (List<Expr> other : right) {
                    List<Expr> both = new ArrayList<>(one);
                    both.addAll(other);
                    branches.add(both);
                }
            }
        } else if (isKeyIn(expr, partition) || isKeyIn(expr, sort)) {
            Expr.In in = (Expr.In) expr;
            translator
                    .candidates(in)
                    .forEach(value -> branches.add(List.of(new Expr.Binary(Operator.EQ, in.tested(), value, in.at()))));
        } else {
            branches.add(List.of(expr));
        }
        return branches;
    }

    /** Null if the partition key would have two values: then nothing is made of the key. */
    private @Nullable Read read(List<Expr> branch) {
        AttributeValue value = null;
        SortCondition condition = null;
        for (Expr conjunct : branch) {
            AttributeValue next = StatementKeys.equalTo(conjunct, partition.name(), translator);
            if (next != null && value != null && !next.equals(value)) {
                return null;
            }
            value = next == null ? value : next;
            condition = condition == null ? sortCondition(conjunct) : condition;
        }
        return value == null ? null : new Read(value, condition, branch);
    }

    private boolean isNegatedSort(Expr expr) {
        boolean negated =
                expr instanceof Expr.Not || (expr instanceof Expr.Binary binary && binary.operator() == Operator.NE);
        return negated && sort != null && Translator.attributes(expr).contains(sort.name());
    }

    private @Nullable SortCondition sortCondition(Expr expr) {
        KeyAttribute attribute = sort;
        if (attribute == null) {
            return null;
        }
        String name = attribute.name();
        if (expr instanceof Expr.Binary binary) {
            if (StatementKeys.isAttribute(binary.left(), name)) {
                return sortCondition(binary.operator(), translator.constant(binary.right()));
            }
            return StatementKeys.isAttribute(binary.right(), name)
                    ? sortCondition(mirror(binary.operator()), translator.constant(binary.left()))
                    : null;
        } else if (expr instanceof Expr.Between between && StatementKeys.isAttribute(between.tested(), name)) {
            AttributeValue lower = translator.constant(between.lower());
            AttributeValue upper = translator.constant(between.upper());
            return lower == null || upper == null ? null : SortCondition.between(lower, upper);
        } else if (expr instanceof Expr.Call call
                && call.function().equals("begins_with")
                && StatementKeys.isAttribute(call.arguments().get(0), name)) {
            AttributeValue prefix = translator.constant(call.arguments().get(1));
            return prefix == null ? null : SortCondition.of(SortCondition.Operator.BEGINS_WITH, prefix);
        }
        return null;
    }

    private static @Nullable SortCondition sortCondition(Operator operator, @Nullable AttributeValue value) {
        SortCondition.Operator by =
                switch (operator) {
                    case EQ -> SortCondition.Operator.EQ;
                    case LT -> SortCondition.Operator.LT;
                    case LE -> SortCondition.Operator.LE;
                    case GT -> SortCondition.Operator.GT;
                    case GE -> SortCondition.Operator.GE;
                    case OR, AND, NE, LIKE, CONCATENATE, PLUS, MINUS, TIMES, DIVIDE, MODULO -> null;
                };
        return by == null || value == null ? null : SortCondition.of(by, value);
    }

    private static Operator mirror(Operator operator) {
        return switch (operator) {
            case LT -> Operator.GT;
            case LE -> Operator.GE;
            case GT -> Operator.LT;
            case GE -> Operator.LE;
            case EQ, OR, AND, NE, LIKE, CONCATENATE, PLUS, MINUS, TIMES, DIVIDE, MODULO -> operator;
        };
    }

    private boolean overlap(List<Read> reads) {
        for (int second = 1; second < reads.size(); second++) {
            for (int first = 0; first < second; first++) {
                if (reads.get(first).partition().equals(reads.get(second).partition())
                        && overlap(reads.get(first), reads.get(second))) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean overlap(Read one, Read two) {
        if (hasUnfitKey(one) || hasUnfitKey(two)) {
            return false;
        }
        ScanRange first = range(one);
        ScanRange second = range(two);
        return !isBelow(first, second) && !isBelow(second, first);
    }

    private static ScanRange range(Read read) {
        return Query.tableRange(read.fitted(), true, null);
    }

    /** All of the one comes before all of the other. */
    private static boolean isBelow(ScanRange one, ScanRange other) {
        Bound upper = one.upper();
        Bound lower = other.lower();
        if (upper == null || lower == null) {
            return false;
        }
        int order = upper.sort().compareTo(lower.sort());
        return order < 0 || (order == 0 && !(upper.inclusive() && lower.inclusive()));
    }

    private boolean hasUnfitKey(Read read) {
        return unfitKey(read, partition, sort) != null;
    }

    private static @Nullable String unfitKey(Read read, KeyAttribute partition, @Nullable KeyAttribute sort) {
        if (!partition.type().matches(read.partition())) {
            return partition.name();
        }
        SortCondition condition = read.sort();
        if (condition == null || sort == null) {
            return null;
        }
        AttributeValue upper = condition.upper();
        boolean fits = sort.type().matches(condition.value())
                && (upper == null || sort.type().matches(upper));
        return fits ? null : sort.name();
    }

    /** @throws ApiException if a key has a value of another type than the schema says */
    static void requireTypes(List<Read> reads, KeyAttribute partition, @Nullable KeyAttribute sort) {
        for (Read read : reads) {
            String unfit = unfitKey(read, partition, sort);
            if (unfit != null) {
                throw ApiException.validation(
                        "Key attribute's data type should match its data type in table's schema: Key " + unfit);
            }
        }
    }

    /**
     * Brings the queries into the order that ORDER BY asks for.
     *
     * @return whether each is to go forward
     */
    static boolean order(
            @Nullable List<Read> reads,
            List<Order> orders,
            @Nullable Expr where,
            KeyAttribute partition,
            @Nullable KeyAttribute sort) {
        if (orders.isEmpty()) {
            return true;
        }
        if (where == null) {
            throw ApiException.validation("Must have WHERE clause in the statement when using ORDER BY clause.");
        }
        if (reads == null) {
            throw ApiException.validation(
                    "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
        }
        boolean partitionForward = true;
        boolean partitionNamed = false;
        boolean sortForward = true;
        for (Order order : orders) {
            if (StatementKeys.isAttribute(order.key(), partition.name())) {
                partitionNamed = true;
                partitionForward = order.ascending();
            } else if (sort != null && StatementKeys.isAttribute(order.key(), sort.name())) {
                sortForward = order.ascending();
            } else {
                throw ApiException.validation("Variable reference in ORDER BY clause must be part of the primary key");
            }
        }
        if (!partitionNamed && reads.stream().map(Read::partition).distinct().count() > 1) {
            throw ApiException.validation("Must have hash key in ORDER BY clause when more than one hash key condition"
                    + " specified in WHERE clause.");
        }
        int partitionSign = partitionForward ? 1 : -1;
        int sortSign = sortForward ? 1 : -1;
        reads.sort((one, two) -> {
            int byPartition = Comparator.compare(one.partition(), two.partition());
            return byPartition != 0 ? partitionSign * byPartition : sortSign * compareLower(one, two);
        });
        return sortForward;
    }

    private static int compareLower(Read one, Read two) {
        Bytes first = lower(one);
        Bytes second = lower(two);
        if (first == null || second == null) {
            return Boolean.compare(first != null, second != null);
        }
        int order = first.compareTo(second);
        return order != 0 ? order : Boolean.compare(isOpen(one), isOpen(two));
    }

    private static @Nullable Bytes lower(Read read) {
        Bound lower = range(read).lower();
        return lower == null ? null : lower.sort();
    }

    private static boolean isOpen(Read read) {
        return !Objects.requireNonNull(range(read).lower()).inclusive();
    }

    /** No key is empty or too long. */
    static void requireSizes(List<Read> reads, KeyAttribute partition, @Nullable KeyAttribute sort) {
        for (Read read : reads) {
            Keys.checkSize(partition, read.partition(), ItemKey.MAX_PARTITION_BYTES);
            SortCondition condition = read.sort();
            if (condition != null
                    && sort != null
                    && KeyCodec.encode(condition.value()).length() > 0) {
                Keys.checkSize(sort, condition.value(), ItemKey.MAX_SORT_BYTES);
            }
        }
    }
}
