//! `palisade log`: what was recorded, filtered; from the supervisor, or from the files where none runs and they are ours.

use crate::arguments::Log;
use crate::control::Control;
use crate::failure::{EXIT_NOT_PERMITTED, EXIT_TRY_AGAIN, EXIT_UNREACHABLE, Failure};
use crate::journal::{Extent, Journal};
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
    let none = what.lines == Some(0);
    let mut show = |row| if none { sink.pass(&row) } else { sink.take(row) };
    Origin::open(instance)?.find(query.clone(), &mut show)?;
    if what.follow {
        // What comes later than now is not the newest of something.
        query.limit = 0;
        query.after_seq = query.after_seq.max(sink.last);
        follow(instance, query, &mut sink)?;
    } else if what.json {
        print_json(&json!({"schema": "palisade.log/1", "events": sink.list}));
    }
    Ok(0)
}

/// Looks for more until the end of the time that is asked about, if it has one.
fn follow(instance: &Instance, mut query: Query, sink: &mut Sink<'_>) -> Result<(), Failure> {
    let (mut seen, mut told) = (None, false);
    while sink.what.until.is_none_or(|until| until.0 > now()) {
        std::thread::sleep(FOLLOW_PAUSE);
        match look(instance, &mut query, &mut seen, sink) {
            Ok(()) => told = false,
            // It stops, starts or is busy: what it records meanwhile comes with a later look.
            Err(why) if [EXIT_UNREACHABLE, EXIT_TRY_AGAIN, EXIT_NOT_PERMITTED].contains(&why.code) => {
                if !std::mem::replace(&mut told, true) {
                    eprintln!("palisade: {why}; still waiting");
                }
            }
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

/// Shows what is new. A query goes through the whole journal, so there is none while nothing was recorded.
fn look(instance: &Instance, query: &mut Query, seen: &mut Option<End>, sink: &mut Sink<'_>) -> Result<(), Failure> {
    let mut origin = Origin::open(instance)?;
    // Taken before the query, which therefore sees everything up to it.
    let end = origin.end()?;
    if *seen == Some(end) {
        return Ok(());
    }
    let found = origin.find(query.clone(), &mut |row| sink.take(row));
    query.after_seq = query.after_seq.max(sink.last);
    found?;
    if let End::Record(newest) = end {
        query.after_seq = query.after_seq.max(newest);
    }
    *seen = Some(end);
    Ok(())
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
        // Of none the newest is still looked for: what follows comes after it.
        limit: what.lines.map_or(0, |lines| lines.max(1)),
    })
}

/// Who has the rows: the supervisor, or the files where none runs.
enum Origin<'a> {
    Supervisor(Control<'a>),
    Files(Journal),
}

/// Where a journal ends. As long as that is the same, nothing was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With this record, as the supervisor says.
    Record(Option<u64>),
    /// In the newest segment, after so many bytes.
    File(Extent),
}

impl<'a> Origin<'a> {
    fn open(instance: &'a Instance) -> Result<Self, Failure> {
        match Control::try_open(instance) {
            Ok(control) => Ok(Self::Supervisor(control)),
            Err(ConnectError::Dead) => {
                let (path, shown) = (instance.layout.journal(), instance.shown.journal());
                Ok(Self::Files(Journal::open(&path, &shown, uid_base(instance))?))
            }
            Err(why) => Err(Failure::connection(&why, instance)),
        }
    }

    fn end(&mut self) -> Result<End, Failure> {
        match self {
            Self::Supervisor(control) => Ok(End::Record(control.status()?.head.map(|head| head.seq))),
            Self::Files(journal) => journal.extent().map(End::File),
        }
    }

    fn find(self, query: Query, show: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure> {
        match self {
            Self::Supervisor(mut control) => control.log(query, show),
            Self::Files(journal) => match journal.read(Job::Find { query, only_uid: None }, show)? {
                Reply::Done => Ok(()),
                _ => Err(Failure::failed("the reader answered something else than rows")),
            },
        }
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
    /// Lets a row by unshown.
    fn pass(&mut self, row: &Row) -> Result<(), Failure> {
        self.last = Some(row.seq);
        Ok(())
    }

    fn take(&mut self, row: Row) -> Result<(), Failure> {
        self.pass(&row)?;
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
