# AddressSanitizer, LeakSanitizer, UBSan, ThreadSanitizer
# policy: build
# needs: gcc
# no view: sanitizers that stop other threads need ptrace, which is allowed only among process numbers of the run's own
printf '#include <stdlib.h>\nint main(void) { volatile char *p = malloc(10); p = 0; return 0; }\n' >l.c && gcc -fsanitize=address -o l l.c && ./l 2>&1 | grep -c 'detected memory leaks'
printf '#include <stdlib.h>\nint main(void) { char *p = malloc(10); free(p); return p[0]; }\n' >u.c && gcc -w -fsanitize=address -o u u.c && ./u 2>&1 | grep -c heap-use-after-free
printf '#include <limits.h>\nint main(int c, char **v) { return INT_MAX + c > 0; }\n' >o.c && gcc -fsanitize=undefined -o o o.c && ./o 2>&1 | grep -c overflow
printf '#include <pthread.h>\nint x; void *f(void *a) { x++; return a; }\nint main(void) { pthread_t t; pthread_create(&t, 0, f, 0); x++; pthread_join(t, 0); }\n' >t.c && gcc -fsanitize=thread -o t t.c -lpthread && ./t 2>&1 | grep -c 'data race'
