/*
 * Row 43: what Paddock reads and writes itself lies where the target may write.
 * Ways: policy FILE SECRET (FILE becomes a policy that grants everything; then SECRET is opened), project SECRET (the same
 *       by the names that a project's own policy may have), log FILE VICTIM (FILE, which events go to, is replaced by a symbolic
 *       link to VICTIM, and more events are made), secrets (what the environment has that nobody passed on)
 */
#include "attack.h"

extern char **environ;

static const char everything[] = "[files]\nread = [\"/\"]\nwrite = [\"/\"]\n[environment]\ninherit = \"all\"\n";

static int replace(const char *file) {
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, everything, sizeof everything - 1) < 0)
		return -1;
	return close(fd);
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("policy")) {
		need("write(policy)", replace(argument(0)));
		judge("open(secret)", open(argument(1), O_RDONLY | O_CLOEXEC));
	}
	if (way("project")) {
		static const char *const names[] = {"paddock.toml", ".paddock.toml", ".paddock", "policy.toml", "base.toml", "build.toml"};
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			need("write(policy)", replace(names[i]));
		judge("open(secret)", open(argument(0), O_RDONLY | O_CLOEXEC));
	}
	if (way("log")) {
		need("unlink", unlink(argument(0)));
		need("symlink", symlink(argument(1), argument(0)));
		for (int i = 0; i < 20; i++)
			if (system("/bin/true forged") != 0)
				broken("system", "no shell");
		tried("symlink");
	}
	if (way("secrets")) {
		for (char **variable = environ; *variable != NULL; variable++)
			if (strstr(*variable, "hunter2") != NULL)
				worked("environ");
		blocked_as("environ", "none");
	}
	broken("arguments", "unknown way");
}
