//! The command with the places marked that its verdict rests on: painted, or underlined with `^`.
//!
//! The command is whatever an agent wrote: long, of many lines, not UTF-8, with characters that a terminal acts on. Those are
//! written out; a long line is shown around its first mark, and lines without a mark give way to those with one.

use crate::words::plain;
use palisade_protocol::verdict::Span;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Columns of one line.
const COLUMNS_MAX: usize = 110;

/// Columns before the first mark in a line that is cut.
const BEFORE: usize = 30;

/// Lines that are shown.
const LINES_MAX: usize = 12;

/// Emoji are written with it: it widens what stands before it.
const EMOJI_STYLE: char = '\u{fe0f}';

/// The command, each line indented and ended. `paint` holds the terminal's codes for marked text; without it marks stand below.
pub fn marked(command: &[u8], spans: &[Span], paint: Option<&str>) -> String {
    let lines = lines(command);
    let marks: Vec<Range<usize>> = spans.iter().map(|span| span.start as usize..span.end as usize).collect();
    let mut out = String::new();
    let mut next = 0;
    for number in chosen(&lines, &marks) {
        skipped(number - next, &mut out);
        line(command, lines[number].clone(), &marks, paint, &mut out);
        next = number + 1;
    }
    skipped(lines.len() - next, &mut out);
    out
}

fn skipped(count: usize, out: &mut String) {
    match count {
        0 => {}
        1 => out.push_str("  … (1 line)\n"),
        count => out.push_str(&format!("  … ({count} lines)\n")),
    }
}

fn lines(command: &[u8]) -> Vec<Range<usize>> {
    let text = command.strip_suffix(b"\n").unwrap_or(command);
    let mut start = 0;
    text.split(|byte| *byte == b'\n')
        .map(|line| {
            let range = start..start + line.len();
            start = range.end + 1;
            range
        })
        .collect()
}

/// The numbers of the lines to show, in order: those with marks first, then the first ones.
fn chosen(lines: &[Range<usize>], marks: &[Range<usize>]) -> Vec<usize> {
    let is_marked = |line: &Range<usize>| marks.iter().any(|mark| overlap(mark, line).is_some());
    let with = (0..lines.len()).filter(|at| is_marked(&lines[*at]));
    let mut chosen: Vec<usize> = with.take(LINES_MAX).collect();
    for at in 0..lines.len().min(LINES_MAX) {
        if chosen.len() < LINES_MAX && !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    chosen
}

fn overlap(mark: &Range<usize>, line: &Range<usize>) -> Option<Range<usize>> {
    let both = mark.start.max(line.start)..mark.end.min(line.end);
    (both.start < both.end).then_some(both)
}

/// One character as it is shown.
struct Cell {
    shown: String,
    marked: bool,
}

fn line(command: &[u8], range: Range<usize>, marks: &[Range<usize>], paint: Option<&str>, out: &mut String) {
    let here: Vec<Range<usize>> = marks.iter().filter_map(|mark| overlap(mark, &range)).collect();
    let first = here.iter().map(|mark| mark.start).min().unwrap_or(range.start);
    let from = beginning(command, &range, first);
    let mut cells = Vec::new();
    if from > range.start {
        cells.push(Cell { shown: "…".to_owned(), marked: false });
    }
    // No character takes fewer than a quarter of a column a byte: what lies farther is not shown.
    let to = range.end.min(from + 8 * COLUMNS_MAX);
    let mut columns = 0;
    for cell in characters(command, from..to, &here) {
        columns += cell.shown.width();
        if columns > COLUMNS_MAX {
            cells.push(Cell { shown: "…".to_owned(), marked: false });
            break;
        }
        cells.push(cell);
    }
    out.push_str("  ");
    match paint {
        Some(codes) => painted(&cells, codes, out),
        None => underlined(&cells, out),
    }
}

/// Where a line's window begins: at the line's beginning if the first mark is near it, else a little before that mark.
fn beginning(command: &[u8], range: &Range<usize>, first: usize) -> usize {
    if range.len() <= COLUMNS_MAX || first - range.start <= COLUMNS_MAX / 2 {
        return range.start;
    }
    let mut from = first - BEFORE;
    // Not in the middle of a character.
    while from > range.start && command[from] & 0xc0 == 0x80 {
        from -= 1;
    }
    from
}

fn characters(command: &[u8], range: Range<usize>, marks: &[Range<usize>]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut at = range.start;
    let is_marked = |at: usize| marks.iter().any(|mark| mark.contains(&at));
    for chunk in command[range].utf8_chunks() {
        for c in chunk.valid().chars() {
            match cells.last_mut() {
                Some(before) if c == EMOJI_STYLE => before.shown.push(c),
                _ => cells.push(Cell { shown: plain(c.encode_utf8(&mut [0; 4])), marked: is_marked(at) }),
            }
            at += c.len_utf8();
        }
        for byte in chunk.invalid() {
            cells.push(Cell { shown: format!("\\x{byte:02x}"), marked: is_marked(at) });
            at += 1;
        }
    }
    cells
}

fn painted(cells: &[Cell], codes: &str, out: &mut String) {
    let mut on = false;
    for cell in cells {
        if cell.marked != on {
            out.push_str(&if cell.marked { format!("\u{1b}[{codes};4m") } else { "\u{1b}[0m".to_owned() });
            on = cell.marked;
        }
        out.push_str(&cell.shown);
    }
    out.push_str(if on { "\u{1b}[0m\n" } else { "\n" });
}

fn underlined(cells: &[Cell], out: &mut String) {
    let mut marks = String::new();
    for cell in cells {
        out.push_str(&cell.shown);
        marks.extend(std::iter::repeat_n(if cell.marked { '^' } else { ' ' }, cell.shown.width()));
    }
    out.push('\n');
    let marks = marks.trim_end();
    if !marks.is_empty() {
        out.push_str(&format!("  {marks}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(command: &str, at: &str) -> String {
        let start = command.find(at).unwrap();
        let span = Span { start: start as u32, end: (start + at.len()) as u32 };
        marked(command.as_bytes(), &[span], None)
    }

    #[test]
    fn marks_stand_below_what_they_mark_whatever_the_characters_width() {
        assert_eq!(marks("ls; rm -rf /x", "rm -rf /x"), "  ls; rm -rf /x\n      ^^^^^^^^^\n");
        assert_eq!(marks("echo 日本; rm x", "rm x"), "  echo 日本; rm x\n             ^^^^\n");
        assert_eq!(marks("echo 日本", "本"), "  echo 日本\n         ^^\n");
        assert_eq!(marks("echo e\u{301}e; rm", "rm"), "  echo e\u{301}e; rm\n           ^^\n");
        assert_eq!(marks("echo ☎\u{fe0f}; rm", "rm"), "  echo ☎\u{fe0f}; rm\n           ^^\n");
    }

    #[test]
    fn every_line_that_a_mark_touches_is_marked() {
        assert_eq!(marks("a\nrm \\\n  x\nb", "rm \\\n  x"), "  a\n  rm \\\n  ^^^^\n    x\n  ^^^\n  b\n");
        let painted = marked(b"a\nrm \\\n x\n", &[Span { start: 2, end: 9 }], Some("31"));
        assert_eq!(painted, "  a\n  \u{1b}[31;4mrm \\\u{1b}[0m\n  \u{1b}[31;4m x\u{1b}[0m\n");
    }

    #[test]
    fn what_a_terminal_would_act_on_is_written_out_and_marked_as_it_is_shown() {
        assert_eq!(marks("rm \u{1b}[2J;x", "\u{1b}[2J"), "  rm \\u{1b}[2J;x\n     ^^^^^^^^^\n");
        assert_eq!(marks("a\t\u{202e}b", "b"), "  a\\t\\u{202e}b\n             ^\n");
        let bad = marked(b"a\xff\xfeb", &[Span { start: 1, end: 3 }], None);
        assert_eq!(bad, "  a\\xff\\xfeb\n   ^^^^^^^^\n");
    }

    #[test]
    fn a_long_line_is_shown_around_its_first_mark() {
        let command = format!("{} rm -rf / {}", "é".repeat(5000), "y".repeat(100_000));
        let shown = marks(&command, "rm -rf /");
        assert!(shown.starts_with("  …é") && shown.contains("rm -rf / yyy") && shown.contains("y…\n"), "{shown}");
        assert!(shown.lines().all(|line| line.width() <= COLUMNS_MAX + 4), "{shown}");
        assert!(shown.lines().nth(1).unwrap().trim_start() == "^^^^^^^^");
    }

    #[test]
    fn of_many_lines_those_with_marks_are_shown() {
        let command = format!("{}rm x\n{}", "echo\n".repeat(1000), "echo\n".repeat(1000));
        let shown = marks(&command, "rm x");
        assert!(shown.contains("  … (989 lines)\n  rm x\n  ^^^^\n  … (1000 lines)\n"), "{shown}");
        let all = marked(command.as_bytes(), &[Span { start: 0, end: command.len() as u32 }], None);
        assert_eq!(all.lines().count(), 2 * LINES_MAX + 1);
    }

    #[test]
    fn marks_out_of_the_text_mark_nothing_and_end_nothing() {
        for (start, end) in [(50, 60), (3, 1), (0, u32::MAX), (u32::MAX, u32::MAX)] {
            let shown = marked("é\n\nx".as_bytes(), &[Span { start, end }], None);
            assert!(shown.starts_with("  é\n"), "{shown}");
        }
        assert_eq!(marked(b"", &[], None), "  \n");
    }
}
