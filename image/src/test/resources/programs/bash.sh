# Bash: job control, traps, process substitution, coprocesses, here documents
# policy: agent
# needs: bash
bash -c 'set -m; sleep 1000 & jobs | cut -c1-12; kill %1; wait %1; echo $?; trap "echo trapped" USR1; kill -USR1 $$
diff <(seq 3) <(seq 3) && echo same; coproc cat; echo x >&${COPROC[1]}; read -r y <&${COPROC[0]}; echo $y; exec {COPROC[1]}>&-
a=(1 2 3); echo ${#a[@]} $(<<<here cat); echo out > >(cat); wait; exec 3<>/dev/null; mapfile -t l < <(seq 4); echo ${#l[@]}; ulimit -c 0; umask 027; umask' 2>/dev/null
