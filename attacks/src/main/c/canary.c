/*
 * The canaries outside: one process with everything that an attack may want to reach.
 *
 *     canary DIRECTORY FILE TAG
 *
 * It listens on TCP, UDP and unix sockets in DIRECTORY, holds System V and POSIX objects, an open descriptor of FILE
 * and a pseudo-terminal, and counts the signals SIGUSR1 and SIGURG. On standard output, first one line of names
 * ("pid=… tcp=… …"), then, for every byte on standard input, one line of its state. At end-of-file it removes what
 * it made and ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t user_signals, urgent_signals;
static const char *tag;
static char posix_name[64], queue_name[64];
static int memory_id, queue_id, semaphore_id;
static struct sockaddr_un stream_address, datagram_address;

static void count(int signal) {
	if (signal == SIGUSR1)
		user_signals++;
	else
		urgent_signals++;
}

/* Takes away what would outlive us. */
static void tidy(void) {
	shmctl(memory_id, IPC_RMID, NULL);
	msgctl(queue_id, IPC_RMID, NULL);
	semctl(semaphore_id, 0, IPC_RMID);
	shm_unlink(posix_name);
	mq_unlink(queue_name);
}

static void fail(const char *step) {
	fprintf(stderr, "canary: %s: %s\n", step, strerror(errno));
	tidy();
	exit(1);
}

static int checked(const char *step, int result) {
	if (result < 0)
		fail(step);
	return result;
}

static int inet_socket(int type, unsigned short *port) {
	struct sockaddr_in6 address;
	socklen_t length = sizeof address;
	int off = 0, on = 1;
	int fd = checked("socket", socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	memset(&address, 0, sizeof address);
	address.sin6_family = AF_INET6;
	checked("IPV6_V6ONLY", setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
	checked("SO_REUSEPORT", setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
	checked("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
	if (type == SOCK_STREAM) {
		checked("TCP_FASTOPEN", setsockopt(fd, IPPROTO_TCP, 23, &on, sizeof on));
		checked("listen", listen(fd, 8));
	}
	checked("getsockname", getsockname(fd, (struct sockaddr *)&address, &length));
	*port = ntohs(address.sin6_port);
	return fd;
}

static int unix_socket(int type, struct sockaddr_un *address, socklen_t length) {
	int fd = checked("socket", socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	checked("bind", bind(fd, (struct sockaddr *)address, length));
	if (type == SOCK_STREAM)
		checked("listen", listen(fd, 8));
	return fd;
}

static int accepted(int fd) {
	int number = 0, one;
	while ((one = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		close(one);
		number++;
	}
	return number;
}

static int received(int fd) {
	char byte;
	int number = 0;
	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		number++;
	return number;
}

static unsigned long long limit(int resource) {
	struct rlimit both;
	checked("getrlimit", getrlimit(resource, &both));
	return both.rlim_max;
}

int main(int argc, char **argv) {
	struct sockaddr_un abstract;
	struct sigaction action;
	struct mq_attr shape = {.mq_maxmsg = 4, .mq_msgsize = 64};
	socklen_t abstract_length;
	unsigned short tcp_port, udp_port;
	int tcp, udp, stream, hidden, datagram, file, posix, terminal, on = 0;
	int connections = 0, packets = 0, streams = 0, hiddens = 0, datagrams = 0;
	char *memory, *posix_memory;
	char command;
	mqd_t queue;

	if (argc != 4)
		return 2;
	tag = argv[3];
	/* The harness may be killed without a word: then nobody closes our standard input in time. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setsid() < 0)
		fail("setsid");
	memset(&action, 0, sizeof action);
	action.sa_handler = count;
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGURG, &action, NULL);
	checked("chdir", chdir(argv[1]));

	tcp = inet_socket(SOCK_STREAM, &tcp_port);
	udp = inet_socket(SOCK_DGRAM, &udp_port);
	stream_address.sun_family = AF_UNIX;
	snprintf(stream_address.sun_path, sizeof stream_address.sun_path, "%s/stream", argv[1]);
	stream = unix_socket(SOCK_STREAM, &stream_address, sizeof stream_address);
	datagram_address.sun_family = AF_UNIX;
	snprintf(datagram_address.sun_path, sizeof datagram_address.sun_path, "%s/datagram", argv[1]);
	datagram = unix_socket(SOCK_DGRAM, &datagram_address, sizeof datagram_address);
	memset(&abstract, 0, sizeof abstract);
	abstract.sun_family = AF_UNIX;
	snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "paddock-canary-%s", tag);
	abstract_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(abstract.sun_path + 1));
	hidden = unix_socket(SOCK_STREAM, &abstract, abstract_length);

	file = checked("open", open(argv[2], O_RDWR | O_CLOEXEC));
	terminal = checked("posix_openpt", posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	checked("unlockpt", ioctl(terminal, TIOCSPTLCK, &on));

	memory_id = checked("shmget", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
	queue_id = checked("msgget", msgget(IPC_PRIVATE, IPC_CREAT | 0600));
	semaphore_id = checked("semget", semget(IPC_PRIVATE, 1, IPC_CREAT | 0600));
	memory = shmat(memory_id, NULL, 0);
	if (memory == (void *)-1)
		fail("shmat");
	memory[0] = '.';
	snprintf(posix_name, sizeof posix_name, "/paddock-canary-%s", tag);
	snprintf(queue_name, sizeof queue_name, "/paddock-canary-%s", tag);
	posix = checked("shm_open", shm_open(posix_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	checked("ftruncate", ftruncate(posix, 4096));
	posix_memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, posix, 0);
	if (posix_memory == MAP_FAILED)
		fail("mmap");
	posix_memory[0] = '.';
	queue = checked("mq_open", mq_open(queue_name, O_RDONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC, 0600, &shape));

	printf("pid=%d tcp=%u udp=%u stream=%s datagram=%s abstract=%s shm=%d msg=%d sem=%d posix=%s queue=%s file=%d "
	       "terminal=%s\n",
	       getpid(), tcp_port, udp_port, stream_address.sun_path, datagram_address.sun_path, abstract.sun_path + 1,
	       memory_id, queue_id, semaphore_id, posix_name, queue_name, file, ptsname(terminal));
	fflush(stdout);

	for (;;) {
		unsigned long cpus[16] = {0};
		int adjustment = 0;
		struct mq_attr now;
		FILE *score;
		ssize_t got = read(0, &command, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		connections += accepted(tcp);
		packets += received(udp);
		streams += accepted(stream);
		hiddens += accepted(hidden);
		datagrams += received(datagram);
		score = fopen("/proc/self/oom_score_adj", "re");
		if (score == NULL || fscanf(score, "%d", &adjustment) != 1)
			fail("oom_score_adj");
		fclose(score);
		syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus);
		mq_getattr(queue, &now);
		printf("tcp=%d udp=%d stream=%d datagram=%d abstract=%d usr1=%d urg=%d cpu=%llu nofile=%llu core=%llu "
		       "nice=%d policy=%d affinity=%lx ioprio=%ld oom=%d shm=%d msg=%d sem=%d posix=%d queue=%ld\n",
		       connections, packets, streams, datagrams, hiddens, (int)user_signals, (int)urgent_signals,
		       limit(RLIMIT_CPU), limit(RLIMIT_NOFILE), limit(RLIMIT_CORE), getpriority(PRIO_PROCESS, 0),
		       sched_getscheduler(0), cpus[0], syscall(SYS_ioprio_get, 1, 0), adjustment, memory[0],
		       (int)({
			       struct msqid_ds status;
			       msgctl(queue_id, IPC_STAT, &status);
			       status.msg_qnum;
		       }),
		       semctl(semaphore_id, 0, GETVAL), posix_memory[0], now.mq_curmsgs);
		fflush(stdout);
	}
	tidy();
	return 0;
}
