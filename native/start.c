/* The way in: without a C library for the real thing, as an ordinary main() for the sanitized build of the tests. */
#include "init.h"

#ifdef PADDOCK_HOSTED

int main(int argc, char **argv) { partner_main(argc, argv); }

#else

__attribute__((noreturn)) void start_c(long *stack);

__attribute__((noreturn, used)) void start_c(long *stack) { partner_main((int)stack[0], (char **)(stack + 1)); }

#if defined(__x86_64__)
__asm__(
    ".text\n.globl _start\n.type _start,@function\n_start:\n"
    "  xorl %ebp, %ebp\n"
    "  movq %rsp, %rdi\n"
    "  andq $-16, %rsp\n"
    "  call start_c\n");
#else
__asm__(
    ".text\n.globl _start\n.type _start,%function\n_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  and sp, x0, #-16\n"
    "  b start_c\n");
#endif

/* The compiler may call these for initialisers and copies of structs, also without a library. */
void *memset(void *to, int value, unsigned long size);
void *memcpy(void *restrict to, const void *restrict from, unsigned long size);

__attribute__((used)) void *memset(void *to, int value, unsigned long size) {
  for (unsigned long i = 0; i < size; i++) ((volatile u8 *)to)[i] = (u8)value;
  return to;
}

__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, unsigned long size) {
  for (unsigned long i = 0; i < size; i++) ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

#endif
