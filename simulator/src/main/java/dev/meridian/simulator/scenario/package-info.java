/**
 * The scenario language: one YAML file says which regions there are, what lies between them, who writes what, what breaks
 * when, and what must hold then. Plain records; both the deterministic simulator and the drills of real processes play
 * them. Nothing here knows how.
 */
@NullMarked
package dev.meridian.simulator.scenario;

import org.jspecify.annotations.NullMarked;
