//! ID lists as people write them: `1-7,9`.

use crate::error::{Result, refuse};

/// The most IDs one status change may name. A hard limit: a promotion of more
/// than this is not looked at closely by anyone.
pub const IDS_PER_CALL: usize = 15;

/// Parses `1-7,9` into the IDs it names, in the order given.
///
/// Refuses an empty list, zero, a reversed range, an ID named twice and
/// anything that is not a number.
pub fn parse(text: &str) -> Result<Vec<u32>> {
    let mut ids = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first, text)?, number(last, text)?),
            None => {
                let id = number(part, text)?;
                (id, id)
            }
        };
        if last < first {
            return refuse(format!("reversed range {part}: write {last}-{first}"));
        }
        // A range is bounded before it is expanded, so that a typing error
        // such as 1-4000000000 costs nothing.
        if last - first > 10_000 {
            return refuse(format!(
                "range {part} names {} IDs",
                u64::from(last - first) + 1
            ));
        }
        ids.extend(first..=last);
    }
    let mut seen = std::collections::BTreeSet::new();
    for id in &ids {
        if !seen.insert(*id) {
            return refuse(format!("ID {id} is named twice in \"{text}\""));
        }
    }
    Ok(ids)
}

/// Parses several arguments as one list.
pub fn parse_all(parts: &[String]) -> Result<Vec<u32>> {
    parse(&parts.join(","))
}

/// Refuses more IDs than one status change may name.
pub fn within_limit(ids: &[u32]) -> Result<()> {
    if ids.len() > IDS_PER_CALL {
        return refuse(format!(
            "{} IDs in one call; the limit is {IDS_PER_CALL}. Split the list and look at each part",
            ids.len()
        ));
    }
    Ok(())
}

/// Writes IDs as short as possible: `1-3,7`.
pub fn format(ids: &[u32]) -> String {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut out = String::new();
    let mut rest = sorted.as_slice();
    while let Some((&first, _)) = rest.split_first() {
        let run = rest
            .iter()
            .zip(first..)
            .take_while(|(id, want)| **id == *want)
            .count();
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&first.to_string());
        if run > 1 {
            out.push('-');
            out.push_str(&(first + run as u32 - 1).to_string());
        }
        rest = &rest[run..];
    }
    out
}

fn number(text: &str, whole: &str) -> Result<u32> {
    match text.trim().parse::<u32>() {
        Ok(0) => refuse("IDs start at 1"),
        Ok(id) => Ok(id),
        Err(_) => refuse(format!("\"{whole}\" is no list of IDs such as 1-7,9")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges() {
        assert_eq!(parse("1-3, 9").unwrap(), [1, 2, 3, 9]);
        assert_eq!(format(&[9, 3, 1, 2]), "1-3,9");
        assert_eq!(format(&[]), "");
        for bad in [
            "",
            "0",
            "x",
            "3-1",
            "1,1",
            "1-3,2",
            "1-",
            "-1",
            "1-4000000000",
            "5000000000",
        ] {
            assert!(parse(bad).is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn sixteen_are_too_many() {
        assert!(within_limit(&parse("1-15").unwrap()).is_ok());
        assert!(within_limit(&parse("1-16").unwrap()).is_err());
    }
}
