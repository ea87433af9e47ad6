/**
 * Sends planned requests to DynamoDB endpoints, over HTTP, and measures the answers: the load of drills, and
 * {@code meridian bench}.
 *
 * <p>An open loop sends each operation at its time whether earlier ones were answered or not, and measures from that
 * time on, so that a stall is felt by all that it delays (no coordinated omission).
 *
 * <p>Knows the AWS JSON protocol and workloads; nothing of regions' insides.
 */
@NullMarked
package dev.meridian.simulator.load;

import org.jspecify.annotations.NullMarked;
