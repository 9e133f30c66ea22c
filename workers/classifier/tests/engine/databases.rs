//! Clients of databases: options and statements that run programs or write files. Each row was once silent.

use crate::common::{noticed, silent};

#[test]
fn clients_of_databases_are_read_with_all_their_options() {
    noticed(&[
        "psql -o '|rm -rf x' -c 'select 1'",
        "psql -L /home/dev/.bashrc -c 'select 1'",
        "psql -c 'select 1 \\g |rm -rf x'",
        "psql -c '\\d \\! rm -rf x'",
        "psql -c '\\o /etc/passwd'",
        "psql -Atc 'drop table x'",
        "psql -a\u{e9}",
        "mysql --init-command='drop database x' -e 'select 1'",
        "mysql --init-comm='drop database x' -e 'select 1'",
        "mysql --tee=/home/dev/.bashrc -e 'select 1'",
        "mysql --pager='rm -rf x' -e 'select 1'",
        "mysql --defaults-file=/tmp/evil -e 'select 1'",
        "mysql -p -e 'drop database x'",
        "mysql -Nedrop\\ table\\ x",
        "sqlite3 x.db \"select edit('a','rm -rf x')\"",
        "sqlite3 x.db \"select writefile('/etc/passwd','a')\"",
        "sqlite3 x.db '.shell rm'",
        "printf '.mode csv\\n.shell rm -rf x\\n' | sqlite3 x.db",
        "sqlite3 -init evil x.db 'select 1'",
        "sqlite3 -cmd '.shell id' x.db 'select 1'",
        "sqlite3 x.db vacuum",
        "mysql -e \"select '\\\\''; drop table x; select '1'\"",
        "psql -c 'select $$'\"'\"'$$; drop table x; select $$'\"'\"'$$'",
        "psql -c 'select \"'\"'\"'\"; drop table x; select \"'\"'\"'\"'",
        "mysql -e 'select 1--1; drop table x'",
        "psql -c 'select * into y from x'",
        "redis-cli --client-name get flushall",
        "redis-cli --sni get flushall",
        "redis-cli --rdb /etc/passwd get",
        "printf 'get a\\nflushall\\n' | redis-cli",
        "redis-cli client kill type normal",
        "mongosh -f evil.js --eval 'db.x.find()'",
        "mongosh x evil.js --eval 'db.x.find()'",
        "mongosh --eval 'db.x.find(); process.exit()'",
    ]);
    silent(&[
        "psql -c 'select 1'",
        "psql -h localhost -U dev -d app -At -c 'select count(*) from users'",
        "psql --csv -c \"select * from a where b = 'c'\"",
        "psql -c '\\dt'",
        "psql -l",
        "mysql -u root -psecret app -e 'show tables'",
        "mysql -h db -N -B -e 'select 1'",
        "sqlite3 x.db .tables",
        "sqlite3 -header -csv x.db 'select * from a'",
        "redis-cli -h db get a",
        "redis-cli --scan --pattern 'a*'",
        "mongosh --quiet --eval 'db.x.find()'",
    ]);
}
