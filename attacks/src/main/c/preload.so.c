/* A library that runs the denied program's work in whatever loads it: it says 'D' into descriptor 100, as marker.c. */
#include <unistd.h>

static __attribute__((constructor)) void loaded(void) {
	if (write(100, "D", 1) != 1)
		_exit(3);
}

/* What the loader asks of an auditing library; see rtld-audit(7). */
unsigned int la_version(unsigned int version) {
	return version;
}
