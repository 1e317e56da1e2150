/*
 * Row 36: waiting for connections without a grant.
 * Ways: unbound (listen picks a port by itself), reuse PORT (shares a port of a process outside), zero (bind to port
 *       0), six (unbound, IPv6)
 */
#include "attack.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
	struct sockaddr_in6 address;
	int fd, on = 1;
	begin(argc, argv);
	fd = (int)need("socket(SOCK_STREAM)", socket(way("unbound") ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (way("unbound") || way("six"))
		judge("listen", listen(fd, 1));
	memset(&address, 0, sizeof address);
	address.sin6_family = AF_INET6;
	if (way("zero")) {
		need("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
		judge("listen", listen(fd, 1));
	}
	if (way("reuse")) {
		address.sin6_port = htons((uint16_t)number(0));
		need("setsockopt(SO_REUSEPORT)", setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
		need("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
		judge("listen", listen(fd, 1));
	}
	broken("arguments", "unknown way");
}
