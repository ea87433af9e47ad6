/**
 * What a drill has to say, as records; written as JSON, as a page for people, and for build servers. What could not be
 * measured is null in the records and is called so on the page.
 *
 * <p>Knows numbers and names; nothing of clusters or scenarios.
 */
@NullMarked
package dev.meridian.simulator.report;

import org.jspecify.annotations.NullMarked;
