/**
 * Commands that ask a running Meridian: they know its pages below {@code /-/}, over HTTP, and nothing else of it. Each
 * takes {@code --endpoint} and {@code --json} from {@link dev.meridian.node.cli.client.ClientOptions}.
 */
@NullMarked
package dev.meridian.node.cli.client;

import org.jspecify.annotations.NullMarked;
