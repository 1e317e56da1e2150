/*
 * Row 35: a datagram to PORT on this machine.
 * Ways: sendto PORT, sendmsg PORT, sendmmsg PORT, connected PORT, six PORT, udplite PORT, unspecified PORT,
 *       race-sendto PORT, race-sendmsg PORT, race-connect PORT (the port changes between one that is granted and this)
 */
#include "attack.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

enum { TRIES = 3000, GRANTED = 9 };

static struct sockaddr_in address;
static volatile int over;

static void *flip(void *unused) {
	uint16_t wanted = htons((uint16_t)number(0));
	(void)unused;
	while (!over) {
		*(volatile uint16_t *)&address.sin_port = wanted;
		*(volatile uint16_t *)&address.sin_port = htons(GRANTED);
	}
	return NULL;
}

int main(int argc, char **argv) {
	static char text[] = "defaced\n";
	struct iovec piece = {text, sizeof text - 1};
	struct mmsghdr message;
	pthread_t thread;
	int fd;
	begin(argc, argv);
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)number(0));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(&message, 0, sizeof message);
	message.msg_hdr.msg_iov = &piece;
	message.msg_hdr.msg_iovlen = 1;
	message.msg_hdr.msg_name = &address;
	message.msg_hdr.msg_namelen = sizeof address;
	if (way("six")) {
		struct sockaddr_in6 mapped;
		memset(&mapped, 0, sizeof mapped);
		mapped.sin6_family = AF_INET6;
		mapped.sin6_port = address.sin_port;
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
		fd = (int)need("socket(AF_INET6,SOCK_DGRAM)", socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		judge("sendto", sendto(fd, text, sizeof text - 1, 0, (struct sockaddr *)&mapped, sizeof mapped));
	}
	fd = (int)need("socket(AF_INET,SOCK_DGRAM)",
		       socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, way("udplite") ? 136 : 0));
	if (way("unspecified")) {
		address.sin_family = AF_UNSPEC;
		judge("sendto", sendto(fd, text, sizeof text - 1, 0, (struct sockaddr *)&address, sizeof address));
	}
	if (way("race-sendto") || way("race-sendmsg") || way("race-connect")) {
		uint16_t wanted = address.sin_port;
		need("pthread_create", -pthread_create(&thread, NULL, flip, NULL));
		for (int i = 0; i < TRIES; i++) {
			if (way("race-sendto"))
				sendto(fd, text, sizeof text - 1, 0, (struct sockaddr *)&address, sizeof address);
			if (way("race-sendmsg"))
				sendmsg(fd, &message.msg_hdr, 0);
			if (way("race-connect") && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
				(void)!write(fd, text, sizeof text - 1);
		}
		over = 1;
		pthread_join(thread, NULL);
		address.sin_port = wanted;
		fd = (int)need("socket", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); /* without an error from before */
		judge("sendto", sendto(fd, text, sizeof text - 1, 0, (struct sockaddr *)&address, sizeof address));
	}
	if (way("sendto") || way("udplite"))
		judge("sendto", sendto(fd, text, sizeof text - 1, 0, (struct sockaddr *)&address, sizeof address));
	if (way("sendmsg"))
		judge("sendmsg", sendmsg(fd, &message.msg_hdr, 0));
	if (way("sendmmsg"))
		judge("sendmmsg", sendmmsg(fd, &message, 1, 0));
	if (way("connected")) {
		need("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
		judge("write", write(fd, text, sizeof text - 1));
	}
	broken("arguments", "unknown way");
}
