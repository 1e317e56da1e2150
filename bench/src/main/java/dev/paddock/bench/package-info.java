/**
 * Measurements: each against its yardstick in the same run, and quoted as a ratio or a difference.
 */
@NullMarked
package dev.paddock.bench;

import org.jspecify.annotations.NullMarked;
