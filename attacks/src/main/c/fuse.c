/*
 * A file system with one file that never answers: whoever reads "/hung" waits until he is killed or this program ends.
 *
 *     fuse FOLDER
 *
 * Mounts it there, says "ready", and serves it until end-of-file on standard input; then unmounts it. If neither anything
 * was asked nor the end came for a minute, somebody waits for us who should not: we end, with status 3. For root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { GIVE_UP = 60000 };

static int device;

static void answer(uint64_t unique, int error, const void *body, size_t length) {
	struct fuse_out_header head = {(uint32_t)(sizeof head + length), error, unique};
	struct iovec parts[2] = {{&head, sizeof head}, {(void *)(uintptr_t)body, length}};
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		perror("fuse: writev");
}

static struct fuse_attr attributes(uint64_t node) {
	struct fuse_attr attributes;
	memset(&attributes, 0, sizeof attributes);
	attributes.ino = node;
	attributes.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
	attributes.nlink = 1;
	attributes.size = node == FUSE_ROOT_ID ? 0 : 4096;
	attributes.blksize = 4096;
	return attributes;
}

static void serve(const struct fuse_in_header *head) {
	const void *body = head + 1;
	switch (head->opcode) {
	case FUSE_INIT: {
		struct fuse_init_out out;
		memset(&out, 0, sizeof out);
		out.major = FUSE_KERNEL_VERSION;
		out.minor = FUSE_KERNEL_MINOR_VERSION;
		out.max_readahead = ((const struct fuse_init_in *)body)->max_readahead;
		out.max_write = 4096;
		answer(head->unique, 0, &out, sizeof out);
		return;
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out;
		memset(&out, 0, sizeof out);
		if (strcmp(body, "hung") != 0) {
			answer(head->unique, -ENOENT, NULL, 0);
			return;
		}
		out.nodeid = 2;
		out.attr = attributes(2);
		out.entry_valid = out.attr_valid = 3600;
		answer(head->unique, 0, &out, sizeof out);
		return;
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out out;
		memset(&out, 0, sizeof out);
		out.attr_valid = 3600;
		out.attr = attributes(head->nodeid);
		answer(head->unique, 0, &out, sizeof out);
		return;
	}
	case FUSE_OPEN:
	case FUSE_OPENDIR: {
		struct fuse_open_out out;
		memset(&out, 0, sizeof out);
		/* Else the next open waits for the page that never comes. */
		out.open_flags = FOPEN_KEEP_CACHE;
		answer(head->unique, 0, &out, sizeof out);
		return;
	}
	case FUSE_READ:
		/* Never. */
		return;
	case FUSE_INTERRUPT:
		/* But who is killed while he waits must be let go, or nobody could end this. */
		answer(((const struct fuse_interrupt_in *)body)->unique, -EINTR, NULL, 0);
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		return;
	case FUSE_READDIR:
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_ACCESS:
		answer(head->unique, 0, NULL, 0);
		return;
	default:
		answer(head->unique, -ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv) {
	static char buffer[1 << 17] __attribute__((aligned(8)));
	char options[128];
	struct pollfd both[2];
	int result = 0;
	if (argc != 2)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		fprintf(stderr, "fuse: /dev/fuse: %s\n", strerror(errno));
		return 1;
	}
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	if (mount("hung", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
		fprintf(stderr, "fuse: mount: %s\n", strerror(errno));
		return 1;
	}
	both[0].fd = 0;
	both[1].fd = device;
	both[0].events = both[1].events = POLLIN;
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t length;
		int ready = poll(both, 2, GIVE_UP);
		if (ready == 0) {
			result = 3;
			break;
		}
		if (ready < 0 && errno != EINTR)
			break;
		if (both[0].revents != 0 && read(0, buffer, 1) <= 0)
			break;
		if (both[1].revents == 0)
			continue;
		length = read(device, buffer, sizeof buffer);
		if (length >= (ssize_t)sizeof(struct fuse_in_header))
			serve((const struct fuse_in_header *)(void *)buffer);
		else if (length < 0 && errno != EINTR && errno != ENOENT)
			break;
	}
	/* Whoever still waits gets an error when the device is closed, which our end does. */
	umount2(argv[1], MNT_DETACH);
	return result;
}
