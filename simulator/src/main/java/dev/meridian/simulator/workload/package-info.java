/**
 * What clients do, as pure functions of a seed: a workload plans its requests and when they are to be sent, and knows
 * nothing of who sends them. Requests are in the terms of the API, so that the simulator, drills and the load generator
 * send the same.
 */
@NullMarked
package dev.meridian.simulator.workload;

import org.jspecify.annotations.NullMarked;
