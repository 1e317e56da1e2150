# Valgrind
# policy: build
# needs: valgrind gcc
printf '#include <stdlib.h>\nint main(void) { char *p = malloc(10); p[0] = 1; return 0; }\n' >p.c && gcc -g -o p p.c
valgrind -q --leak-check=full ./p 2>&1 | grep -c 'definitely lost'
