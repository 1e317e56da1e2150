/*
 * Row 16: young system calls that do what older, filtered ones do.
 * Ways: setxattrat PATH, removexattrat PATH, file_setattr PATH, and, with arguments that change
 * nothing: open_tree open_tree_clone open_tree_attr mount_setattr fsopen fspick fsmount fsconfig move_mount
 * statmount listmount
 */
#include "attack.h"

enum {
	NR_open_tree = 428,
	NR_move_mount = 429,
	NR_fsopen = 430,
	NR_fsconfig = 431,
	NR_fsmount = 432,
	NR_fspick = 433,
	NR_mount_setattr = 442,
	NR_statmount = 457,
	NR_listmount = 458,
	NR_setxattrat = 463,
	NR_removexattrat = 466,
	NR_open_tree_attr = 467,
	NR_file_setattr = 469
};

struct xattr_arguments {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("setxattrat")) {
		static const char value[] = "x";
		struct xattr_arguments x = {(uint64_t)(uintptr_t)value, 1, 0};
		judge("setxattrat",
		      syscall(NR_setxattrat, AT_FDCWD, argument(0), 0, "user.paddock-attack", &x, sizeof x));
	}
	if (way("removexattrat"))
		judge_reached("removexattrat",
			      syscall(NR_removexattrat, AT_FDCWD, argument(0), 0, "user.paddock-none"));
	if (way("file_setattr")) {
		/* struct file_attr, version 0: 24 bytes; a size of 0 is refused only after the filter. */
		uint64_t attributes[3] = {0};
		judge_reached("file_setattr",
			      syscall(NR_file_setattr, AT_FDCWD, argument(0), attributes, sizeof attributes, 0));
	}
	if (way("open_tree"))
		judge("open_tree", syscall(NR_open_tree, AT_FDCWD, "/", 0));
	if (way("open_tree_clone"))
		judge("open_tree(CLONE)", syscall(NR_open_tree, AT_FDCWD, "/", 1));
	if (way("open_tree_attr"))
		judge("open_tree_attr", syscall(NR_open_tree_attr, AT_FDCWD, "/", 0, NULL, 0));
	if (way("mount_setattr")) {
		uint64_t attributes[4] = {0};
		judge_reached("mount_setattr", syscall(NR_mount_setattr, AT_FDCWD, "/paddock-no-such-place", 0, attributes,
						       sizeof attributes));
	}
	if (way("fsopen"))
		judge("fsopen", syscall(NR_fsopen, "tmpfs", 1));
	if (way("fspick"))
		judge_reached("fspick", syscall(NR_fspick, AT_FDCWD, "/paddock-no-such-place", 1));
	if (way("fsmount"))
		judge_reached("fsmount", syscall(NR_fsmount, -1, 1, 0));
	if (way("fsconfig"))
		judge_reached("fsconfig", syscall(NR_fsconfig, -1, 0, "source", NULL, 0));
	if (way("move_mount"))
		judge_reached("move_mount", syscall(NR_move_mount, AT_FDCWD, "/paddock-no-such-place", AT_FDCWD,
						    "/paddock-no-such-place", 0));
	if (way("statmount"))
		judge_reached("statmount", syscall(NR_statmount, NULL, NULL, 0, 0));
	if (way("listmount"))
		judge_reached("listmount", syscall(NR_listmount, NULL, NULL, 0, 0));
	broken("arguments", "unknown way");
}
