package dev.meridian.node.partiql;

import dev.meridian.node.api.ApiException;

/** How DynamoDB refuses a statement that it cannot read. */
final class Malformed {
    private Malformed() {}

    /** @param why nothing for a piece of text that is no token at all */
    static ApiException statement(String why) {
        return ApiException.validation("Statement wasn't well formed, can't be processed: " + why);
    }

    static ApiException leftover() {
        return statement("Unexpected token after expression");
    }
}
