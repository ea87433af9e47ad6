/**
 * Stores and topics of earlier releases, below {@code src/test/resources/releases}: one folder for each, which stays as it
 * is. Before a release, {@link dev.meridian.simulator.formats.EarlierRelease#main} leaves the next; until then the folder of
 * the version to come may be left anew when a format changes.
 */
package dev.meridian.simulator.formats;
