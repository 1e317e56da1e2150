# Redis elsewhere: commands, a pipeline, a subscription, redis-benchmark
# policy: build
# network: --net-allow one.test:6379
# needs: redis-server redis-cli redis-benchmark
cli="redis-cli -h one.test"
$cli set a 1 && $cli incr a && seq 1000 | sed 's/.*/set k& &/' | $cli --pipe | tail -n 1 && $cli dbsize || exit
$cli --csv subscribe news >heard & until $cli pubsub numsub news | grep -q 1; do :; done
$cli publish news text && until grep -q text heard; do :; done; kill $!; cat heard
redis-benchmark -h one.test -q -n 4000 -c 20 -t set,get --csv | cut -d , -f 1
