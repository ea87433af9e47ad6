package dev.meridian.node.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tables that a request names, found without understanding the request: {@code TableName}, wherever it holds a text,
 * and the fields of {@code RequestItems}. In an item an attribute of that name holds an object, not a text.
 */
final class RequestedTables {
    private RequestedTables() {}

    /** Empty if it cannot be told, as with PartiQL. */
    static Set<String> of(byte[] body) {
        Set<String> tables = new TreeSet<>();
        try (JsonParser in = RequestDecoder.JSON.createParser(body)) {
            int depth = 0;
            boolean inItems = false;
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                    inItems &= depth > 1;
                } else if (token == JsonToken.FIELD_NAME && inItems && depth == 2) {
                    tables.add(name(in.currentName()));
                } else if (token == JsonToken.FIELD_NAME
                        && depth == 1
                        && in.currentName().equals("RequestItems")) {
                    inItems = true;
                } else if (token == JsonToken.VALUE_STRING && "TableName".equals(in.currentName())) {
                    tables.add(name(in.getText()));
                }
            }
        } catch (IOException refusedLater) {
            return Set.of();
        }
        return tables;
    }

    /** A table may be named by its ARN. */
    private static String name(String table) {
        int at = table.lastIndexOf(":table/");
        return at < 0 ? table : table.substring(at + ":table/".length());
    }
}
