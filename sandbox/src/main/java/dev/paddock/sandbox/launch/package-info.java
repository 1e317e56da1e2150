/** The launch: the protocol with init, and the loop that follows a run to its end. */
@NullMarked
package dev.paddock.sandbox.launch;

import org.jspecify.annotations.NullMarked;
