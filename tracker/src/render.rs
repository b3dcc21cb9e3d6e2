//! Tables for people: aligned, cut to the terminal's width, coloured only where
//! that is wanted.

use std::io::IsTerminal;

use crate::db::Status;

/// How output may look.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    colour: bool,
    width: Option<usize>,
}

impl Style {
    /// What the process's environment asks for: NO_COLOR (any value but empty)
    /// turns colour off, COLUMNS sets the width, and output that is no terminal
    /// gets neither colour nor cuts.
    pub fn detect() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|text| text.parse().ok());
        let size = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self {
            colour: terminal && !no_color,
            width: columns.or(if terminal { size } else { None }),
        }
    }

    /// No colour, no cuts.
    pub fn plain() -> Self {
        Self {
            colour: false,
            width: None,
        }
    }

    /// A status in its colour.
    pub fn status(self, status: Status) -> String {
        let code = match status {
            Status::NotStarted => "2",
            Status::Deferred => "33",
            Status::Stub => "35",
            Status::Complete => "36",
            Status::Verified => "32",
            Status::NotApplicable => "34",
        };
        self.paint(code, status.as_str())
    }

    /// Text in an ANSI colour.
    pub fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Lines up rows under a header. Where they are wider than the terminal, the
    /// widest columns are cut.
    pub fn table(self, header: &[&str], rows: &[Vec<String>]) -> String {
        let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(visible(cell));
            }
        }
        if let Some(room) = self.width {
            shrink(&mut widths, room);
        }
        let mut out = String::new();
        let header: Vec<String> = header.iter().map(|cell| self.paint("1", cell)).collect();
        line(&mut out, &header, &widths);
        for row in rows {
            line(&mut out, row, &widths);
        }
        out
    }

    /// A bar of a share, ten characters wide.
    pub fn bar(self, done: usize, total: usize) -> String {
        let filled = (done * 10).checked_div(total).unwrap_or(0);
        format!("{}{}", "#".repeat(filled), ".".repeat(10 - filled))
    }
}

/// Takes from the widest column until all fit, or none is wide any more.
fn shrink(widths: &mut [usize], room: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROW => *widest -= 1,
            _ => return,
        }
    }
}

fn line(out: &mut String, cells: &[String], widths: &[usize]) {
    let start = out.len();
    for (cell, width) in cells.iter().zip(widths) {
        let length = visible(cell);
        if length > *width {
            out.extend(cell.chars().take(width - 1).chain(['…', ' ', ' ']));
        } else {
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', width - length + 2));
        }
    }
    let kept = out[start..].trim_end_matches(' ').len();
    out.truncate(start + kept);
    out.push('\n');
}

/// No column is cut below this; coloured cells are no wider.
const NARROW: usize = 11;

/// The characters of a cell that take up room: colour codes do not.
fn visible(cell: &str) -> usize {
    let mut count = 0;
    let mut inside = false;
    for c in cell.chars() {
        match (inside, c) {
            (false, '\x1b') => inside = true,
            (true, 'm') => inside = false,
            (true, _) => {}
            (false, _) => count += 1,
        }
    }
    count
}

/// A share in per cent with one digit.
pub fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_is_cut() {
        let style = Style {
            colour: false,
            width: Some(16),
        };
        let rows = vec![vec!["1".to_owned(), "abcdefghijklmnop".to_owned()]];
        assert_eq!(
            style.table(&["id", "name"], &rows),
            "id  name\n1   abcdefghijk…\n"
        );
        assert_eq!(visible("\x1b[32mok\x1b[0m"), 2);
    }
}
