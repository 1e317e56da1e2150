/**
 * Attacks on the sandbox: each runs bare, where it must work, and inside, where it must be refused
 * in the way that its row of {@link dev.paddock.attacks.Table} says.
 */
@NullMarked
package dev.paddock.attacks;

import org.jspecify.annotations.NullMarked;
