/** Placeholder. */
@NullMarked
package dev.paddock.linux;

import org.jspecify.annotations.NullMarked;
