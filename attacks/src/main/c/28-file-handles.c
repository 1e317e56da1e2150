/*
 * Row 28: opening a file by its handle, past every directory and every path.
 * Ways: open PATH DIRECTORY (writes PATH by its handle; DIRECTORY is on the same file system and may be opened),
 *       forged DIRECTORY (a handle made up)
 */
#include "attack.h"

struct room {
	struct file_handle handle;
	unsigned char bytes[MAX_HANDLE_SZ];
};

int main(int argc, char **argv) {
	static struct room room;
	int mount, directory;
	begin(argc, argv);
	room.handle.handle_bytes = MAX_HANDLE_SZ;
	if (way("open")) {
		need("name_to_handle_at", name_to_handle_at(AT_FDCWD, argument(0), &room.handle, &mount, 0));
		directory = (int)need("open", open(argument(1), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		deface("open_by_handle_at", open_by_handle_at(directory, &room.handle, O_WRONLY | O_CLOEXEC));
	}
	if (way("forged")) {
		room.handle.handle_bytes = 8;
		room.handle.handle_type = 1;
		directory = (int)need("open", open(argument(0), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		judge_reached("open_by_handle_at", open_by_handle_at(directory, &room.handle, O_RDONLY | O_CLOEXEC));
	}
	broken("arguments", "unknown way");
}
