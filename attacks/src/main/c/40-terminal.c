/*
 * Row 40: typing into the terminal on standard input, or changing what it is. "-high" ways put 2^32 on top of the
 * command, which the kernel cuts off.
 * Ways: sti linux setd cons and the same with -high; hangup (takes it away from its session: inside only)
 */
#include "attack.h"
#include <sys/ioctl.h>

static unsigned long command(unsigned long plain) {
	return strstr(attack_way, "-high") != NULL ? plain | 1UL << 32 : plain;
}

static int starts(const char *name) {
	return strncmp(attack_way, name, strlen(name)) == 0;
}

static int act(void) {
	long result;
	setsid();
	/* Typing is for the terminal's own session; whether we may make it ours is not the question here. */
	syscall(SYS_ioctl, 0, (unsigned long)TIOCSCTTY, 0);
	if (starts("sti")) {
		char typed = 'x';
		result = syscall(SYS_ioctl, 0, command(TIOCSTI), &typed);
	} else if (starts("linux")) {
		/* Only a virtual console knows it: elsewhere ENOTTY tells that the call came through. */
		char subcommand[2] = {6, 0};
		result = syscall(SYS_ioctl, 0, command(TIOCLINUX), subcommand);
		if (result < 0 && (errno == ENOTTY || errno == EINVAL))
			result = 0;
	} else {
		int discipline = 0;
		result = syscall(SYS_ioctl, 0, command(TIOCSETD), &discipline);
	}
	return result < 0 ? errno : 0;
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (!isatty(0))
		broken("isatty", "standard input is no terminal");
	if (starts("sti"))
		apart("ioctl(TIOCSTI)", act);
	if (starts("linux"))
		apart("ioctl(TIOCLINUX)", act);
	if (starts("setd"))
		apart("ioctl(TIOCSETD)", act);
	broken("arguments", "unknown way");
}
