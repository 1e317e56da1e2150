/** Where the changes of private trees are kept from run to run. */
@NullMarked
package dev.paddock.sandbox.layers;

import org.jspecify.annotations.NullMarked;
