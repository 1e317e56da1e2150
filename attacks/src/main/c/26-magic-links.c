/*
 * Row 26: the same file by the names that /proc gives it.
 * Ways: write PREFIX PATH, read PREFIX PATH (PREFIX is put before PATH), parent LINK PATH (LINK of our parent, which
 *       is init inside), process PID LINK PATH
 */
#include "attack.h"

int main(int argc, char **argv) {
	char path[8192];
	char byte;
	begin(argc, argv);
	if (way("write") || way("read"))
		snprintf(path, sizeof path, "%s%s", argument(0), argument(1));
	else if (way("parent"))
		snprintf(path, sizeof path, "/proc/%d/%s%s", getppid(), argument(0), argument(1));
	else if (way("process"))
		snprintf(path, sizeof path, "/proc/%ld/%s%s", number(0), argument(1), argument(2));
	else
		broken("arguments", "unknown way");
	if (way("read"))
		judge("read", read((int)need("open(O_RDONLY)", open(path, O_RDONLY | O_CLOEXEC)), &byte, 1));
	deface("open(O_WRONLY)", open(path, O_WRONLY | O_CLOEXEC));
}
