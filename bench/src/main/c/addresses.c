/*
 * Makes a call that names an address COUNT times, the best of 9 rounds; prints nanoseconds for one.
 * KIND is tcp or unix (connect(2) to a server of its own, at PLACE: a port's number, a path), udp (sendto(2)), or name
 * (getaddrinfo(3) of PLACE).
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

/* Whether a name has an IPv4 address. */
static int found(const char *name) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
  if (getaddrinfo(name, "80", &hints, &list) != 0) return 0;
  freeaddrinfo(list);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int local = strcmp(argv[1], "unix") == 0, datagrams = strcmp(argv[1], "udp") == 0, name = strcmp(argv[1], "name") == 0, on = 1;
  long count = atol(argv[3]);
  struct sockaddr_in internet = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2]))};
  struct sockaddr_un path = {.sun_family = AF_UNIX};
  struct sockaddr *address = local ? (struct sockaddr *)&path : (struct sockaddr *)&internet;
  socklen_t length = local ? sizeof path : sizeof internet;
  internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  strncpy(path.sun_path, argv[2], sizeof path.sun_path - 1);
  int family = local ? AF_UNIX : AF_INET, server = socket(family, SOCK_STREAM, 0), sender = socket(family, SOCK_DGRAM, 0);
  if (!datagrams && !name) {
    if (local) unlink(argv[2]);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, address, length) != 0 || listen(server, 16) != 0) return 1;
  }
  double best = 1e18;
  for (int round = 0; round < 9; round++) {
    double spent = 0;
    for (long i = 0; i < count; i++) {
      int client = datagrams || name ? sender : socket(family, SOCK_STREAM, 0);
      double from = now();
      if (name ? !found(argv[2]) : datagrams ? sendto(client, "x", 1, 0, address, length) != 1 : connect(client, address, length) != 0) return 1;
      spent += now() - from;
      if (client != sender) {
        int peer = accept(server, 0, 0);
        struct linger none = {.l_onoff = 1};
        if (!local) setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof none); /* leaves no port behind */
        close(client);
        close(peer);
      }
    }
    if (spent / (double)count < best) best = spent / (double)count;
  }
  printf("%.0f\n", best);
  return 0;
}
