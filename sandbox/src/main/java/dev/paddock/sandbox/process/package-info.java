/** The processes of a run: what becomes of them, which programs they execute. */
@NullMarked
package dev.paddock.sandbox.process;

import org.jspecify.annotations.NullMarked;
