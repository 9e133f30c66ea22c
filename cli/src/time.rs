//! Points in time as people write them, and as they are shown: RFC 3339 in UTC, or so long ago.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

const SECOND: u64 = 1_000_000_000;

/// A point in time, nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub u64);

impl FromStr for Moment {
    type Err = String;

    /// `2026-11-21`, `2026-11-21T10:00:00Z`, `…+01:00`, `… 10:00`, or an age: `90s`, `15m`, `1h`, `7d`, `2w`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "a time like 2026-11-21T10:00:00Z (UTC unless an offset follows), or an age like 15m, 1h, 7d".to_owned();
        let moment = match age(text) {
            Some(age) => now().checked_sub(age),
            None => rfc3339(text),
        };
        moment.map(Self).ok_or_else(wrong)
    }
}

/// Now, nanoseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn age(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let count = number(&text[..text.len() - 1])?;
    count.checked_mul(unit)?.checked_mul(SECOND)
}

fn rfc3339(text: &str) -> Option<u64> {
    let (date, clock) = match text.split_once(['T', 't', ' ']) {
        Some((date, clock)) => (date, clock),
        None => (text, "00:00:00Z"),
    };
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let (clock, offset) = match clock.find(['Z', 'z', '+', '-']) {
        Some(at) => (&clock[..at], &clock[at..]),
        None => (clock, "Z"),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = match clock.len() {
        5 => {
            let [hour, minute] = fields(clock, ':', [2, 2])?;
            [hour, minute, 0]
        }
        _ => fields(clock, ':', [2, 2, 2])?,
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // In characters: a byte's cut could fall into the middle of one.
    let fraction: String = fraction.chars().take(9).collect();
    let nanos = number(&format!("{fraction:0<9}"))?;
    let ahead = match offset.strip_prefix(['+', '-']) {
        Some(offset_clock) => {
            let [hours, minutes] = fields(offset_clock, ':', [2, 2])?;
            let seconds = i64::try_from(hours * 3600 + minutes * 60).ok()?;
            if offset.starts_with('-') { -seconds } else { seconds }
        }
        None if offset.len() == 1 => 0,
        None => return None,
    };
    let seconds = days_before(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    seconds.checked_add_signed(-ahead)?.checked_mul(SECOND)?.checked_add(nanos)
}

fn fields<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[u64; N]> {
    let mut values = [0; N];
    let mut parts = text.split(separator);
    for (value, length) in values.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length)?;
        *value = number(part)?;
    }
    parts.next().is_none().then_some(values)
}

fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

fn is_leap(year: u64) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whole days from 1970-01-01 to the beginning of this day.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    years + (1..month).map(|month| days_in(year, month)).sum::<u64>() + day - 1
}

/// `2026-11-21T10:00:00.123Z`
pub fn shown(nanos: u64) -> String {
    let (seconds, millis) = (nanos / SECOND, nanos % SECOND / 1_000_000);
    let (mut days, clock) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let mut month = 1;
    while days >= days_in(year, month) {
        days -= days_in(year, month);
        month += 1;
    }
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", days + 1)
}

/// A duration in words of one unit: `3 s`, `4 min`, `5 h`, `6 d`.
pub fn rough(millis: u64) -> String {
    match millis / 1000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_rfc_3339_and_shown_the_same() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2026-11-21T10:00:00Z", 1_795_255_200),
            ("2026-11-21T10:00Z", 1_795_255_200),
            ("2026-11-21 11:00:00+01:00", 1_795_255_200),
            ("2026-11-21T08:30:00-01:30", 1_795_255_200),
        ] {
            assert_eq!(text.parse(), Ok(Moment(seconds * SECOND)), "{text}");
            assert!(shown(seconds * SECOND).parse() == Ok(Moment(seconds * SECOND)), "{text}");
        }
        assert_eq!("2026-11-21T10:00:00.5Z".parse(), Ok(Moment(1_795_255_200_500_000_000)));
        assert_eq!(shown(1_795_255_200_500_000_000), "2026-11-21T10:00:00.500Z");
    }

    #[test]
    fn an_age_counts_back_from_now() {
        let before = now();
        let Moment(hour) = "1h".parse().unwrap();
        let after = now();
        assert!((before..=after).contains(&(hour + 3600 * SECOND)), "{before} {hour} {after}");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "h",
            "-1h",
            "1y",
            "2026-13-01",
            "2026-02-29",
            "2026-11-21T25:00:00Z",
            "2026-11-21T10:00:00.ääääää",
            "2026-11-21T10:00:00Zä",
            "1ä",
            "yesterday",
            "99999999999999999999s",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
