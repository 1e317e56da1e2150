/** Stopping a whole tree for a while, so that nobody inside can tell. */
@NullMarked
package dev.paddock.sandbox.freeze;

import org.jspecify.annotations.NullMarked;
