# gdb, strace and ltrace of the run's own programs
# policy: build
# needs: gdb strace gcc
# no view: ptrace is allowed only among process numbers of the run's own
printf '#include <stdio.h>\nint f(int x) { return x + 1; }\nint main(void) { printf("%%d\\n", f(41)); }\n' >p.c && gcc -g -O0 -o p p.c
gdb -q -batch -ex 'break f' -ex run -ex 'print x' -ex continue p 2>/dev/null | grep -E '^\$1|^42'
strace -f -e trace=execve -o t sh -c ./p && grep -c execve t
