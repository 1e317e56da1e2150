/** Puts together what one run or one attach needs, by its plan. */
@NullMarked
package dev.paddock.sandbox.run;

import org.jspecify.annotations.NullMarked;
