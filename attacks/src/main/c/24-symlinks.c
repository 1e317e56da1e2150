/*
 * Row 24, as far as Landlock alone answers it: a name inside a grant that leads outside.
 * Ways: last DIRECTORY TARGET (a symbolic link as last component), middle DIRECTORY TARGET-DIRECTORY NAME,
 *       dangling DIRECTORY NEW (creates NEW through a link that points to nothing), swap DIRECTORY TARGET (a thread
 *       swaps a harmless file and a link to TARGET while we open the name)
 */
#include "attack.h"
#include <pthread.h>

static char harmless[4096], linked[4096], name[4096];
static volatile int done;

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static void *exchange(void *nothing) {
	while (!done)
		syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, linked, RENAME_EXCHANGE);
	return nothing;
}

int main(int argc, char **argv) {
	begin(argc, argv);
	snprintf(name, sizeof name, "%s/name", argument(0));
	if (way("last")) {
		need("symlink", symlink(argument(1), name));
		deface("open(symlink)", open(name, O_WRONLY | O_CLOEXEC));
	}
	if (way("middle")) {
		char path[8192];
		need("symlink", symlink(argument(1), name));
		snprintf(path, sizeof path, "%s/%s", name, argument(2));
		deface("open(symlink/file)", open(path, O_WRONLY | O_CLOEXEC));
	}
	if (way("dangling")) {
		need("symlink", symlink(argument(1), name));
		deface("open(O_CREAT)", open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	if (way("swap")) {
		pthread_t swapper;
		int refused = 0;
		snprintf(harmless, sizeof harmless, "%s/name", argument(0));
		snprintf(linked, sizeof linked, "%s/link", argument(0));
		close((int)need("open(O_CREAT)", open(harmless, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
		need("symlink", symlink(argument(1), linked));
		if (pthread_create(&swapper, NULL, exchange, NULL) != 0)
			broken("pthread_create", "no thread");
		for (int round = 0; round < 20000; round++) {
			struct stat is, target;
			int fd = open(name, O_WRONLY | O_CLOEXEC);
			if (fd < 0) {
				refused = errno;
				continue;
			}
			if (fstat(fd, &is) == 0 && stat(argument(1), &target) == 0 && is.st_ino == target.st_ino) {
				done = 1;
				pthread_join(swapper, NULL);
				deface("open(swapped)", fd);
			}
			close(fd);
		}
		done = 1;
		pthread_join(swapper, NULL);
		if (refused == 0)
			broken("swap", "the race never came about");
		blocked("open(swapped)", refused);
	}
	broken("arguments", "unknown way");
}
