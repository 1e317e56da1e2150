# SQLite with a write-ahead log
# policy: build
# needs: sqlite3
sqlite3 db 'pragma journal_mode=wal; create table t(x); insert into t values (1),(2),(3); select sum(x) from t;'
sqlite3 -cmd '.timeout 9000' db 'insert into t values (4)' & sqlite3 -cmd '.timeout 9000' db 'insert into t values (5)'; wait; sqlite3 db 'vacuum; pragma integrity_check; select max(x) > 3 from t'; ls
