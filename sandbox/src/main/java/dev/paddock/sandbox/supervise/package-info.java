/** The loop of held system calls: who receives them, who judges them, how they are answered. */
@NullMarked
package dev.paddock.sandbox.supervise;

import org.jspecify.annotations.NullMarked;
