/** From a policy and a host to a plan: what the kernel is asked to enforce, line by line. */
@NullMarked
package dev.paddock.sandbox.plan;

import org.jspecify.annotations.NullMarked;
