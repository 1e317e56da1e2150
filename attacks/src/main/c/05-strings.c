/*
 * Row 5: strings as only a hostile program makes them. Every way runs the denied program or argument, written so that
 * a judge who reads it otherwise than the kernel lets it through:
 * Ways, each with PROGRAMS SCRATCH:
 *     page-end (its NUL is the last byte before an unmapped page), page-cross (it lies across two pages),
 *     long (PATH_MAX - 1 bytes of "./" before it), slashes, dots (PROGRAMS/../PROGRAMS), relative (from its folder),
 *     link (a symbolic link to it), chain (of 30 links), proc-cwd, proc-root, proc-fd-dir, thread-self (magic links),
 *     not-text (a folder whose name is not UTF-8), newline (a folder with a line feed in its name), hard-link
 *     many (the denied argument after 100 000 harmless ones), behind-huge (after one of 120 kB), argc-0 (no arguments at
 *     all), null-zero (argv[0] is the empty string), argument-page-end, argv-page-end (the array ends with the page),
 *     script-argument (denied as the one argument that a script's first line may name), script-chain (a script of a
 *     script), script-env (#!/usr/bin/env PROGRAM), script-relative, script-long (a first line of 256 bytes)
 */
#include "attack.h"
#include <linux/limits.h>
#include <sys/mman.h>

static char path[8192];
static const char *programs, *scratch;
static int report[2];

static char *empty[] = {NULL};

/* Two pages of which the second is not there; returns the end of the first. */
static char *cliff(void) {
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || munmap(pages + 4096, 4096) != 0)
		broken("mmap", strerror(errno));
	return pages + 4096;
}

static char *at_the_end(const char *text) {
	size_t size = strlen(text) + 1;
	return memcpy(cliff() - size, text, size);
}

static char *denied(void) {
	snprintf(path, sizeof path, "%s/marker-d", programs);
	return path;
}

static char *allowed(void) {
	snprintf(path, sizeof path, "%s/marker-a", programs);
	return path;
}

static char *in_scratch(const char *name) {
	static char text[4096];
	snprintf(text, sizeof text, "%s/%s", scratch, name);
	return text;
}

static char *script(const char *name, const char *line) {
	char *file = in_scratch(name);
	int fd = (int)need("open(script)", open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
	need("write(script)", write(fd, line, strlen(line)));
	close(fd);
	return file;
}

/* Runs in a child of its own; returns only if it was refused. */
static int run(void) {
	char *plain[] = {"marker", NULL};
	char *two[] = {"marker", "arg-d", NULL};
	char text[8192];
	if (way("page-end"))
		execve(at_the_end(denied()), plain, empty);
	if (way("page-cross")) {
		char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		char *here = pages + 4096 - strlen(denied()) / 2;
		execve(strcpy(here, denied()), plain, empty);
	}
	if (way("long") || way("slashes")) {
		/* PATH_MAX counts the NUL. */
		size_t tail = strlen("/marker-d"), head = strlen(programs), at = head;
		memcpy(text, programs, head);
		while (at + tail + 2 < PATH_MAX) {
			text[at++] = '/';
			text[at++] = way("long") ? '.' : '/';
		}
		strcpy(text + at, "/marker-d");
		execve(text, plain, empty);
	}
	if (way("dots")) {
		snprintf(text, sizeof text, "%s/../%s/./marker-d", programs, strrchr(programs, '/') + 1);
		execve(text, plain, empty);
	}
	if (way("relative")) {
		need("chdir", chdir(programs));
		execve("marker-d", plain, empty);
	}
	if (way("link")) {
		symlink(denied(), in_scratch("marker-a"));
		execve(in_scratch("marker-a"), plain, empty);
	}
	if (way("chain")) {
		char name[64], before[64] = "";
		for (int link = 0; link < 30; link++) {
			snprintf(name, sizeof name, "link%d", link);
			symlink(link == 0 ? denied() : before, in_scratch(name));
			strcpy(before, name);
		}
		execve(in_scratch(name), plain, empty);
	}
	if (way("hard-link")) {
		if (link(denied(), in_scratch("marker-a")) != 0)
			return errno;
		execve(in_scratch("marker-a"), plain, empty);
	}
	if (way("proc-cwd")) {
		need("chdir", chdir(programs));
		execve("/proc/self/cwd/marker-d", plain, empty);
	}
	if (way("thread-self")) {
		need("chdir", chdir(programs));
		execve("/proc/thread-self/cwd/marker-d", plain, empty);
	}
	if (way("proc-root")) {
		snprintf(text, sizeof text, "/proc/self/root%s", denied());
		execve(text, plain, empty);
	}
	if (way("proc-fd-dir")) {
		int folder = (int)need("open", open(programs, O_PATH | O_DIRECTORY));
		snprintf(text, sizeof text, "/proc/self/fd/%d/marker-d", folder);
		execve(text, plain, empty);
	}
	if (way("not-text") || way("newline")) {
		const char *name = way("newline") ? "a\n{\"event\":\"forged\"}\n" : "\xff\xfe\x80";
		char *folder = in_scratch(name);
		need("symlink", symlink(programs, folder));
		snprintf(text, sizeof text, "%s/marker-d", folder);
		execve(text, plain, empty);
	}
	if (way("many")) {
		char **many = calloc(100003, sizeof *many);
		for (int i = 0; i < 100000; i++)
			many[i] = "x";
		many[100000] = "arg-d";
		execve(allowed(), many, empty);
	}
	if (way("behind-huge")) {
		char *huge = malloc(120001);
		char *three[] = {"marker", huge, "arg-d", NULL};
		memset(huge, 'x', 120000);
		huge[120000] = '\0';
		execve(allowed(), three, empty);
	}
	if (way("argc-0"))
		execve(denied(), empty, empty);
	if (way("null-zero")) {
		char *none[] = {"", "arg-d", NULL};
		execve(allowed(), none, empty);
	}
	if (way("argument-page-end")) {
		two[1] = at_the_end("arg-d");
		execve(allowed(), two, empty);
	}
	if (way("argv-page-end")) {
		char *array = cliff() - sizeof two;
		memcpy(array, two, sizeof two);
		execve(allowed(), (char **)(void *)array, empty);
	}
	if (way("script-argument")) {
		snprintf(text, sizeof text, "#! \t%s \t arg-d \t\n", allowed());
		execve(script("script", text), plain, empty);
	}
	if (way("script-chain")) {
		snprintf(text, sizeof text, "#!%s\n", denied());
		script("inner", text);
		snprintf(text, sizeof text, "#!%s/inner\n", scratch);
		execve(script("script", text), plain, empty);
	}
	if (way("script-env")) {
		snprintf(text, sizeof text, "#!/usr/bin/env %s\n", denied());
		execve(script("script", text), plain, empty);
	}
	if (way("script-relative")) {
		need("chdir", chdir(programs));
		execve(script("script", "#!marker-d\n"), plain, empty);
	}
	if (way("script-long")) {
		/* Spaces up to the 256 bytes that the kernel reads of it, and the interpreter at their end. */
		size_t length = strlen(denied());
		memset(text, ' ', 256);
		memcpy(text, "#!", 2);
		memcpy(text + 254 - length, path, length);
		strcpy(text + 254, "\n");
		execve(script("script", text), plain, empty);
	}
	return errno;
}

int main(int argc, char **argv) {
	char verdict = '?';
	int status;
	pid_t child;
	begin(argc, argv);
	programs = argument(0);
	scratch = argument(1);
	if (pipe2(report, O_CLOEXEC) != 0 || dup2(report[1], 100) < 0)
		broken("pipe", strerror(errno));
	close(report[1]);
	child = fork();
	if (child < 0)
		broken("fork", strerror(errno));
	if (child == 0) {
		int error = run();
		dprintf(2, "%s: %s\n", attack_way, strerror(error));
		_exit(error == 0 ? 255 : error);
	}
	close(100);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			broken("waitpid", strerror(errno));
	if (read(report[0], &verdict, 1) == 1) {
		/* A second name of the denied file looks harmless, and is not. */
		if (verdict == 'D' || way("hard-link"))
			worked("execve");
		broken("execve", "a harmless program ran");
	}
	if (WIFSIGNALED(status))
		blocked_as("execve", WTERMSIG(status) == SIGKILL ? "SIGKILL" : "signal");
	/* env(1) says 126 for what it cannot run. */
	blocked("execve", WEXITSTATUS(status) == 126 ? EACCES : WEXITSTATUS(status));
}
