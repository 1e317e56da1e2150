/** Placeholder. */
@NullMarked
package dev.paddock.policy;

import org.jspecify.annotations.NullMarked;
