# stress-ng: processors, memory, pipes, forks, shared memory
# policy: build
# needs: stress-ng
# no view: System V IPC of the host is refused
stress-ng -q --temp-path . --cpu 2 --vm 1 --vm-bytes 16M --pipe 1 --fork 1 --shm 1 --sem-sysv 1 --mq 1 --futex 1 --timeout 1; echo $?
