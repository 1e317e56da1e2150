/**
 * The public API: a {@link dev.paddock.sandbox.Sandbox} confines the commands that it runs to what
 * a policy grants, enforced by the kernel.
 */
@NullMarked
package dev.paddock.sandbox;

import org.jspecify.annotations.NullMarked;
