/**
 * What the DynamoDB Streams API shows of a region's change rows: streams have shards, shards have records, and iterators
 * are places in shards. Operations of the API stand upon it.
 *
 * <p>Nothing is kept here: a shard is some partitions of a generation of a {@link
 * dev.meridian.node.store.StreamDescriptor}, read in the order of their commits, and an iterator carries all that it
 * means. Knows nothing of requests.
 */
@NullMarked
package dev.meridian.node.streamsapi;

import org.jspecify.annotations.NullMarked;
