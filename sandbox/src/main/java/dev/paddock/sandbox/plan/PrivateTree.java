package dev.paddock.sandbox.plan;

import dev.paddock.policy.ByteString;
import dev.paddock.sandbox.PlanLine;

/**
 * A directory that the target sees as it is, and changes in a layer.
 *
 * @param path without symbolic links
 * @param there whether it exists; if not, the layer is all there is of it
 * @param line the line of the policy that says so
 */
record PrivateTree(ByteString path, boolean there, PlanLine line) {}
