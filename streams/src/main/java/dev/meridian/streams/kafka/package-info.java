/** The ordered bus upon Apache Kafka. The only place that knows kafka-clients. */
@NullMarked
package dev.meridian.streams.kafka;

import org.jspecify.annotations.NullMarked;
