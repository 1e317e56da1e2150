# PostgreSQL elsewhere: psql and pgbench by TCP and by a granted socket
# policy: build
# network: --net-allow one.test:5432 --unix-allow ../../sockets/*
# needs: psql pgbench /usr/lib/postgresql
for host in one.test "$(cd ../../sockets && pwd)"; do
  export PGHOST="$host" PGUSER=tester PGDATABASE=postgres
  psql -Atc 'create table t(x int); insert into t select generate_series(1, 1000); select sum(x) from t; drop table t'
  pgbench -q -i -s 1 2>/dev/null && pgbench -c 4 -j 2 -t 50 2>/dev/null | grep -E 'processed|failed'
  seq 1000 | psql -c 'create temp table u(x int)' -c '\copy u from stdin' -c 'select count(*) from u' -At; psql -Atc "select pg_sleep(0.01), inet_server_port()"
done
