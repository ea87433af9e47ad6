/**
 * The DynamoDB protocol over HTTP, the front door, and the pages below {@code /-/}. Next to the node's assembly the only
 * place that knows Vert.x.
 */
@NullMarked
package dev.meridian.node.http;

import org.jspecify.annotations.NullMarked;
