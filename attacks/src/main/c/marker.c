/*
 * Says which program ran and with what: one byte into descriptor 100, 'D' if anything of it is what the rules deny, 'A'
 * if nothing is. Denied are a file or an argument whose name ends in "-d"; only the process itself knows for sure
 * what it became.
 *
 *     marker-a [ARGUMENT...]    marker-d [ARGUMENT...]    (two copies of this program)
 *
 * With MARKER_SHOW in its environment it prints its arguments instead, each in brackets, and its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file without a name has " (deleted)" behind the one it was given. */
static int denied(const char *name) {
	size_t length = strcspn(name, " ");
	return length >= 2 && strncmp(name + length - 2, "-d", 2) == 0;
}

int main(int argc, char **argv) {
	char exe[4096];
	char verdict = 'A';
	ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (length < 0)
		return 3;
	exe[length] = '\0';
	if (getenv("MARKER_SHOW") != NULL) {
		printf("exe=%s argc=%d", strrchr(exe, '/') + 1, argc);
		for (int i = 0; i < argc; i++)
			printf(" [%s]", argv[i]);
		printf("\n");
		return 0;
	}
	/* argv[0] is only a claim. */
	if (denied(exe))
		verdict = 'D';
	for (int i = 1; i < argc; i++)
		if (denied(argv[i]))
			verdict = 'D';
	return write(100, &verdict, 1) == 1 ? 0 : 3;
}
