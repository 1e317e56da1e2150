/**
 * The Linux kernel's own interfaces, called without a C library of ours in between: system calls,
 * descriptors, processes, sockets. Nothing here knows of policies, and nothing logs.
 */
@NullMarked
package dev.paddock.linux;

import org.jspecify.annotations.NullMarked;
