/*
 * Row 25: moving or linking a file across the border of a grant.
 * Ways: link FROM TO (hard link, then write through it), rename FROM TO, exchange FROM TO, tmpfile DIRECTORY TO,
 *       unlink PATH, rmdir PATH, mkdir PATH, symlink PATH, replace OWN TO (rename of an own new file over TO)
 */
#include "attack.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("link")) {
		need("link", link(argument(0), argument(1)));
		deface("open(link)", open(argument(1), O_WRONLY | O_CLOEXEC));
	}
	if (way("rename"))
		judge("rename", rename(argument(0), argument(1)));
	if (way("replace")) {
		close((int)need("open(O_CREAT)", open(argument(0), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
		judge("rename", rename(argument(0), argument(1)));
	}
	if (way("exchange")) {
		close((int)need("open(O_CREAT)", open(argument(0), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
		judge("renameat2(EXCHANGE)",
		      syscall(SYS_renameat2, AT_FDCWD, argument(0), AT_FDCWD, argument(1), RENAME_EXCHANGE));
	}
	if (way("tmpfile")) {
		char path[64];
		int fd = (int)need("open(O_TMPFILE)", open(argument(0), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		judge("linkat(O_TMPFILE)", linkat(AT_FDCWD, path, AT_FDCWD, argument(1), AT_SYMLINK_FOLLOW));
	}
	if (way("unlink"))
		judge("unlink", unlink(argument(0)));
	if (way("rmdir"))
		judge("rmdir", rmdir(argument(0)));
	if (way("mkdir"))
		judge("mkdir", mkdir(argument(0), 0700));
	if (way("symlink"))
		judge("symlink", symlink("anywhere", argument(0)));
	broken("arguments", "unknown way");
}
