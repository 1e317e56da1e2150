/*
 * Row 41: System V and POSIX objects of processes outside.
 * Ways: shm ID (writes into it), msg ID, sem ID, shm-remove ID, shm-create, mq NAME, posix NAME
 */
#include "attack.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("shm")) {
		char *memory = shmat((int)number(0), NULL, 0);
		need("shmat", memory == (void *)-1 ? -1 : 0);
		memory[0] = 'X';
		worked("shmat");
	}
	if (way("shm-create")) {
		int id = (int)need("shmget", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
		shmctl(id, IPC_RMID, NULL);
		worked("shmget");
	}
	if (way("shm-stat")) {
		struct shmid_ds status;
		judge("shmctl(IPC_STAT)", shmctl((int)number(0), IPC_STAT, &status));
	}
	if (way("msg")) {
		struct {
			long kind;
			char text[8];
		} message = {1, "defaced"};
		judge("msgsnd", msgsnd((int)number(0), &message, sizeof message.text, IPC_NOWAIT));
	}
	if (way("sem")) {
		struct sembuf up = {0, 1, IPC_NOWAIT};
		judge("semop", semop((int)number(0), &up, 1));
	}
	if (way("mq")) {
		mqd_t queue = mq_open(argument(0), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		need("mq_open", queue);
		judge("mq_send", mq_send(queue, "defaced", 7, 0));
	}
	if (way("posix"))
		deface("shm_open", shm_open(argument(0), O_RDWR, 0600));
	broken("arguments", "unknown way");
}
