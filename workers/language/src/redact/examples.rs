//! The rules' examples, which are their tests: text, and its rendering.

/// Text that holds secrets. Every value is made up.
pub(super) const SECRET: &[(&str, &str)] = &[
    ("psql postgres://app:s3cr3t@db.local:5432/prod", "psql postgres://app:****@db.local:5432/prod"),
    ("psql \"postgresql://app:p@ss@db/x\"", "psql \"postgresql://app:****@db/x\""),
    ("redis-cli -u redis://:hunter2@cache/0", "redis-cli -u redis://:****@cache/0"),
    ("git clone https://x-access-token:abcdef@github.com/a/b", "git clone https://x-access-token:****@github.com/a/b"),
    ("git clone https://abcdefghij0123456789@host/a", "git clone https://****@host/a"),
    ("mysql -u root -phunter2 app", "mysql -u root -p**** app"),
    ("mysqldump -p'hunter 2' app", "mysqldump -p'****' app"),
    ("mysql --password=hunter2 -e 'select 1'", "mysql --password=**** -e 'select 1'"),
    ("bash -c 'mysql -phunter2 app'", "bash -c 'mysql -p**** app'"),
    ("ssh h \"mysql -phunter2\"", "ssh h \"mysql -p****\""),
    ("sudo -u x /usr/bin/mysql -phunter2", "sudo -u x /usr/bin/mysql -p****"),
    ("redis-cli -h x -a hunter2 ping", "redis-cli -h x -a **** ping"),
    ("PGPASSWORD=hunter2 psql -h db", "PGPASSWORD=**** psql -h db"),
    ("MYSQL_PWD='hun ter' mysql", "MYSQL_PWD='****' mysql"),
    ("export AWS_SECRET_ACCESS_KEY=\"abc/def+ghi\"", "export AWS_SECRET_ACCESS_KEY=\"****\""),
    ("docker run -e DB_PASS=hunter2 -e X=1 img", "docker run -e DB_PASS=**** -e X=1 img"),
    ("STRIPE_KEY=abcd1234 ./run", "STRIPE_KEY=**** ./run"),
    ("GITHUB_TOKEN=abc'def'ghi gh pr list", "GITHUB_TOKEN=**** gh pr list"),
    ("deploy --token=abc123 --region eu", "deploy --token=**** --region eu"),
    ("deploy --token abc123 --region eu", "deploy --token **** --region eu"),
    ("deploy --api-key 'abc 123' x", "deploy --api-key '****' x"),
    ("curl -H 'Authorization: Bearer abc.def' https://x.io", "curl -H 'Authorization: Bearer ****' https://x.io"),
    ("curl -H \"Authorization: Basic dXNlcjpwYXNz\" x.io", "curl -H \"Authorization: Basic ****\" x.io"),
    ("curl -H Authorization:\\ token\\ abc x.io", "curl -H Authorization:\\ ****\\ abc x.io"),
    ("curl -H 'X-Api-Key: abc123' x.io", "curl -H 'X-Api-Key: ****' x.io"),
    ("curl -u user:hunter2 https://x.io", "curl -u user:**** https://x.io"),
    ("curl -su 'user:hunter2' x.io", "curl -su 'user:****' x.io"),
    ("curl --user=user:hunter2 x.io", "curl --user=user:**** x.io"),
    ("curl 'https://x.io/?access_key=abc123&page=2'", "curl 'https://x.io/?access_key=****&page=2'"),
    (
        "curl -d '{\"user\":\"u\",\"password\":\"hunter2\"}' x.io",
        "curl -d '{\"user\":\"u\",\"password\":\"****\"}' x.io",
    ),
    (
        "curl -d \"{\\\"password\\\": \\\"hunter2\\\", \\\"a\\\": 1}\"",
        "curl -d \"{\\\"password\\\": \\\"****\\\", \\\"a\\\": 1}\"",
    ),
    (
        "kubectl create secret generic s --from-literal=password=hunter2",
        "kubectl create secret generic s --from-literal=password=****",
    ),
    ("psql \"host=db password=hunter2 user=x\"", "psql \"host=db password=**** user=x\""),
    ("sqlcmd -S 'Server=x;Password=hunter2;Encrypt=yes'", "sqlcmd -S 'Server=x;Password=****;Encrypt=yes'"),
    ("psql -c \"ALTER USER a PASSWORD 'hunter2'\"", "psql -c \"ALTER USER a PASSWORD '****'\""),
    ("mysql -e \"CREATE USER a IDENTIFIED BY 'hunter2'\"", "mysql -e \"CREATE USER a IDENTIFIED BY '****'\""),
    ("sshpass -p hunter2 ssh h", "sshpass -p **** ssh h"),
    ("docker login -u a -p hunter2 reg", "docker login -u a -p **** reg"),
    ("zip -P hunter2 a.zip b", "zip -P **** a.zip b"),
    ("7z a -phunter2 a.7z b", "7z a -p**** a.7z b"),
    ("openssl enc -pass pass:hunter2 -in a", "openssl enc -pass pass:**** -in a"),
    ("smbclient -U u%hunter2 //h/s", "smbclient -U u%**** //h/s"),
    ("echo root:hunter2 | chpasswd", "echo root:**** | chpasswd"),
    ("echo hunter2 | sudo -S ls", "echo **** | sudo -S ls"),
    ("echo ghp_0123456789abcdefghij0123456789abcdef", "echo ****"),
    ("x github_pat_11AAAAAAA0abcdefghijk y", "x **** y"),
    ("echo sk-ant-api03-abcdefghijklmnop1234", "echo ****"),
    ("slack xoxb-123456789012-abcdef", "slack ****"),
    ("aws configure set x AKIAIOSFODNN7EXAMPLE", "aws configure set x ****"),
    ("k=AIzaSyA1234567890abcdefghijklmnopqrstuv", "k=****"),
    ("echo eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefg", "echo ****"),
    (
        "echo '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----' > k",
        "echo '-----BEGIN OPENSSH PRIVATE KEY-----****-----END OPENSSH PRIVATE KEY-----' > k",
    ),
    ("{\"apiKey\": \"abc123\", \"n\": 1}", "{\"apiKey\": \"****\", \"n\": 1}"),
    ("echo \"unclosed PASSWORD=hunter2", "echo \"unclosed PASSWORD=****"),
];

/// Text that holds none and stays as it is.
const PLAIN: &[&str] = &[
    "git commit -m 'rotate the token in CI'",
    "ssh -p 2222 host",
    "docker run -p 8080:80 nginx",
    "mkdir -p a/b",
    "mysql -p app",
    "kubectl get secret app -o yaml",
    "PASSWORD=$DB_PASSWORD psql",
    "PASSWORD=\"$(pass show db)\" psql",
    "curl -u \"$USER:$PASS\" x.io",
    "cat token_file.txt",
    "export TOKEN_FILE=/run/token",
    "curl https://example.com/a@b:c/d",
    "scp user@host:/path/file .",
    "git clone git@github.com:a/b.git",
    "cargo run -- --max-tokens 100",
    "psql -c 'select token from t'",
    "grep -rn password src/",
    "sk-learn and task-force",
    "echo AKIA",
    "openssl rand -hex 16",
    "cp -p a b",
    "git log --format='%h %an: %s'",
    "vault kv get secret/prod",
    "http://localhost:3000/a?b=c@d",
];

#[test]
fn every_rule_hides_its_example_and_nothing_else() {
    let wrong: Vec<String> = SECRET
        .iter()
        .filter_map(|(text, expected)| {
            let redacted = super::redact(text.as_bytes());
            (redacted.text != *expected || redacted.secrets == 0).then(|| format!("{text}\n -> {}", redacted.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn text_without_secrets_stays_as_it_is() {
    let wrong: Vec<String> = PLAIN
        .iter()
        .map(|text| super::redact(text.as_bytes()).text)
        .filter(|text| !PLAIN.contains(&text.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
