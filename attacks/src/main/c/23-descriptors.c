/*
 * Row 23: descriptors that nobody meant to hand over.
 * Ways: list (anything open beyond 0, 1 and 2?), climb PATH (any open directory from which PATH can be written?)
 */
#include "attack.h"
#include <dirent.h>

int main(int argc, char **argv) {
	DIR *directory;
	struct dirent *entry;
	int found = -1;
	begin(argc, argv);
	directory = opendir("/proc/self/fd");
	if (directory == NULL)
		broken("opendir(/proc/self/fd)", strerror(errno));
	while ((entry = readdir(directory)) != NULL) {
		int fd = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || fd <= 2 || fd == dirfd(directory))
			continue;
		found = fd;
		if (way("climb")) {
			/* Relative to a leaked directory of "/", the path needs no leading slash. */
			int file = openat(fd, argument(0) + 1, O_WRONLY | O_CLOEXEC);
			if (file >= 0)
				deface("openat(leaked)", file);
		}
	}
	if (found < 0)
		blocked_as("list(/proc/self/fd)", "none");
	if (way("climb"))
		blocked("openat(leaked)", errno);
	worked("list(/proc/self/fd)");
}
