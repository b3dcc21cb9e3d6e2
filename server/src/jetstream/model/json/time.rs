//! Times as Go reads them (`time.Parse` with RFC 3339).

use super::quote::quoted;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// The time in a JSON value.
///
/// # Errors
/// Why it is none, in Go's words.
pub(super) fn check(raw: &[u8]) -> Result<String, String> {
    let text = raw
        .strip_prefix(b"\"")
        .and_then(|raw| raw.strip_suffix(b"\""))
        .ok_or("Time.UnmarshalJSON: input is not a JSON string")?;
    let fault = match Parser::new(text).parse() {
        Ok(()) => return Ok(String::from_utf8_lossy(text).into_owned()),
        Err(fault) => fault,
    };
    let text = quoted(text);
    Err(match fault {
        Fault::Part { rest, layout } => format!(
            "parsing time {text} as \"{LAYOUT}\": cannot parse {} as \"{layout}\"",
            quoted(&rest)
        ),
        Fault::Range(what) => format!("parsing time {text}: {what} out of range"),
        Fault::Extra(rest) => format!("parsing time {text}: extra text: {}", quoted(&rest)),
    })
}

enum Fault {
    Part { rest: Vec<u8>, layout: &'static str },
    Range(&'static str),
    Extra(Vec<u8>),
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl<'a> Parser<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    fn fault(&self, layout: &'static str) -> Fault {
        Fault::Part {
            rest: self.rest.to_vec(),
            layout,
        }
    }

    fn digits(&mut self, count: usize, layout: &'static str) -> Result<u32, Fault> {
        let digits = self
            .rest
            .get(..count)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit))
            .ok_or_else(|| self.fault(layout))?;
        self.rest = self.rest.get(count..).unwrap_or_default();
        Ok(digits
            .iter()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    fn mark(&mut self, mark: &'static str) -> Result<(), Fault> {
        self.rest = self
            .rest
            .strip_prefix(mark.as_bytes())
            .ok_or_else(|| self.fault(mark))?;
        Ok(())
    }

    fn parse(&mut self) -> Result<(), Fault> {
        let check = |within: bool, what| {
            if within {
                Ok(())
            } else {
                Err(Fault::Range(what))
            }
        };
        let year = self.digits(4, "2006")?;
        self.mark("-")?;
        let month = self.digits(2, "01")?;
        check((1..=12).contains(&month), "month")?;
        self.mark("-")?;
        let day = self.digits(2, "02")?;
        self.mark("T")?;
        let hour = self.digits(2, "15")?;
        check(hour < 24, "hour")?;
        self.mark(":")?;
        let minute = self.digits(2, "04")?;
        check(minute < 60, "minute")?;
        self.mark(":")?;
        let second = self.digits(2, "05")?;
        check(second < 60, "second")?;
        if let Some(fraction) = self.rest.strip_prefix(b".") {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if digits > 0 {
                self.rest = fraction.get(digits..).unwrap_or_default();
            }
        }
        self.zone()?;
        if !self.rest.is_empty() {
            return Err(Fault::Extra(self.rest.to_vec()));
        }
        check((1..=days(year, month)).contains(&day), "day")
    }

    fn zone(&mut self) -> Result<(), Fault> {
        const LAYOUT: &str = "Z07:00";
        if let Some(rest) = self.rest.strip_prefix(b"Z") {
            self.rest = rest;
            return Ok(());
        }
        let (sign, hours, colon, minutes) = match self.rest {
            [sign, h1, h2, colon, m1, m2, ..] => (sign, [h1, h2], colon, [m1, m2]),
            _ => return Err(self.fault(LAYOUT)),
        };
        let number = |digits: [&u8; 2]| {
            let value = |digit: &u8| digit.is_ascii_digit().then(|| digit - b'0');
            Some(value(digits[0])? * 10 + value(digits[1])?)
        };
        let (hours, minutes) = (number(hours), number(minutes));
        if !matches!(sign, b'+' | b'-') || *colon != b':' || hours.is_none() || minutes.is_none() {
            return Err(self.fault(LAYOUT));
        }
        if hours > Some(24) {
            return Err(Fault::Range("time zone offset hour"));
        }
        if minutes > Some(60) {
            return Err(Fault::Range("time zone offset minute"));
        }
        self.rest = self.rest.get(6..).unwrap_or_default();
        Ok(())
    }
}

const fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_checked_as_go_does() {
        for good in [
            "2024-02-29T23:59:59Z",
            "0001-01-01T00:00:00Z",
            "2024-05-06T07:08:09.123456789+02:00",
        ] {
            assert_eq!(check(format!("\"{good}\"").as_bytes()).unwrap(), good);
        }
        for (bad, why) in [
            (
                "x",
                " as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"",
            ),
            (
                "2024-05",
                " as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"-\"",
            ),
            ("2023-02-29T00:00:00Z", ": day out of range"),
            ("2023-13-01T00:00:00Z", ": month out of range"),
            ("2023-12-01T00:00:00Zx", ": extra text: \"x\""),
        ] {
            let error = check(format!("\"{bad}\"").as_bytes()).unwrap_err();
            assert_eq!(error, format!("parsing time \"{bad}\"{why}"));
        }
        assert!(check(b"5").is_err());
    }
}
