/** Taking over processes that run already, by ptrace(2) alone. */
@NullMarked
package dev.paddock.sandbox.attach;

import org.jspecify.annotations.NullMarked;
