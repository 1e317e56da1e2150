# ps, pgrep, kill, top: the run's own processes
# policy: build
# needs: ps pgrep top
sleep 1000 & child=$!; until pgrep -x sleep -P $$ >/dev/null; do :; done; ps -o comm= -p $child; pgrep -x sleep -P $$ | grep -cx $child; kill $child; wait $child; echo $?
top -bn1 -p $$ | awk -v pid=$$ '$1 == pid' | wc -l; ps -o pid= -p $$ | tr -d ' ' | grep -cx $$; ps -o ppid= -p $$ | wc -l
