/*
 * Row 39: more out of a way out. A socket that was used for a granted endpoint (127.0.0.1:9) leads out of the run's own
 * network, where the rest of the host's is.
 * Ways: reconnect PORT (elsewhere), send PORT (by UDP elsewhere), resend PORT (after the association was dissolved), bind
 *       PORT, listen, and with a thread that exchanges two sockets under one number, one of each network: race-bind,
 *       race-listen, race-connect PORT
 */
#include "attack.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

enum { TRIES = 9000, GRANTED = 9, FIRST_PORT = 20000 };

static int inner, outer, number_of_both;
static volatile int over, begun;

static struct sockaddr_in loopback(long port) {
	struct sockaddr_in address;
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static void dissolve(int fd) {
	struct sockaddr nothing = {.sa_family = AF_UNSPEC};
	connect(fd, &nothing, sizeof nothing);
}

/* A socket of the host's network that leads nowhere any more: nobody need listen for that. */
static int led_out(int type) {
	struct sockaddr_in granted = loopback(GRANTED);
	int fd = (int)need("socket", socket(AF_INET, type | SOCK_CLOEXEC, 0));
	connect(fd, (struct sockaddr *)&granted, sizeof granted);
	dissolve(fd);
	return fd;
}

static void *exchange(void *unused) {
	(void)unused;
	while (!over) {
		begun = 1;
		dup2(inner, number_of_both);
		dup2(outer, number_of_both);
	}
	return NULL;
}

/* To one of those that are tried: what the kernel had chosen for a connect is shown for ever. */
static int is_bound(int fd) {
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 && ntohs(address.sin_port) >= FIRST_PORT &&
	       ntohs(address.sin_port) < FIRST_PORT + TRIES;
}

static int listens(int fd) {
	int yes = 0;
	socklen_t size = sizeof yes;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

static int is_connected(int fd) {
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	return getpeername(fd, (struct sockaddr *)&address, &size) == 0;
}

static NORETURN void race(void) {
	struct sockaddr_in address = loopback(number(0));
	int refused = 0;
	for (int i = 0; i < 30; i++) {
		pthread_t thread;
		outer = led_out(SOCK_STREAM);
		inner = (int)need("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		number_of_both = (int)need("dup", dup(inner));
		fcntl(inner, F_SETFL, O_NONBLOCK);
		fcntl(outer, F_SETFL, O_NONBLOCK);
		over = begun = 0;
		need("pthread_create", -pthread_create(&thread, NULL, exchange, NULL));
		while (!begun)
			sched_yield();
		for (int j = 0; j < TRIES / 30; j++) {
			if (way("race-bind")) {
				struct sockaddr_in wanted = loopback(FIRST_PORT + i * (TRIES / 30) + j);
				refused |= bind(number_of_both, (struct sockaddr *)&wanted, sizeof wanted) < 0 && errno == EACCES;
			} else if (way("race-listen")) {
				refused |= listen(number_of_both, 1) < 0 && errno == EACCES;
			} else {
				refused |= connect(number_of_both, (struct sockaddr *)&address, sizeof address) < 0 && errno == EACCES;
			}
		}
		over = 1;
		pthread_join(thread, NULL);
		if (way("race-bind") ? is_bound(outer) : way("race-listen") ? listens(outer) : is_connected(outer))
			worked(attack_way);
		close(inner);
		close(outer);
		close(number_of_both);
	}
	if (!refused)
		broken(attack_way, "the other socket was never met");
	blocked(attack_way, EACCES);
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("reconnect")) {
		struct sockaddr_in address = loopback(number(0));
		judge("connect", connect(led_out(SOCK_STREAM), (struct sockaddr *)&address, sizeof address));
	}
	if (way("send")) {
		struct sockaddr_in granted = loopback(GRANTED), address = loopback(number(0));
		int fd = (int)need("socket", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		sendto(fd, "a", 1, 0, (struct sockaddr *)&granted, sizeof granted);
		judge("sendto", sendto(fd, "canary", 6, 0, (struct sockaddr *)&address, sizeof address));
	}
	if (way("resend")) {
		struct sockaddr_in address = loopback(number(0));
		judge("sendto", sendto(led_out(SOCK_DGRAM), "canary", 6, 0, (struct sockaddr *)&address, sizeof address));
	}
	if (way("bind")) {
		struct sockaddr_in address = loopback(20100);
		judge("bind", bind(led_out(SOCK_STREAM), (struct sockaddr *)&address, sizeof address));
	}
	if (way("listen"))
		judge("listen", listen(led_out(SOCK_STREAM), 1));
	if (way("race-bind") || way("race-listen") || way("race-connect"))
		race();
	broken("arguments", "unknown way");
}
