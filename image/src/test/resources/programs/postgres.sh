# PostgreSQL on loopback: initdb, a server, psql
# policy: build
# needs: /usr/lib/postgresql
# no view: there is no loopback of the run's own
# not as root: it refuses to run as root
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
initdb -D d -A trust -N >/dev/null 2>&1 && pg_ctl -D d -w -l log -o "-k '' -h 127.0.0.1 -p 5433" start >/dev/null && psql -h 127.0.0.1 -p 5433 -Atc 'create table t(x int); insert into t select generate_series(1,1000); select sum(x) from t' postgres
pg_ctl -D d -w -m fast stop >/dev/null; echo $?
