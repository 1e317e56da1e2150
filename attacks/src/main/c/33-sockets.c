/*
 * Row 33: sockets that no port rule knows.
 * Ways: FAMILY TYPE PROTOCOL as numbers after the way "open"; and, to PORT on this machine:
 *       sendto PORT, sendmsg PORT, sendmmsg PORT (all MSG_FASTOPEN), option PORT (TCP_FASTOPEN_CONNECT), mptcp PORT,
 *       tcp PORT, option-server (TCP_FASTOPEN on a listener), repair
 */
#include "attack.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sockaddr_in here(int position) {
	struct sockaddr_in address;
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)number(position));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static int tcp(void) {
	return (int)need("socket(AF_INET,SOCK_STREAM)", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

int main(int argc, char **argv) {
	static char text[] = "defaced\n";
	struct sockaddr_in address;
	struct iovec piece = {text, sizeof text - 1};
	struct mmsghdr message;
	int on = 1;
	begin(argc, argv);
	memset(&message, 0, sizeof message);
	message.msg_hdr.msg_iov = &piece;
	message.msg_hdr.msg_iovlen = 1;
	if (way("open"))
		judge("socket", socket((int)number(0), (int)number(1) | SOCK_CLOEXEC, (int)number(2)));
	if (way("option-server"))
		judge("setsockopt(TCP_FASTOPEN)", setsockopt(tcp(), IPPROTO_TCP, TCP_FASTOPEN, &on, sizeof on));
	if (way("repair"))
		judge("setsockopt(TCP_REPAIR)", setsockopt(tcp(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on));
	address = here(0);
	message.msg_hdr.msg_name = &address;
	message.msg_hdr.msg_namelen = sizeof address;
	if (way("tcp"))
		judge("connect", connect(tcp(), (struct sockaddr *)&address, sizeof address));
	if (way("sendto"))
		judge("sendto(MSG_FASTOPEN)",
		      sendto(tcp(), text, sizeof text - 1, MSG_FASTOPEN, (struct sockaddr *)&address, sizeof address));
	if (way("sendmsg"))
		judge("sendmsg(MSG_FASTOPEN)", sendmsg(tcp(), &message.msg_hdr, MSG_FASTOPEN));
	if (way("sendmmsg"))
		judge("sendmmsg(MSG_FASTOPEN)", sendmmsg(tcp(), &message, 1, MSG_FASTOPEN));
	if (way("option")) {
		int fd = tcp();
		need("setsockopt(TCP_FASTOPEN_CONNECT)",
		     setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on));
		need("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
		judge("write", write(fd, text, sizeof text - 1));
	}
	if (way("mptcp")) {
		int fd = (int)need("socket(IPPROTO_MPTCP)", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP));
		judge("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
	}
	broken("arguments", "unknown way");
}
