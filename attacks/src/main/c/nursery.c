/*
 * Runs PROGRAM and becomes the parent of everything that its tree leaves behind, so that nobody can get away. Ends
 * when the last of them is gone, with the status of PROGRAM (128+n if a signal killed it).
 *
 *     nursery PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	int status, result = 127;
	pid_t child, gone;
	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return 2;
	child = fork();
	if (child < 0)
		return 2;
	if (child == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	/* Only PROGRAM talks on these. */
	close(0);
	close(1);
	while ((gone = waitpid(-1, &status, 0)) > 0 || errno == EINTR)
		if (gone == child)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return result;
}
