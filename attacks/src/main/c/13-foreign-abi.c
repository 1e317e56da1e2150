/*
 * Row 13: system calls by another door than the one the filter looks at: the 32-bit entry (int 0x80), the x32
 * bit, numbers outside the table, numbers whose upper half the kernel ignores.
 * Ways: int80-getpid int80-socket x32-getpid x32-socket beyond minus-one high-half
 */
#include "attack.h"
#include <sys/socket.h>

#if !defined(__x86_64__)
int main(int argc, char **argv) {
	begin(argc, argv);
	unavailable("abi", "only x86-64 has these doors");
}
#else
enum { I386_GETPID = 20, I386_SOCKET = 359, X32_BIT = 0x40000000 };

static long int80(long call, long first, long second, long third) {
	long result;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(call), "b"(first), "c"(second), "d"(third)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long raw(unsigned long call, long first, long second, long third) {
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(call), "D"(first), "S"(second), "d"(third)
			 : "memory", "rcx", "r8", "r9", "r10", "r11");
	return result;
}

static int outcome(long result) {
	return result < 0 ? (int)-result : 0;
}

static int int80_getpid(void) {
	return outcome(int80(I386_GETPID, 0, 0, 0));
}

static int int80_socket(void) {
	return outcome(int80(I386_SOCKET, AF_UNIX, SOCK_STREAM, 0));
}

static int x32_getpid(void) {
	return outcome(raw(X32_BIT | SYS_getpid, 0, 0, 0));
}

static int x32_socket(void) {
	return outcome(raw(X32_BIT | SYS_socket, AF_UNIX, SOCK_STREAM, 0));
}

static int beyond(void) {
	return outcome(raw(4000, 0, 0, 0));
}

static int minus_one(void) {
	return outcome(raw((unsigned long)-1, 0, 0, 0));
}

/* The kernel takes the number from the lower half of the register. */
static int high_half(void) {
	return outcome(raw(SYS_socket | 1UL << 32, AF_NETLINK, SOCK_RAW, 16 /* NETLINK_GENERIC */));
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("int80-getpid"))
		apart("int80(getpid)", int80_getpid);
	if (way("int80-socket"))
		apart("int80(socket)", int80_socket);
	if (way("x32-getpid"))
		apart("x32(getpid)", x32_getpid);
	if (way("x32-socket"))
		apart("x32(socket)", x32_socket);
	if (way("beyond"))
		apart("syscall(4000)", beyond);
	if (way("minus-one"))
		apart("syscall(-1)", minus_one);
	if (way("high-half"))
		apart("syscall(2^32+socket)", high_half);
	broken("arguments", "unknown way");
}
#endif
