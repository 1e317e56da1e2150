# inotify: tail -F
# policy: build
# needs: tail mkfifo
: >log; mkfifo p; tail -n0 -F log >p 2>/dev/null & tail=$!
exec 3<p; (while :; do echo line >>log; sleep 0.05; done) & writer=$!
read -r got <&3; echo "$got"; kill $writer $tail; wait; echo done
