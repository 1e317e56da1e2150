// Restricts itself with the Landlock ruleset on descriptor 3 and tries things:
// confined RESULTS [WHAT ARGUMENT]...; writes one error number per line, 0 for what succeeded.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int is(const char *what, const char *name)
{
	return strcmp(what, name) == 0;
}

static int tcp(const char *port, int bound)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bound ? bind(fd, (struct sockaddr *)&address, sizeof address)
		     : connect(fd, (struct sockaddr *)&address, sizeof address);
}

static int local(const char *name, int abstract, int bound)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strncpy(address.sun_path + abstract, name, sizeof address.sun_path - 2);
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bound ? bind(fd, (struct sockaddr *)&address, size)
		     : connect(fd, (struct sockaddr *)&address, size);
}

static int attempt(const char *what, const char *argument)
{
	char other[4096];
	snprintf(other, sizeof other, "%s.other/moved", argument);
	if (is(what, "READ_FILE"))
		return open(argument, O_RDONLY | O_CLOEXEC);
	if (is(what, "WRITE_FILE"))
		return open(argument, O_WRONLY | O_CLOEXEC);
	if (is(what, "READ_DIR"))
		return open(argument, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (is(what, "EXECUTE"))
		return execl(argument, argument, NULL);
	if (is(what, "REMOVE_DIR"))
		return rmdir(argument);
	if (is(what, "REMOVE_FILE"))
		return unlink(argument);
	if (is(what, "MAKE_CHAR"))
		return mknod(argument, S_IFCHR | 0600, 0);
	if (is(what, "MAKE_BLOCK"))
		return mknod(argument, S_IFBLK | 0600, 0);
	if (is(what, "MAKE_DIR"))
		return mkdir(argument, 0700);
	if (is(what, "MAKE_REG"))
		return open(argument, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600);
	if (is(what, "MAKE_SOCK"))
		return local(argument, 0, 1);
	if (is(what, "MAKE_FIFO"))
		return mkfifo(argument, 0600);
	if (is(what, "MAKE_SYM"))
		return symlink("nowhere", argument);
	if (is(what, "REFER"))
		return rename(argument, other);
	if (is(what, "TRUNCATE"))
		return truncate(argument, 1);
	if (is(what, "IOCTL_DEV"))
		return ioctl(open(argument, O_RDONLY | O_CLOEXEC), 0x5401, other);
	if (is(what, "BIND_TCP"))
		return tcp(argument, 1);
	if (is(what, "CONNECT_TCP"))
		return tcp(argument, 0);
	if (is(what, "ABSTRACT_UNIX_SOCKET"))
		return local(argument, 1, 0);
	if (is(what, "SIGNAL"))
		return kill(atoi(argument), 0);
	errno = 4095;
	return -1;
}

int main(int argc, char **argv)
{
	FILE *results = fopen(argv[1], "we");
	if (results == NULL || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
	    || syscall(446 /* landlock_restrict_self */, 3, 0) != 0)
		return 99;
	for (int i = 2; i + 1 < argc; i += 2) {
		int result = attempt(argv[i], argv[i + 1]);
		fprintf(results, "%d\n", result < 0 ? errno : 0);
	}
	return fclose(results) == 0 ? 0 : 98;
}
