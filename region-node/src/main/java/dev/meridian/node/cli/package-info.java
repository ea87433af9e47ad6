/** The command line: options, help, one clear line for what cannot be done. */
@NullMarked
package dev.meridian.node.cli;

import org.jspecify.annotations.NullMarked;
