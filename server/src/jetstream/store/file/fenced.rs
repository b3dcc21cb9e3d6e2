//! A checksum behind what the Go server wrote without one.
//!
//! ```text
//! body                               as the Go server has it
//! ten bytes of 0xff | checksum (8)   of the body
//! ```
//!
//! The Go server reads no further than the body. Ten such bytes are no number, so that a
//! damaged body cannot reach into the checksum. A file without them was written by the Go
//! server, or lost them and nothing else.

use super::checksum::{CHECKSUM_LEN, Checksummer};

/// What stands between body and checksum.
pub(super) const FENCE: [u8; 10] = [0xff; 10];

/// Puts the checksum behind a body.
pub(super) fn with_checksum(sums: &Checksummer, body: &[u8]) -> Vec<u8> {
    [body, &FENCE, &sums.sum(&[body])].concat()
}

/// The body of a file, with the checksum if that is not to be seen; `None` if it is not
/// what was written.
pub(super) fn checked<'a>(sums: &Checksummer, file: &'a [u8]) -> Option<&'a [u8]> {
    let Some((fenced, sum)) = file.split_last_chunk::<CHECKSUM_LEN>() else {
        return Some(file);
    };
    match fenced.strip_suffix(&FENCE) {
        Some(body) => (sums.sum(&[body]) == *sum).then_some(body),
        None => Some(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_to_the_body_is_noticed() {
        let sums = Checksummer::new(b"S");
        let body = b"some body";
        let whole = with_checksum(&sums, body);
        assert_eq!(checked(&sums, &whole), Some(&body[..]));
        assert_eq!(checked(&sums, body), Some(&body[..]), "as Go writes it");
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x20;
            let is_of_fence = (body.len()..body.len() + FENCE.len()).contains(&at);
            match checked(&sums, &damaged) {
                None => assert!(!is_of_fence, "{at}"),
                Some(left) => assert!(is_of_fence && left.starts_with(body), "{at}"),
            }
        }
        let other = Checksummer::new(b"T");
        assert_eq!(checked(&other, &whole), None, "of another stream");
    }
}
