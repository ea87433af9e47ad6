/**
 * The form of requests: which members an operation has, of which JSON types, under which constraints. One table for
 * each service, a resource like {@code dynamodb-2012-08-10.shapes}, says it for all its operations; {@link
 * dev.meridian.node.api.shape.RequestCheck} holds a request against it before the operation sees it.
 *
 * <p>Knows nothing of what operations do, and nothing of tables.
 */
@NullMarked
package dev.meridian.node.api.shape;

import org.jspecify.annotations.NullMarked;
