# script: a pseudo-terminal of its own
# policy: agent
# needs: script stty
# no view: the host's pseudo-terminals are refused
script -qc 'test -t 0 && test -t 1 && tty | cut -c1-9; stty size <$(tty) >/dev/null; echo $?' /dev/null | tr -d '\r'
script -qec 'exit 7' /dev/null; echo $?
