/** Sees what is refused, and says which rule did it: {@code --denials}. Decides nothing. */
@NullMarked
package dev.paddock.sandbox.observe;

import org.jspecify.annotations.NullMarked;
