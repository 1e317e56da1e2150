/**
 * Seccomp filters: rules over system calls, compiled to classic BPF, and a disassembler to read
 * what came out. Pure Java: nothing here calls the kernel.
 */
@NullMarked
package dev.paddock.linux.bpf;

import org.jspecify.annotations.NullMarked;
