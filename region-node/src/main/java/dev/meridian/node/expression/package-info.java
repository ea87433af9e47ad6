/**
 * DynamoDB's expression language: condition, filter, key condition, projection and update expressions, from text to a
 * program and from a program and an item to a result.
 *
 * <p>Pure: knows values and items, nothing of requests as JSON, of the store or of HTTP. Errors are
 * {@link dev.meridian.node.api.ApiException}s in DynamoDB's words.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html">Expressions</a>
 */
@NullMarked
package dev.meridian.node.expression;

import org.jspecify.annotations.NullMarked;
