/** Commands that read the stream topic of a table from a region's Kafka, whose address a running Meridian tells. */
@NullMarked
package dev.meridian.node.cli.streams;

import org.jspecify.annotations.NullMarked;
