/** What the target sees instead of the host's own, made of the kernel's name spaces. */
@NullMarked
package dev.paddock.sandbox.view;

import org.jspecify.annotations.NullMarked;
