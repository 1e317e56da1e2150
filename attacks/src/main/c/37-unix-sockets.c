/*
 * Row 37: unix sockets of processes outside (the daemon's own, docker.sock, ssh-agent, D-Bus, tmux: all alike).
 * Ways: stream PATH, abstract NAME, datagram PATH, pair PATH (socketpair of datagrams, which may send anywhere),
 *       raw-pair PATH (the same by another name), abstract-bind NAME, message PATH, messages PATH FOLDER (behind one
 *       that is allowed), link PATH FOLDER (by a symbolic link), descriptor PATH (by a descriptor of the file),
 *       race-address PATH FOLDER, race-link PATH FOLDER, race-message PATH FOLDER (what is judged changes into PATH
 *       and back while a socket of one's own is asked for)
 */
#include "attack.h"
#include <pthread.h>
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

enum { TRIES = 3000 };

static struct sockaddr_un own, other;
static char link_name[sizeof own.sun_path], spare_name[sizeof own.sun_path + 8];
static volatile int over;

static void own_socket(int type) {
	memset(&own, 0, sizeof own);
	own.sun_family = AF_UNIX;
	if (snprintf(own.sun_path, sizeof own.sun_path, "%s/own", argument(1)) >= (int)sizeof own.sun_path)
		broken("arguments", "the folder's name is too long");
	unlink(own.sun_path);
	int fd = unix_socket(type | SOCK_NONBLOCK);
	need("bind", bind(fd, (struct sockaddr *)&own, sizeof own));
	if (type == SOCK_STREAM)
		need("listen", listen(fd, 4096));
	other = address;
	address = own;
	length = sizeof own;
}

static void *flip_address(void *unused) {
	(void)unused;
	while (!over) {
		memcpy(address.sun_path, other.sun_path, sizeof address.sun_path);
		memcpy(address.sun_path, own.sun_path, sizeof address.sun_path);
	}
	return NULL;
}

static void *flip_link(void *unused) {
	(void)unused;
	for (int i = 0; !over; i++) {
		symlink(i % 2 ? other.sun_path : own.sun_path, spare_name);
		rename(spare_name, link_name);
	}
	return NULL;
}

static int race(int type) {
	int sender = unix_socket(type | SOCK_NONBLOCK);
	for (int i = 0; i < TRIES; i++) {
		if (type == SOCK_DGRAM) {
			struct iovec part = {"x", 1};
			struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part, .msg_iovlen = 1};
			sendmsg(sender, &message, MSG_DONTWAIT);
			continue;
		}
		int fd = unix_socket(type | SOCK_NONBLOCK);
		connect(fd, (struct sockaddr *)&address, length);
		close(fd);
	}
	over = 1;
	return sender;
}

/* A full queue is one that was reached. */
static NORETURN void judge_race(const struct sockaddr_un *to_whom) {
	long result = connect(unix_socket(SOCK_STREAM | SOCK_NONBLOCK), (const struct sockaddr *)to_whom, sizeof *to_whom);
	judge("connect", result < 0 && errno == EAGAIN ? 0 : result);
}

int main(int argc, char **argv) {
	int pair[2];
	pthread_t thread;
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
	if (way("message") || way("messages")) {
		struct iovec part = {"x", 1};
		struct mmsghdr both[2] = {0};
		int fd = unix_socket(SOCK_DGRAM), last = way("messages");
		if (last) {
			own_socket(SOCK_DGRAM);
			address = other;
		}
		for (int i = 0; i < 2; i++) {
			both[i].msg_hdr.msg_name = i < last ? &own : &address;
			both[i].msg_hdr.msg_namelen = sizeof own;
			both[i].msg_hdr.msg_iov = &part;
			both[i].msg_hdr.msg_iovlen = 1;
		}
		if (!last)
			judge("sendmsg", sendmsg(fd, &both[0].msg_hdr, 0));
		if (need("sendmmsg", sendmmsg(fd, both, 2, 0)) == 2)
			judge("sendmmsg", 0);
		judge("sendmmsg", sendmmsg(fd, both + 1, 1, 0));
	}
	if (way("link")) {
		snprintf(spare_name, sizeof spare_name, "%s/link", argument(1));
		need("symlink", symlink(argument(0), spare_name));
		to(spare_name, 0);
		judge("connect", connect(unix_socket(SOCK_STREAM), (struct sockaddr *)&address, length));
	}
	if (way("descriptor")) {
		int fd = (int)need("open", open(argument(0), O_PATH | O_CLOEXEC));
		snprintf(spare_name, sizeof spare_name, "/proc/self/fd/%d", fd);
		to(spare_name, 0);
		judge("connect", connect(unix_socket(SOCK_STREAM), (struct sockaddr *)&address, length));
	}
	if (way("race-address") || way("race-message")) {
		int type = way("race-message") ? SOCK_DGRAM : SOCK_STREAM;
		own_socket(type);
		need("pthread_create", -pthread_create(&thread, NULL, flip_address, NULL));
		int sender = race(type);
		pthread_join(thread, NULL);
		address = other;
		if (type == SOCK_DGRAM)
			judge("sendto", sendto(sender, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
		judge_race(&address);
	}
	if (way("race-link")) {
		own_socket(SOCK_STREAM);
		snprintf(link_name, sizeof link_name, "%s/link", argument(1));
		snprintf(spare_name, sizeof spare_name, "%s/spare", argument(1));
		to(link_name, 0);
		need("pthread_create", -pthread_create(&thread, NULL, flip_link, NULL));
		race(SOCK_STREAM);
		pthread_join(thread, NULL);
		judge_race(&other);
	}
	if (way("abstract-bind"))
		judge("bind", bind(unix_socket(SOCK_STREAM), (struct sockaddr *)&address, length));
	broken("arguments", "unknown way");
}
