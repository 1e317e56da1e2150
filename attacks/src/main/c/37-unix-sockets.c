/*
 * Row 37: unix sockets of processes outside (the daemon's own, docker.sock, ssh-agent, D-Bus, tmux: all alike).
 * Ways: stream PATH, abstract NAME, datagram PATH, pair PATH (socketpair of datagrams, which may send anywhere),
 *       seqpacket-pair PATH, stream-pair PATH (an end of a pair, connected anew), abstract-bind NAME
 */
#include "attack.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un address;
static socklen_t length;

static void to(const char *name, int abstract) {
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	if (strlen(name) + 2 > sizeof address.sun_path)
		broken("arguments", "the name is too long");
	strcpy(address.sun_path + abstract, name);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + strlen(name));
}

static int unix_socket(int type) {
	return (int)need("socket(AF_UNIX)", socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
}

int main(int argc, char **argv) {
	int pair[2];
	begin(argc, argv);
	to(argument(0), way("abstract") || way("abstract-bind"));
	if (way("stream") || way("abstract"))
		judge("connect", connect(unix_socket(SOCK_STREAM), (struct sockaddr *)&address, length));
	if (way("datagram"))
		judge("sendto", sendto(unix_socket(SOCK_DGRAM), "x", 1, 0, (struct sockaddr *)&address, length));
	if (way("pair")) {
		need("socketpair(SOCK_DGRAM)", socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
		judge("sendto", sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, length));
	}
	if (way("raw-pair")) {
		/* SOCK_RAW of AF_UNIX is SOCK_DGRAM by another name. */
		need("socketpair(SOCK_RAW)", socketpair(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0, pair));
		judge("sendto", sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, length));
	}
	if (way("abstract-bind"))
		judge("bind", bind(unix_socket(SOCK_STREAM), (struct sockaddr *)&address, length));
	broken("arguments", "unknown way");
}
