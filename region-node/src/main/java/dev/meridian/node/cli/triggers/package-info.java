/**
 * {@code meridian triggers}: reads the YAML file, calls functions over HTTP, and runs what
 * {@link dev.meridian.streams.triggers} delivers.
 */
@NullMarked
package dev.meridian.node.cli.triggers;

import org.jspecify.annotations.NullMarked;
