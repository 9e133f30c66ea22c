//! `palisade log`: what was recorded, filtered; from the supervisor, or from the files where none runs and they are ours.

use crate::arguments::Log;
use crate::control::Control;
use crate::failure::Failure;
use crate::journal::Journal;
use crate::time::{now, shown};
use crate::users::Users;
use crate::words::{colour, hex, plain, print_json, tinted};
use palisade_hook::connect::ConnectError;
use palisade_hook::instance::Instance;
use palisade_hook::policy::uid_base;
use palisade_protocol::bounded::Text;
use palisade_protocol::event::{DecisionMade, Event, What};
use palisade_protocol::reader::{Job, Query, Reply, Row};
use serde_json::{Map, Value, json};
use std::io::{ErrorKind, Write};
use std::time::Duration;

/// Between two looks for something new.
const FOLLOW_PAUSE: Duration = Duration::from_millis(300);

/// Shows the events that match.
pub fn log(instance: &Instance, what: &Log) -> Result<u8, Failure> {
    let users = Users::local();
    let mut query = query(what, &users)?;
    let mut sink = Sink { what, users, colour: colour(), list: Vec::new(), last: None };
    fetch(instance, query.clone(), &mut |row| sink.take(row))?;
    if what.json && !what.follow {
        print_json(&json!({"schema": "palisade.log/1", "events": sink.list}));
        return Ok(0);
    }
    if !what.follow {
        return Ok(0);
    }
    // What comes later than now is not the newest of something.
    query.limit = 0;
    while what.until.is_none_or(|until| until.0 > now()) {
        std::thread::sleep(FOLLOW_PAUSE);
        query.after_seq = sink.last.or(query.after_seq);
        fetch(instance, query.clone(), &mut |row| sink.take(row))?;
    }
    Ok(0)
}

fn query(what: &Log, users: &Users) -> Result<Query, Failure> {
    let uid = |word: &String| users.uid(word).ok_or_else(|| Failure::usage(format!("there is no local user {word:?}")));
    let too_long = |name: &'static str| move |why| Failure::usage(format!("--{name}: {why}"));
    Ok(Query {
        since_ns: what.since.map(|moment| moment.0),
        until_ns: what.until.map(|moment| moment.0),
        after_seq: what.after,
        uid: what.user.as_ref().map(uid).transpose()?,
        agent: what.agent.clone().map(Text::new).transpose().map_err(too_long("agent"))?,
        session: what.session.clone().map(Text::new).transpose().map_err(too_long("session"))?,
        class: what.class,
        kind: what.kind,
        limit: what.lines,
    })
}

fn fetch(instance: &Instance, query: Query, show: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure> {
    match Control::try_open(instance) {
        Ok(mut control) => control.log(query, show),
        Err(ConnectError::Dead) => {
            let journal = Journal::open(&instance.layout.journal(), &instance.shown.journal(), uid_base(instance))?;
            match journal.read(Job::Find { query, only_uid: None }, show)? {
                Reply::Done => Ok(()),
                _ => Err(Failure::failed("the reader answered something else than rows")),
            }
        }
        Err(why) => Err(Failure::connection(&why, instance)),
    }
}

/// Where rows go.
struct Sink<'a> {
    what: &'a Log,
    users: Users,
    colour: bool,
    list: Vec<Value>,
    last: Option<u64>,
}

impl Sink<'_> {
    fn take(&mut self, row: Row) -> Result<(), Failure> {
        self.last = Some(row.seq);
        let line = match (self.what.jsonl || (self.what.json && self.what.follow), self.what.json) {
            (true, _) => document(&row).to_string(),
            (false, true) => {
                self.list.push(document(&row));
                return Ok(());
            }
            (false, false) => line(&row, &self.users, self.colour),
        };
        match writeln!(std::io::stdout(), "{line}") {
            // `log | head` has seen enough.
            Err(why) if why.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
            written => written.map_err(|why| Failure::failed(format!("stdout: {why}"))),
        }
    }
}

fn line(row: &Row, users: &Users, colour: bool) -> String {
    let time = shown(row.wall_ns);
    let Some(event) = &row.event else {
        return format!("{:>6}  {time}  payload missing, or not what its commitment says", row.seq);
    };
    let who = event.peer.as_ref().map_or_else(|| "palisade".to_owned(), |peer| plain(&users.name(peer.uid)));
    let rest = match &event.what {
        What::Decision(made) => decision(made, colour),
        what => format!("{}: {}", what.kind().word(), sentence(what)),
    };
    format!("{:>6}  {time}  {who:<10}  {rest}", row.seq)
}

fn decision(made: &DecisionMade, colour: bool) -> String {
    let text = if made.text.is_empty() { format!("({} bytes, not stored)", made.length) } else { plain(&made.text) };
    let secrets = if made.secrets > 0 { format!("  [secrets replaced: {}]", made.secrets) } else { String::new() };
    format!(
        "{}  {}  {}  {} {}: {text}{secrets}",
        tinted(&format!("{:<5}", made.decision.word()), colour),
        tinted(&format!("{:<12}", made.class.word()), colour),
        plain(&made.rule),
        plain(&made.agent),
        plain(&made.tool),
    )
}

/// An event other than a decision, in words.
fn sentence(what: &What) -> String {
    match what {
        What::Segment { previous, because, append_only } => {
            let held = if *append_only { "held to appending" } else { "not held to appending by the kernel" };
            let after =
                previous.as_ref().map(|previous| format!(" after {}", plain(&previous.name))).unwrap_or_default();
            format!("begun{after} ({}), {held}", plain(because))
        }
        What::Started { version, system, degraded, after_clean_stop } => {
            let mode = if *system { "system" } else { "rootless" };
            let names: Vec<String> = degraded.iter().map(|name| plain(name)).collect();
            let lacking = if names.is_empty() { String::new() } else { format!(", without {}", names.join(", ")) };
            let stop = if *after_clean_stop { "nothing is missing before it" } else { "after no clean stop" };
            format!("version {}, {mode}{lacking}, {stop}", plain(version))
        }
        What::Stopped { because } => plain(because),
        What::Gap { since_ns, missing, count } => {
            let since = since_ns.map(|since| format!(", since {}", shown(since))).unwrap_or_default();
            let count = count.map(|count| format!(", {count} of them")).unwrap_or_default();
            format!("{}{count}{since}", plain(missing))
        }
        What::Decision(made) => plain(&made.reason),
        What::WorkerStarted { kind, pid, uid, serves, sha256 } => {
            let serves = serves.map(|uid| format!(" for uid {uid}")).unwrap_or_default();
            format!("{}{serves}, pid {pid}, as uid {uid}, executable {}…", kind.word(), &hex(sha256)[..16])
        }
        What::WorkerExited { kind, pid, serves, class, detail } => {
            let serves = serves.map(|uid| format!(" for uid {uid}")).unwrap_or_default();
            format!("{}{serves}, pid {pid}: {} ({})", kind.word(), plain(class), plain(detail))
        }
        What::Breach { kind, pid, did } => format!("{}, pid {pid}: {}", kind.word(), plain(did)),
        What::Malformed { count, last } => format!("{count} malformed messages, the last: {}", plain(last)),
        What::Control { command, done } => {
            format!("{} {}", plain(command), if *done { "was done" } else { "was refused" })
        }
    }
}

/// An event as JSON. Paths are shown as text; bytes that are not UTF-8 are replaced.
fn document(row: &Row) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("seq", json!(row.seq));
    put("time", json!(shown(row.wall_ns)));
    put("wall_ns", json!(row.wall_ns));
    put("boot_ns", json!(row.boot_ns));
    put("boot_id", json!(hex(&row.boot_id)));
    let Some(Event { peer, what, .. }) = &row.event else {
        put("kind", Value::Null);
        return Value::Object(out);
    };
    put("kind", json!(what.kind().word()));
    if let Some(peer) = peer {
        let path = |path: &Option<palisade_protocol::call::Path>| path.as_ref().map(|path| lossy(path));
        put(
            "peer",
            json!({
                "uid": peer.uid, "gid": peer.gid, "pid": peer.pid, "started": peer.started, "exe": path(&peer.exe),
                "cwd": path(&peer.cwd), "tty": peer.tty, "loginuid": peer.loginuid,
            }),
        );
    }
    if let What::Decision(made) = what {
        for (name, value) in fields(made) {
            put(name, value);
        }
    } else {
        put("detail", json!(sentence(what)));
    }
    Value::Object(out)
}

fn fields(made: &DecisionMade) -> [(&'static str, Value); 16] {
    let effects = made.effects.iter().map(
        |effect| json!({"operation": effect.operation.word(), "target": &*effect.target, "bounded": effect.bounded}),
    );
    [
        ("agent", json!(&*made.agent)),
        ("session", json!(&*made.session)),
        ("call", json!(&*made.call)),
        ("asserted_cwd", json!(lossy(&made.cwd))),
        ("cwd_matches", json!(made.cwd_matches)),
        ("tool", json!(&*made.tool)),
        ("prompts_shown", json!(made.prompts == palisade_protocol::call::Prompts::Shown)),
        ("class", json!(made.class.word())),
        ("decision", json!(made.decision.word())),
        ("rule", json!(&*made.rule)),
        ("reason", json!(&*made.reason)),
        ("text", json!(&*made.text)),
        ("length", json!(made.length)),
        ("commitment", json!(made.commitment.as_ref().map(|bytes| hex(bytes)))),
        ("secrets", json!(made.secrets)),
        ("effects", Value::Array(effects.collect())),
    ]
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::event::SCHEMA;

    fn row(what: What) -> Row {
        Row { seq: 5, wall_ns: 0, boot_ns: 1, boot_id: [0; 16], event: Some(Event { v: SCHEMA, peer: None, what }) }
    }

    #[test]
    fn what_somebody_else_wrote_cannot_act_on_the_terminal() {
        let text = line(&row(What::Stopped { because: Text::cut("a\u{1b}[2J\nb") }), &Users::default(), false);
        assert!(text.ends_with("stopped: a\\u{1b}[2J\\nb"), "{text}");
    }

    #[test]
    fn a_row_without_its_payload_is_shown_as_that() {
        let bare = Row { event: None, ..row(What::Stopped { because: Text::default() }) };
        assert!(line(&bare, &Users::default(), false).contains("payload missing"));
        assert_eq!(document(&bare)["kind"], Value::Null);
    }
}
