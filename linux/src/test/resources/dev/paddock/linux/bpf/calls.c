// Loads a seccomp filter and makes calls under it: calls FILTER CALLS RESULTS.
// CALLS holds seven 64-bit words per call, its number and six arguments; RESULTS gets one 64-bit
// error number for each, 0 for what succeeded.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static struct sock_filter code[4096];
	if (argc != 4)
		return 99;
	FILE *filter = fopen(argv[1], "re");
	FILE *calls = fopen(argv[2], "re");
	FILE *results = fopen(argv[3], "we");
	if (filter == NULL || calls == NULL || results == NULL)
		return 99;
	struct sock_fprog program = {.filter = code};
	program.len = fread(code, sizeof code[0], 4096, filter);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 98;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return 97;
	uint64_t c[7];
	while (fread(c, sizeof c, 1, calls) == 1) {
		long result = syscall((long)c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
		uint64_t error = result < 0 ? (uint64_t)errno : 0;
		fwrite(&error, sizeof error, 1, results);
	}
	return fclose(results) == 0 ? 0 : 96;
}
