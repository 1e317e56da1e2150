# GNU make and gcc: a C program with a library, -j2
# policy: build
# needs: make gcc ar
printf 'int twice(int x) { return 2 * x; }\n' >lib.c
printf '#include <stdio.h>\nint twice(int);\nint main(void) { printf("%%d\\n", twice(21)); }\n' >main.c
printf 'all: main\n\t./main\nmain: main.o liblib.a\n\t$(CC) -o $@ $^\nliblib.a: lib.o\n\tar rcs $@ $^\n.PHONY: all\n' >Makefile
make -s -j2 && make -s && make -n nothing 2>&1 | tail -1
