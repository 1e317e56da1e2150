# Ninja
# policy: build
# needs: ninja gcc
printf 'rule cc\n  command = gcc -o $out $in\nbuild a: cc a.c\n' >build.ninja; echo 'int main(void) { return 0; }' >a.c
ninja >/dev/null && ./a && ninja
