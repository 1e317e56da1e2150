/*
 * Row 34: the same port by other spellings of the address.
 * Ways, each with PORT: loopback4 loopback6 mapped any4 any6 scoped6 unspec-then-connect; bind4 bind6 bind-unspec
 *       race (the port changes between one that is granted and this); bind-any (PORT 0: the kernel chooses) autobind (listen without bind)
 */
#include "attack.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

enum { TRIES = 2000, GRANTED = 9 };

static struct sockaddr_in flipped;
static volatile int over;

static void *flip(void *unused) {
	uint16_t wanted = htons((uint16_t)number(0));
	(void)unused;
	while (!over) {
		*(volatile uint16_t *)&flipped.sin_port = wanted;
		*(volatile uint16_t *)&flipped.sin_port = htons(GRANTED);
	}
	return NULL;
}

static int open_socket(int family) {
	return (int)need(family == AF_INET ? "socket(AF_INET)" : "socket(AF_INET6)",
			 socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static struct sockaddr_in four(const char *text) {
	struct sockaddr_in address;
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)number(0));
	inet_pton(AF_INET, text, &address.sin_addr);
	return address;
}

static struct sockaddr_in6 six(const char *text, unsigned scope) {
	struct sockaddr_in6 address;
	memset(&address, 0, sizeof address);
	address.sin6_family = AF_INET6;
	address.sin6_port = htons((uint16_t)number(0));
	address.sin6_scope_id = scope;
	inet_pton(AF_INET6, text, &address.sin6_addr);
	return address;
}

static NORETURN void connect4(const char *text) {
	struct sockaddr_in address = four(text);
	judge("connect", connect(open_socket(AF_INET), (struct sockaddr *)&address, sizeof address));
}

static NORETURN void connect6(const char *text, unsigned scope) {
	struct sockaddr_in6 address = six(text, scope);
	int fd = open_socket(AF_INET6);
	int off = 0;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	judge("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("race")) {
		pthread_t thread;
		flipped = four("127.0.0.1");
		struct sockaddr_in wanted = flipped;
		need("pthread_create", -pthread_create(&thread, NULL, flip, NULL));
		for (int i = 0; i < TRIES; i++) {
			int fd = open_socket(AF_INET);
			fcntl(fd, F_SETFL, O_NONBLOCK);
			connect(fd, (struct sockaddr *)&flipped, sizeof flipped);
			close(fd);
		}
		over = 1;
		pthread_join(thread, NULL);
		int last = open_socket(AF_INET);
		fcntl(last, F_SETFL, O_NONBLOCK);
		long result = connect(last, (struct sockaddr *)&wanted, sizeof wanted);
		judge("connect", result < 0 && errno == EINPROGRESS ? 0 : result);
	}
	if (way("loopback4"))
		connect4("127.0.0.1");
	if (way("other4"))
		connect4("127.9.8.7");
	if (way("any4"))
		connect4("0.0.0.0");
	if (way("loopback6"))
		connect6("::1", 0);
	if (way("mapped"))
		connect6("::ffff:127.0.0.1", 0);
	if (way("any6"))
		connect6("::", 0);
	if (way("scoped6"))
		connect6("::1", 1);
	if (way("unspec-then-connect")) {
		struct sockaddr nothing = {.sa_family = AF_UNSPEC};
		struct sockaddr_in address = four("127.0.0.1");
		int fd = open_socket(AF_INET);
		connect(fd, &nothing, sizeof nothing);
		judge("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
	}
	if (way("bind4")) {
		struct sockaddr_in address = four("127.0.0.1");
		judge("bind", bind(open_socket(AF_INET), (struct sockaddr *)&address, sizeof address));
	}
	if (way("bind6")) {
		struct sockaddr_in6 address = six("::1", 0);
		judge("bind", bind(open_socket(AF_INET6), (struct sockaddr *)&address, sizeof address));
	}
	if (way("bind-unspec")) {
		/* AF_UNSPEC with the address 0.0.0.0 is taken for AF_INET. */
		struct sockaddr_in address = four("0.0.0.0");
		address.sin_family = AF_UNSPEC;
		judge("bind(AF_UNSPEC)", bind(open_socket(AF_INET), (struct sockaddr *)&address, sizeof address));
	}
	broken("arguments", "unknown way");
}
