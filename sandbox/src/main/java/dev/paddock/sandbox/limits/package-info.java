/** What a run uses, and the limits that nobody but a watcher can hold. */
@NullMarked
package dev.paddock.sandbox.limits;

import org.jspecify.annotations.NullMarked;
