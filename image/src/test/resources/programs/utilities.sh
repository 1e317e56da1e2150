# flock, mkfifo, timeout, nice, renice, taskset, chrt, setsid, nohup, mktemp
# policy: build
# needs: flock timeout nice renice taskset chrt setsid prlimit
# no view: what acts on a process by its number could act on others
flock l -c 'echo locked'; mkfifo p; (echo through >p) & cat p; timeout 0.1 sleep 10; echo $?; nice -n 5 nice
renice -n 3 $$ >/dev/null && nice; taskset -pc 0 $$ >/dev/null && taskset -p $$ | sed 's/.*: //'; chrt -b 0 echo batch; setsid -w echo session
nohup echo x 2>/dev/null; prlimit --pid $$ --nofile=100 && ulimit -n; t=$(mktemp) && rm "$t" && d=$(mktemp -d) && rmdir "$d"; ionice -c 3 echo idle; dd if=/dev/zero bs=4k count=2 2>/dev/null | wc -c
