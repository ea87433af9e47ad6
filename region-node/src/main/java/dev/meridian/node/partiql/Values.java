package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.InvalidNumberException;
import dev.meridian.node.api.ApiException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What literals and parameters stand for. Errors name the place in the value, which is {@code root}. */
final class Values {
    private static final int MAX_NESTING = 32;

    private final List<AttributeValue> parameters;

    /** @param parameters as many as the statement has question marks */
    Values(List<AttributeValue> parameters) {
        this.parameters = parameters;
    }

    /** Whether it is a value, and not something that is computed from an item. */
    static boolean isConstant(Expr expr) {
        return expr instanceof Expr.Text
                || expr instanceof Expr.Number
                || expr instanceof Expr.Bool
                || expr instanceof Expr.Null
                || expr instanceof Expr.Parameter
                || expr instanceof Expr.Constant
                || expr instanceof Expr.Sequence
                || expr instanceof Expr.Bag
                || expr instanceof Expr.Struct;
    }

    AttributeValue of(Expr expr) {
        if (expr instanceof Expr.Constant constant) {
            return constant.value();
        }
        return expr instanceof Expr.Parameter parameter ? parameters.get(parameter.index()) : literal(expr, "root", 0);
    }

    /** What IN compares with: of a parameter the elements of its list, or the members of its set. */
    List<Expr> candidates(Expr.In in) {
        if (in.list() instanceof Expr.Sequence sequence) {
            return sequence.elements();
        } else if (in.list() instanceof Expr.Bag bag) {
            return bag.members();
        }
        Place at = in.list().at();
        return members(of(in.list()), at)
                .<Expr>map(member -> new Expr.Constant(member, at))
                .toList();
    }

    private static Stream<AttributeValue> members(AttributeValue of, Place at) {
        if (of instanceof AttributeValue.L list) {
            return list.value().stream();
        } else if (of instanceof AttributeValue.SS texts) {
            return texts.value().stream().map(AttributeValue.S::new);
        } else if (of instanceof AttributeValue.NS numbers) {
            return numbers.value().stream().map(AttributeValue.N::new);
        } else if (of instanceof AttributeValue.BS binaries) {
            return binaries.value().stream().map(AttributeValue.B::new);
        }
        throw noList(at);
    }

    static ApiException noList(Place at) {
        return ApiException.validation("The IN operator requires a list of values at " + at);
    }

    private AttributeValue literal(Expr expr, String path, int level) {
        if (level >= MAX_NESTING) {
            throw ApiException.validation("Nesting Levels have exceeded supported limits under " + path);
        }
        if (expr instanceof Expr.Text text) {
            return new AttributeValue.S(text.value());
        } else if (expr instanceof Expr.Number number) {
            return new AttributeValue.N(number(number, path));
        } else if (expr instanceof Expr.Bool bool) {
            return new AttributeValue.Bool(bool.value());
        } else if (expr instanceof Expr.Null) {
            return new AttributeValue.Null();
        } else if (expr instanceof Expr.Sequence list) {
            List<AttributeValue> elements = new ArrayList<>();
            for (Expr element : list.elements()) {
                elements.add(literal(element, path + "[" + elements.size() + "]", level + 1));
            }
            return new AttributeValue.L(elements);
        } else if (expr instanceof Expr.Struct struct) {
            return new AttributeValue.M(members(struct, path, level));
        } else if (expr instanceof Expr.Bag bag) {
            return set(bag, path);
        }
        throw ApiException.validation(
                "Unsupported data type: " + name(expr) + " under key " + path + " at " + expr.at());
    }

    private TreeMap<String, AttributeValue> members(Expr.Struct struct, String path, int level) {
        TreeMap<String, AttributeValue> members = new TreeMap<>();
        for (Expr.Member member : struct.members()) {
            String key = key(member);
            if (members.put(key, literal(member.value(), path + "." + key, level + 1)) != null) {
                throw ApiException.validation("Duplicate key " + key + " in a map literal");
            }
        }
        return members;
    }

    /** The attributes of what is a map: a literal, or a parameter. */
    TreeMap<String, AttributeValue> attributes(Expr map) {
        if (map instanceof Expr.Struct struct) {
            return attributes(struct);
        } else if (map instanceof Expr.Parameter parameter && of(parameter) instanceof AttributeValue.M members) {
            return new TreeMap<>(members.value());
        }
        throw ApiException.validation("The value of an INSERT must be a map at " + map.at());
    }

    /** The attributes of a map literal, each with a path of its own; a parameter may be one of them. */
    private TreeMap<String, AttributeValue> attributes(Expr.Struct struct) {
        TreeMap<String, AttributeValue> attributes = new TreeMap<>();
        for (Expr.Member member : struct.members()) {
            String name = key(member);
            if (attributes.put(name, of(member.value())) != null) {
                throw ApiException.validation("Duplicate key " + name + " in a map literal");
            }
        }
        return attributes;
    }

    private static String key(Expr.Member member) {
        if (member.key() instanceof Expr.Text key) {
            if (key.value().isEmpty()) {
                throw ApiException.emptyAttributeName();
            }
            return key.value();
        }
        throw ApiException.validation("The keys of a map literal must be strings in single quotes at "
                + member.key().at());
    }

    private static String name(Expr expr) {
        if (expr instanceof Expr.Parameter) {
            return "Parameter";
        } else if (expr instanceof Expr.Call call) {
            return call.function();
        }
        return expr.getClass().getSimpleName();
    }

    private static BigDecimal number(Expr.Number number, String path) {
        try {
            return DynamoNumber.normalize(number.value());
        } catch (InvalidNumberException invalid) {
            throw ApiException.validation(invalid.getMessage() + " under " + path);
        }
    }

    private static AttributeValue set(Expr.Bag bag, String path) {
        List<Expr> members = bag.members();
        if (members.isEmpty()) {
            throw ApiException.validation("Empty bags are not supported");
        }
        if (members.stream().allMatch(Expr.Text.class::isInstance)) {
            List<String> texts =
                    members.stream().map(member -> ((Expr.Text) member).value()).toList();
            requireDistinct(texts, texts, ".");
            return AttributeValue.SS.of(texts);
        }
        if (members.stream().allMatch(Expr.Number.class::isInstance)) {
            List<BigDecimal> numbers = members.stream()
                    .map(member -> number((Expr.Number) member, path))
                    .toList();
            List<String> written = members.stream()
                    .map(member -> ((Expr.Number) member).text())
                    .toList();
            requireDistinct(numbers, written, "! under " + path);
            return new AttributeValue.NS(new TreeSet<>(numbers));
        }
        throw ApiException.validation("A set literal may hold strings or numbers, and not both, at " + bag.at());
    }

    private static void requireDistinct(List<?> members, List<String> written, String end) {
        Set<Object> distinct = new HashSet<>(members);
        if (distinct.size() < members.size()) {
            throw ApiException.validation("One or more parameter values were invalid: Input collection "
                    + written.stream().collect(Collectors.joining(", ", "[", "]")) + " contains duplicates" + end);
        }
    }
}
