/*
 * Row 30: making and emptying files where nothing may be changed, and special files where ordinary ones may.
 * Ways: creat PATH, open-create PATH, write PATH, append PATH, truncate PATH, open-truncate PATH (read-only
 *       open with O_TRUNC), ftruncate PATH, fallocate PATH, mknod-file PATH, fifo PATH, socket PATH,
 *       character PATH (a second /dev/null), block PATH, bind PATH (a unix socket file), read PATH, list PATH,
 *       remove PATH
 */
#include "attack.h"
#include <dirent.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

int main(int argc, char **argv) {
	const char *path;
	begin(argc, argv);
	path = argument(0);
	if (way("creat"))
		judge("creat", creat(path, 0600));
	if (way("open-create"))
		judge("open(O_CREAT|O_EXCL)", open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	if (way("write"))
		deface("open(O_WRONLY)", open(path, O_WRONLY | O_CLOEXEC));
	if (way("append"))
		deface("open(O_APPEND)", open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
	if (way("openat2")) {
		uint64_t how[3] = {O_WRONLY | O_CLOEXEC, 0, 0};
		deface("openat2", (int)syscall(SYS_openat2, AT_FDCWD, path, how, sizeof how));
	}
	if (way("truncate"))
		judge("truncate", truncate(path, 0));
	if (way("open-truncate"))
		judge("open(O_RDONLY|O_TRUNC)", open(path, O_RDONLY | O_TRUNC | O_CLOEXEC));
	if (way("ftruncate"))
		judge("ftruncate", ftruncate((int)need("open(O_RDWR)", open(path, O_RDWR | O_CLOEXEC)), 0));
	if (way("fallocate"))
		judge("fallocate", fallocate((int)need("open(O_RDWR)", open(path, O_RDWR | O_CLOEXEC)), 0, 0, 4096));
	if (way("mknod-file"))
		judge("mknod(S_IFREG)", mknod(path, S_IFREG | 0600, 0));
	if (way("fifo"))
		judge("mknod(S_IFIFO)", mkfifo(path, 0600));
	if (way("socket"))
		judge("mknod(S_IFSOCK)", mknod(path, S_IFSOCK | 0600, 0));
	if (way("character"))
		judge("mknod(S_IFCHR)", mknod(path, S_IFCHR | 0600, makedev(1, 3)));
	if (way("block"))
		judge("mknod(S_IFBLK)", mknod(path, S_IFBLK | 0600, makedev(7, 0)));
	if (way("bind")) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		int fd = (int)need("socket(AF_UNIX)", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		if (strlen(path) >= sizeof address.sun_path)
			broken("bind", "the path is too long");
		strcpy(address.sun_path, path);
		judge("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
	}
	if (way("read")) {
		char byte;
		judge("read", read((int)need("open(O_RDONLY)", open(path, O_RDONLY | O_CLOEXEC)), &byte, 1));
	}
	if (way("list")) {
		DIR *directory = opendir(path);
		judge("opendir", directory == NULL ? -1 : 0);
	}
	broken("arguments", "unknown way");
}
