package dev.meridian.simulator.terraform;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The structure of an HCL file: blocks, attributes, and what expressions refer to. Expressions are kept as text, without
 * comments. What is not of this form is an error.
 *
 * @see <a href="https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md">HCL's native syntax</a>
 */
final class Hcl {
    private static final Pattern HEAD =
            Pattern.compile("([a-zA-Z_][\\w-]*)((?:[ \\t]+(?:\"[^\"]*\"|[a-zA-Z_][\\w-]*))*)[ \\t]*\\{");
    private static final Pattern ATTRIBUTE = Pattern.compile("([a-zA-Z_][\\w-]*)[ \\t]*=(?![=>])[ \\t]*");
    private static final Pattern LABEL = Pattern.compile("\"([^\"]*)\"|([a-zA-Z_][\\w-]*)");
    private static final Pattern HEREDOC = Pattern.compile("<<-?([A-Z]+)\\n");
    private static final Pattern REFERENCE = Pattern.compile(
            "(?<![\\w.\\]\"-])(var|local|module|data|aws_\\w+|random_\\w+)((?:\\.[a-zA-Z_][\\w-]*|\\[[^\\[\\]]*])+)");
    private static final String OPENING = "{[(";
    private static final String CLOSING = "}])";

    private final String text;
    private int at;

    private Hcl(String text) {
        this.text = text;
    }

    /** @param attributes their expressions as they are written */
    record Block(String type, List<String> labels, Map<String, String> attributes, List<Block> blocks) {
        List<Block> all(String wanted) {
            return blocks.stream().filter(block -> block.type().equals(wanted)).toList();
        }

        String attribute(String name) {
            String expression = attributes.get(name);
            if (expression == null) {
                throw new AssertionError(type + " " + labels + " has no " + name);
            }
            return expression;
        }

        /** The value of an attribute that is one plain string. */
        String string(String name) {
            String expression = attribute(name);
            if (!expression.startsWith("\"") || !expression.endsWith("\"") || expression.contains("${")) {
                throw new AssertionError(type + " " + labels + ": " + name + " is no plain string: " + expression);
            }
            return expression
                    .substring(1, expression.length() - 1)
                    .replace("\\\"", "\"")
                    .replace("\\\\", "\\");
        }

        void forEachExpression(Consumer<String> reader) {
            attributes.values().forEach(reader);
            blocks.forEach(block -> block.forEachExpression(reader));
        }
    }

    static Block parse(String text) {
        Hcl reader = new Hcl(withoutComments(text));
        return reader.body("file", List.of());
    }

    private Block body(String type, List<String> labels) {
        Map<String, String> attributes = new LinkedHashMap<>();
        List<Block> blocks = new ArrayList<>();
        while (true) {
            skipBlank();
            if (at == text.length() || text.charAt(at) == '}') {
                return new Block(type, labels, attributes, blocks);
            }
            Matcher attribute = ATTRIBUTE.matcher(text).region(at, text.length());
            Matcher head = HEAD.matcher(text).region(at, text.length());
            if (attribute.lookingAt()) {
                at = attribute.end();
                if (attributes.put(attribute.group(1), expression()) != null) {
                    throw wrong(attribute.group(1) + " is there twice");
                }
            } else if (head.lookingAt()) {
                at = head.end();
                blocks.add(body(head.group(1), labels(head.group(2))));
                if (at == text.length()) {
                    throw wrong("the block " + head.group(1) + " does not end");
                }
                at++;
            } else {
                throw wrong("neither an attribute nor a block");
            }
        }
    }

    private static List<String> labels(String written) {
        List<String> labels = new ArrayList<>();
        Matcher label = LABEL.matcher(written);
        while (label.find()) {
            labels.add(label.group(1) != null ? label.group(1) : label.group(2));
        }
        return labels;
    }

    /** Up to the end of the line on which all brackets are closed. */
    private String expression() {
        int start = at;
        Deque<Character> open = new ArrayDeque<>();
        while (at < text.length()) {
            char next = text.charAt(at);
            Matcher heredoc = HEREDOC.matcher(text).region(at, text.length());
            if (next == '"') {
                at = endOfString(text, at);
                continue;
            }
            if (heredoc.lookingAt()) {
                Matcher end = Pattern.compile("\\n[ \\t]*" + heredoc.group(1) + "(?=\\n)")
                        .matcher(text);
                if (!end.find(heredoc.end() - 1)) {
                    throw wrong("the text " + heredoc.group(1) + " does not end");
                }
                at = end.end();
                continue;
            }
            if (open.isEmpty() && (next == '\n' || next == '}')) {
                break;
            }
            if (OPENING.indexOf(next) >= 0) {
                open.push(next);
            } else if (CLOSING.indexOf(next) >= 0
                    && (open.isEmpty() || OPENING.indexOf(open.pop()) != CLOSING.indexOf(next))) {
                throw wrong("a bracket of another kind is open");
            }
            at++;
        }
        if (!open.isEmpty()) {
            throw wrong("a bracket does not end");
        }
        return text.substring(start, at).strip();
    }

    private static int endOfString(String text, int start) {
        int at = start + 1;
        while (text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at += 2;
            } else if (text.startsWith("$${", at)) {
                at += 3;
            } else if (text.startsWith("${", at)) {
                at = endOfTemplate(text, at + 2);
            } else {
                at++;
            }
        }
        return at + 1;
    }

    private static int endOfTemplate(String text, int start) {
        int at = start;
        for (int depth = 1; depth > 0; ) {
            char next = text.charAt(at);
            if (next == '"') {
                at = endOfString(text, at);
                continue;
            }
            depth += next == '{' ? 1 : next == '}' ? -1 : 0;
            at++;
        }
        return at;
    }

    private void skipBlank() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private AssertionError wrong(String what) {
        long line = text.substring(0, at).lines().count();
        return new AssertionError("line " + line + ": " + what);
    }

    /** Comments become blanks, lines stay. */
    private static String withoutComments(String text) {
        StringBuilder kept = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            if (text.charAt(at) == '"') {
                int end = endOfString(text, at);
                kept.append(text, at, end);
                at = end;
            } else if (text.charAt(at) == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else {
                kept.append(text.charAt(at++));
            }
        }
        return kept.toString();
    }

    /** What an expression refers to, such as {@code [var, name]}; indexes are left out, splats too. */
    static Set<String> references(String expression) {
        Set<String> found = new TreeSet<>();
        Matcher reference = REFERENCE.matcher(templatesOnly(expression));
        while (reference.find()) {
            found.add(reference.group(1) + reference.group(2).replaceAll("\\[[^\\[\\]]*]", ""));
        }
        return found;
    }

    /** Strings keep what stands in their templates. */
    private static String templatesOnly(String expression) {
        StringBuilder kept = new StringBuilder();
        for (int at = 0; at < expression.length(); ) {
            if (expression.charAt(at) != '"') {
                kept.append(expression.charAt(at++));
                continue;
            }
            int end = endOfString(expression, at);
            kept.append(' ');
            for (int inside = at + 1; inside < end - 1; ) {
                if (expression.charAt(inside) == '\\') {
                    inside += 2;
                } else if (expression.startsWith("$${", inside)) {
                    inside += 3;
                } else if (expression.startsWith("${", inside)) {
                    int close = endOfTemplate(expression, inside + 2);
                    kept.append(templatesOnly(expression.substring(inside + 2, close - 1)))
                            .append(' ');
                    inside = close;
                } else {
                    inside++;
                }
            }
            at = end;
        }
        return kept.toString();
    }
}
