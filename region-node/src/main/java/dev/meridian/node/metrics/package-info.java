/**
 * What is measured, as Prometheus reads it. The only place that knows Micrometer: other parts count by themselves or tell
 * a listener, and know nothing of metrics.
 *
 * <p>Names are CloudWatch's for DynamoDB where it has one, behind {@code meridian_}. Published: add, never rename; the
 * dashboard {@code grafana-dashboard.json} builds on them.
 */
@NullMarked
package dev.meridian.node.metrics;

import org.jspecify.annotations.NullMarked;
