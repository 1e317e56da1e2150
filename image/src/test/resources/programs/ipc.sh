# System V shared memory and semaphores, POSIX message queues
# policy: build
# needs: ipcmk ipcs ipcrm
# no view: System V IPC of the host is refused
id=$(ipcmk -M 4096 | sed 's/.*: //') && ipcs -m -i "$id" | grep -c bytes && ipcrm -m "$id"; id=$(ipcmk -S 1 | sed 's/.*: //') && ipcrm -s "$id"; echo $?
