/*
 * Row 50: running a denied program's code without executing its file, or with another program as the one who does.
 *
 * Ways, each with PROGRAMS SCRATCH: the dynamic loader (loader, -options, -argument, -preload, -copy, -link, -script), copies (copy,
 *       memfd-copy), libraries (preload, audit), start-up files and variables (bash-env, bash-env-own, bash-function, python-path,
 *       perl5opt, git-ssh, git-alias) and programs that run programs (env, env-split, nice, nohup, timeout, xargs, setsid, stdbuf,
 *       sh-c, sh-c-hidden, sh-exec-a, sh-script, find-exec, awk, make-shell, tar-command, python; argument-env and
 *       argument-sh with the denied argument)
 */
#include "attack.h"
#include <sys/mman.h>

static const char *programs, *scratch;
static volatile int *refusal;
static char denied[4200], allowed[4200], text[16384], other[20000];

static void copy(const char *from, const char *to) {
	char buffer[65536];
	ssize_t length;
	int in = (int)need("open", open(from, O_RDONLY | O_CLOEXEC));
	int out = (int)need("open(copy)", open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
	while ((length = read(in, buffer, sizeof buffer)) > 0)
		if (write(out, buffer, (size_t)length) != length)
			broken("write", strerror(errno));
	close(in);
	close(out);
}

static const char *loader(void) {
	static const char *const names[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};
	for (int i = 0; i < 2; i++)
		if (access(names[i], X_OK) == 0)
			return names[i];
	unavailable("execve", "no dynamic loader where it should be");
}

static const char *file(const char *name, const char *content) {
	static char path[4200];
	int fd;
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	fd = (int)need("open(file)", open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
	need("write(file)", write(fd, content, strlen(content)));
	close(fd);
	return path;
}

#define RUN(...)                                              \
	do {                                                  \
		char *arguments[] = {__VA_ARGS__, NULL};      \
		execve(arguments[0], arguments, environment); \
		return errno;                                 \
	} while (0)

static char *with(const char *name, const char *value) {
	snprintf(other, sizeof other, "%s=%s", name, value);
	return other;
}

static int run(void) {
	char *environment[] = {"PATH=/usr/bin:/bin", NULL, NULL};
	if (way("loader"))
		RUN((char *)(uintptr_t)loader(), denied);
	if (way("loader-options"))
		RUN((char *)(uintptr_t)loader(), "--argv0", allowed, "--library-path", "/usr/lib", denied);
	if (way("loader-argument"))
		RUN((char *)(uintptr_t)loader(), allowed, "arg-d");
	if (way("loader-preload")) {
		snprintf(text, sizeof text, "%s/preload.so", programs);
		RUN((char *)(uintptr_t)loader(), "--preload", text, allowed);
	}
	if (way("loader-copy")) {
		snprintf(text, sizeof text, "%s/innocent", scratch);
		copy(loader(), text);
		RUN(text, denied);
	}
	if (way("loader-link")) {
		snprintf(text, sizeof text, "%s/innocent", scratch);
		need("symlink", symlink(loader(), text));
		RUN(text, denied);
	}
	if (way("loader-script")) {
		snprintf(text, sizeof text, "#!%s %s\n", loader(), denied);
		RUN((char *)(uintptr_t)file("script", text));
	}
	if (way("copy")) {
		snprintf(text, sizeof text, "%s/innocent", scratch);
		copy(denied, text);
		RUN(text, "arg-a");
	}
	if (way("memfd-copy")) {
		int fd = (int)need("memfd_create", syscall(SYS_memfd_create, "innocent", 0));
		snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
		copy(denied, text);
		/* What is open for writing cannot be executed. */
		int reading = (int)need("open(memfd)", open(text, O_RDONLY));
		close(fd);
		snprintf(text, sizeof text, "/proc/self/fd/%d", reading);
		RUN(text, "arg-a");
	}
	if (way("preload") || way("audit")) {
		snprintf(text, sizeof text, "%s/preload.so", programs);
		environment[1] = with(way("preload") ? "LD_PRELOAD" : "LD_AUDIT", text);
		RUN(allowed);
	}
	if (way("bash-env")) {
		environment[1] = with("BASH_ENV", file("startup", denied));
		RUN("/bin/bash", "-c", ":");
	}
	if (way("bash-env-own")) {
		/* No other program: the allowed one itself does it. */
		environment[1] = with("BASH_ENV", file("startup", "printf D >/proc/self/fd/100"));
		RUN("/bin/bash", "-c", ":");
	}
	if (way("bash-function")) {
		environment[1] = with("BASH_FUNC_ls%%", "() { printf D >/proc/self/fd/100; }");
		RUN("/bin/bash", "-c", "ls");
	}
	if (way("python-path")) {
		file("sitecustomize.py", "import os\nos.write(100, b'D')\n");
		environment[1] = with("PYTHONPATH", scratch);
		RUN("/usr/bin/python3", "-c", "0");
	}
	if (way("perl5opt")) {
		file("X.pm", "package X; syswrite(do { open(my $f, '>&=', 100); $f }, 'D'); 1;");
		snprintf(text, sizeof text, "-I%s -MX", scratch);
		environment[1] = with("PERL5OPT", text);
		RUN("/usr/bin/perl", "-e", "0");
	}
	if (way("git-ssh")) {
		environment[1] = with("GIT_SSH_COMMAND", denied);
		RUN("/usr/bin/git", "ls-remote", "ssh://localhost/nothing");
	}
	if (way("git-alias")) {
		snprintf(text, sizeof text, "alias.x=!%s", denied);
		RUN("/usr/bin/git", "-c", text, "x");
	}
	if (way("env"))
		RUN("/usr/bin/env", "-u", "C", "A=B", denied);
	if (way("env-split")) {
		snprintf(text, sizeof text, "-S%s arg", denied);
		RUN("/usr/bin/env", text);
	}
	if (way("argument-env"))
		RUN("/usr/bin/env", allowed, "arg-d");
	if (way("nice"))
		RUN("/usr/bin/nice", "-n", "1", denied);
	if (way("nohup"))
		RUN("/usr/bin/nohup", denied);
	if (way("timeout"))
		RUN("/usr/bin/timeout", "-k", "5", "10", denied);
	if (way("xargs"))
		RUN("/usr/bin/xargs", "-a", "/dev/null", denied);
	if (way("setsid"))
		RUN("/usr/bin/setsid", "-w", denied);
	if (way("stdbuf"))
		RUN("/usr/bin/stdbuf", "-o0", denied);
	if (way("sh-c"))
		RUN("/bin/sh", "-c", denied);
	if (way("sh-c-hidden")) {
		/* The name is put together where no reader of words can see it. */
		snprintf(text, sizeof text, "x=%s; y=${x%%?}; eval \"${y}$(printf '\\144')\"", denied);
		RUN("/bin/sh", "-c", text);
	}
	if (way("argument-sh")) {
		snprintf(text, sizeof text, "a=arg-; %s ${a}d", allowed);
		RUN("/bin/sh", "-c", text);
	}
	if (way("sh-exec-a")) {
		snprintf(text, sizeof text, "exec -a %s %s", allowed, denied);
		RUN("/bin/bash", "-c", text);
	}
	if (way("sh-script"))
		RUN("/bin/sh", (char *)(uintptr_t)file("script", denied));
	if (way("find-exec"))
		RUN("/usr/bin/find", "/dev/null", "-exec", denied, ";");
	if (way("awk")) {
		snprintf(text, sizeof text, "BEGIN { system(\"%s\") }", denied);
		RUN("/usr/bin/awk", text);
	}
	if (way("make-shell")) {
		snprintf(text, sizeof text, "SHELL=%s", denied);
		file("Makefile", "all:\n\t@anything\n");
		need("chdir", chdir(scratch));
		RUN("/usr/bin/make", "-s", text);
	}
	if (way("tar-command")) {
		snprintf(text, sizeof text, "--checkpoint-action=exec=%s", denied);
		RUN("/usr/bin/tar", "cf", "/dev/null", "/dev/null", "--checkpoint=1", text);
	}
	if (way("python"))  {
		snprintf(text, sizeof text, "import os,threading; os.posix_spawn('%s', ['x'], {})", denied);
		RUN("/usr/bin/python3", "-c", text);
	}
	return EINVAL;
}

int main(int argc, char **argv) {
	char verdict = '?', byte;
	int report[2], status;
	pid_t child;
	begin(argc, argv);
	programs = argument(0);
	scratch = argument(1);
	snprintf(denied, sizeof denied, "%s/marker-d", programs);
	snprintf(allowed, sizeof allowed, "%s/marker-a", programs);
	refusal = mmap(NULL, sizeof *refusal, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (refusal == MAP_FAILED)
		broken("mmap", strerror(errno));
	if (pipe2(report, O_CLOEXEC) != 0 || dup2(report[1], 100) < 0)
		broken("pipe", strerror(errno));
	close(report[1]);
	child = fork();
	if (child < 0)
		broken("fork", strerror(errno));
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);
		/* Only one line is ours. */
		dup2(null, 0), dup2(null, 1), dup2(null, 2);
		*refusal = run();
		_exit(1);
	}
	close(100);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			broken("waitpid", strerror(errno));
	/* The last of whoever holds the other end says the last word. */
	while (read(report[0], &byte, 1) == 1)
		if (verdict != 'D')
			verdict = byte;
	if (verdict == 'D' || ((way("copy") || way("memfd-copy") || strncmp(attack_way, "loader", 6) == 0) && verdict == 'A'))
		worked("execve");
	if (WIFEXITED(status) && WEXITSTATUS(status) == BLOCKED)
		broken("preparation", "a step before it was refused");
	if (WIFSIGNALED(status))
		blocked_as("execve", WTERMSIG(status) == SIGKILL ? "SIGKILL" : "signal");
	if (*refusal != 0)
		blocked("execve", *refusal);
	if (verdict == 'A')
		blocked_as("execve", "harmless");
	blocked_as("execve", "not-run");
}
