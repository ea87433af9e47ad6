/**
 * PartiQL as DynamoDB speaks it: from a statement's text to its parts ({@link dev.meridian.node.partiql.Statement}), and
 * from those and the parameters to the conditions, updates, items and columns that the rest of the node works with.
 *
 * <p>Pure: knows values, items and expressions, nothing of requests as JSON, of tables, of the store or of HTTP. Errors
 * are {@link dev.meridian.node.api.ApiException}s in DynamoDB's words. A statement that cannot be read is refused by
 * {@link dev.meridian.node.partiql.StatementParser}, before its table is looked at; what is wrong with one that can be
 * read is told by {@link dev.meridian.node.partiql.Translator}, afterwards.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html">PartiQL for
 *     DynamoDB</a>
 */
@NullMarked
package dev.meridian.node.partiql;

import org.jspecify.annotations.NullMarked;
