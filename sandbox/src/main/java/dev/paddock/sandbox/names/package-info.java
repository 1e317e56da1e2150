/** The one name server that a target with a network of its own reaches. */
@NullMarked
package dev.paddock.sandbox.names;

import org.jspecify.annotations.NullMarked;
