/*
 * Row 22: calls and files by which the whole machine is governed. Every one is made with arguments that change
 * nothing even where it is permitted.
 * Ways: see the table; and write PATH, read PATH (open only, never written)
 */
#include "attack.h"
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/klog.h>
#include <sys/personality.h>
#include <sys/quota.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <sys/io.h>
#endif

static const char NOWHERE[] = "/paddock-no-such-place";

static long perf(void) {
	struct perf_event_attr event;
	memset(&event, 0, sizeof event);
	event.size = sizeof event;
	event.type = PERF_TYPE_SOFTWARE;
	event.config = PERF_COUNT_SW_DUMMY;
	event.exclude_kernel = 1;
	event.exclude_hv = 1;
	event.disabled = 1;
	return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
}

static long bpf_map(void) {
	union bpf_attr map;
	memset(&map, 0, sizeof map);
	map.map_type = BPF_MAP_TYPE_ARRAY;
	map.key_size = 4;
	map.value_size = 4;
	map.max_entries = 1;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
}

int main(int argc, char **argv) {
	begin(argc, argv);
	if (way("kexec_load"))
		judge_reached("kexec_load", syscall(SYS_kexec_load, 0UL, 9999UL, NULL, 0xffffUL));
#ifdef SYS_kexec_file_load
	if (way("kexec_file_load"))
		judge_reached("kexec_file_load", syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, 0UL));
#endif
	if (way("init_module"))
		judge_reached("init_module", syscall(SYS_init_module, NULL, 0UL, ""));
	if (way("finit_module"))
		judge_reached("finit_module", syscall(SYS_finit_module, -1, "", 0));
	if (way("delete_module"))
		judge_reached("delete_module", syscall(SYS_delete_module, "paddock_no_such_module", O_NONBLOCK));
	if (way("bpf"))
		judge("bpf(MAP_CREATE)", bpf_map());
	if (way("perf_event_open"))
		judge("perf_event_open", perf());
	if (way("keyctl"))
		judge("keyctl(GET_KEYRING_ID)",
		      syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
	if (way("add_key"))
		judge("add_key", syscall(SYS_add_key, "user", "paddock-attack", "x", 1UL, KEY_SPEC_THREAD_KEYRING));
	if (way("request_key"))
		judge_reached("request_key", syscall(SYS_request_key, "user", "paddock-no-such-key", NULL, 0));
	if (way("fanotify_init"))
		judge("fanotify_init", syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY));
	if (way("userfaultfd"))
		judge("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */));
	if (way("quotactl"))
		judge_reached("quotactl", syscall(SYS_quotactl, QCMD(Q_SYNC, 0), NULL, 0, NULL));
	if (way("quotactl_fd"))
		judge_reached("quotactl_fd", syscall(443, -1, QCMD(Q_GETQUOTA, 0), 0, NULL));
	if (way("swapon"))
		judge_reached("swapon", swapon(NOWHERE, 0));
	if (way("swapoff"))
		judge_reached("swapoff", swapoff(NOWHERE));
	if (way("reboot"))
		/* Neither magic number is right: the kernel checks them after the capability and says EINVAL. */
		judge_reached("reboot", syscall(SYS_reboot, 0x12345678, 0x87654321, 0, NULL));
	if (way("acct"))
		judge_reached("acct", acct(NOWHERE));
	if (way("syslog"))
		judge("syslog(SIZE_BUFFER)", klogctl(10, NULL, 0));
	if (way("syslog-read")) {
		char text[64];
		judge("syslog(READ_ALL)", klogctl(3, text, sizeof text));
	}
	if (way("sethostname"))
		judge_reached("sethostname", syscall(SYS_sethostname, NULL, -1));
	if (way("setdomainname"))
		judge_reached("setdomainname", syscall(SYS_setdomainname, NULL, -1));
	if (way("settimeofday")) {
		/* The time zone that the kernel has anyway. */
		struct timezone zone;
		if (syscall(SYS_gettimeofday, NULL, &zone) != 0)
			broken("gettimeofday", strerror(errno));
		judge("settimeofday", syscall(SYS_settimeofday, NULL, &zone));
	}
	if (way("clock_settime"))
		judge_reached("clock_settime", syscall(SYS_clock_settime, 0, (void *)8));
	if (way("adjtimex")) {
		struct timex time;
		memset(&time, 0, sizeof time);
		time.modes = ADJ_TICK;
		time.tick = 1;
		judge_reached("adjtimex", syscall(SYS_adjtimex, &time));
	}
#if defined(__x86_64__)
	if (way("iopl"))
		judge("iopl", iopl(3));
	if (way("ioperm"))
		judge("ioperm", ioperm(0x80, 1, 1));
	if (way("modify_ldt"))
		judge_reached("modify_ldt", syscall(SYS_modify_ldt, 1, NULL, 0UL));
#endif
	if (way("personality"))
		judge("personality(READ_IMPLIES_EXEC)", personality(READ_IMPLIES_EXEC));
	if (way("memfd_secret"))
		judge("memfd_secret", syscall(447, 0));
	if (way("lsm_set_self_attr"))
		judge_reached("lsm_set_self_attr", syscall(460, 100, NULL, 0, 0));
	if (way("lookup_dcookie"))
		judge_reached("lookup_dcookie", syscall(SYS_lookup_dcookie, 0UL, NULL, 0UL));
	if (way("write"))
		judge("open(O_WRONLY)", open(argument(0), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
	if (way("read"))
		judge("open(O_RDONLY)", open(argument(0), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
	broken("arguments", "unknown way");
}
