/** What a region is told when it starts: read from YAML, checked before anything is opened. */
@NullMarked
package dev.meridian.node.config;

import org.jspecify.annotations.NullMarked;
