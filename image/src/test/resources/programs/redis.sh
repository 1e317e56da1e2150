# Redis on loopback: server, client, append-only file
# policy: build
# needs: redis-server redis-cli
# no view: there is no loopback of the run's own
redis-server --port 6399 --bind 127.0.0.1 --appendonly yes --dir . >log & server=$!
until redis-cli -p 6399 ping 2>/dev/null | grep PONG; do kill -0 $server || break; done
redis-cli -p 6399 eval 'for i=1,100 do redis.call("incr","n") end return redis.call("get","n")' 0; redis-cli -p 6399 shutdown; wait $server; echo $?
redis-server --port 6399 --bind 127.0.0.1 --appendonly yes --dir . >log & server=$!
until redis-cli -p 6399 get n 2>/dev/null | grep 100; do kill -0 $server || break; done; redis-cli -p 6399 shutdown; wait
