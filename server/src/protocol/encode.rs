//! Rendering `MSG` and `HMSG` heads.

/// Appends `value` in decimal.
pub fn push_decimal(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0u8; DECIMAL_LEN_MAX];
    let mut at = digits.len();
    let mut rest = value;
    // Two digits at a time: a division costs more than all else.
    while rest >= 100 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    let [tens, ones] = PAIRS[rest as usize];
    at -= 1;
    digits[at] = ones;
    if rest >= 10 {
        at -= 1;
        digits[at] = tens;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Digits of the largest number.
const DECIMAL_LEN_MAX: usize = 20;

/// The digits of the numbers below 100.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// The parts of a delivered message's head that its receivers share.
///
/// Everything after the subscription id is the same for all receivers that can
/// take headers (or for all that can not), so it is rendered once for a message.
#[derive(Debug, Default)]
pub struct MessageHead {
    before_sid: Vec<u8>,
    after_sid: Vec<u8>,
    after_sid_stripped: Vec<u8>,
    with_header: bool,
}

impl MessageHead {
    /// Renders the head of a message of `size` bytes, `header_len` of which are
    /// its header block.
    pub fn render(
        &mut self,
        subject: &[u8],
        reply: Option<&[u8]>,
        header_len: Option<usize>,
        size: usize,
    ) {
        self.before_sid.clear();
        self.before_sid.extend_from_slice(b"HMSG ");
        self.before_sid.extend_from_slice(subject);
        self.before_sid.push(b' ');
        self.render_tail(reply, header_len, size);
    }

    fn render_tail(&mut self, reply: Option<&[u8]>, header_len: Option<usize>, size: usize) {
        self.after_sid.clear();
        self.after_sid.push(b' ');
        if let Some(reply) = reply {
            self.after_sid.extend_from_slice(reply);
            self.after_sid.push(b' ');
        }
        self.with_header = header_len.is_some();
        self.after_sid_stripped.clear();
        if let Some(header_len) = header_len {
            self.after_sid_stripped.extend_from_slice(&self.after_sid);
            push_decimal(
                &mut self.after_sid_stripped,
                size.saturating_sub(header_len) as u64,
            );
            self.after_sid_stripped.extend_from_slice(b"\r\n");
            push_decimal(&mut self.after_sid, header_len as u64);
            self.after_sid.push(b' ');
        }
        push_decimal(&mut self.after_sid, size as u64);
        self.after_sid.extend_from_slice(b"\r\n");
    }

    /// Appends the head as the subscription `sid` sees it. A receiver without
    /// header support gets `MSG` and the size of the payload alone.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, sid: &[u8], header_support: bool) {
        let as_header = self.with_header && header_support;
        let before = if as_header {
            &self.before_sid[..]
        } else {
            &self.before_sid[1..]
        };
        out.extend_from_slice(before);
        out.extend_from_slice(sid);
        let tail = if self.with_header && !header_support {
            &self.after_sid_stripped
        } else {
            &self.after_sid
        };
        out.extend_from_slice(tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(reply: Option<&[u8]>, header: Option<usize>, size: usize, support: bool) -> String {
        let mut head = MessageHead::default();
        head.render(b"foo.bar", reply, header, size);
        let mut out = Vec::new();
        head.push(&mut out, b"22", support);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn heads_follow_what_the_receiver_supports() {
        assert_eq!(head(None, None, 5, true), "MSG foo.bar 22 5\r\n");
        assert_eq!(
            head(Some(b"in.box"), None, 0, false),
            "MSG foo.bar 22 in.box 0\r\n"
        );
        assert_eq!(
            head(Some(b"r"), Some(12), 17, true),
            "HMSG foo.bar 22 r 12 17\r\n"
        );
        assert_eq!(
            head(Some(b"r"), Some(12), 17, false),
            "MSG foo.bar 22 r 5\r\n"
        );
    }

    #[test]
    fn decimals_match_the_formatter() {
        let around = (0..20).flat_map(|power| [10_u64.pow(power) - 1, 10_u64.pow(power)]);
        for value in around.chain(0..1_001).chain([1_234_567_890_123, u64::MAX]) {
            let mut out = Vec::new();
            push_decimal(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
