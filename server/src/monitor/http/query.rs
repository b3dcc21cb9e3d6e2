//! The parameters of a request (`decodeBool` and the like).

use form_urlencoded::parse;

use super::reply::Reply;

/// The parameters of a request. Of several with one name the first counts.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn new(text: &str) -> Self {
        Self(parse(text.as_bytes()).into_owned().collect())
    }

    /// A parameter's text; empty if it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Yes or no; no if it is missing.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Reply> {
        match self.text(name) {
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            other => Err(bad("boolean", name, "ParseBool", other, "invalid syntax")),
        }
    }

    /// A number that may be negative; 0 if it is missing.
    pub(super) fn int(&self, name: &str) -> Result<i64, Reply> {
        match self.text(name) {
            "" => Ok(0),
            text => text
                .parse()
                .map_err(|_| bad("int", name, "Atoi", text, flaw(text, true))),
        }
    }

    /// A number; 0 if it is missing.
    pub(super) fn unsigned(&self, name: &str) -> Result<u64, Reply> {
        match self.text(name) {
            "" => Ok(0),
            text => text
                .parse()
                .ok()
                .filter(|_| !text.starts_with('+'))
                .ok_or_else(|| bad("uint64", name, "ParseUint", text, flaw(text, false))),
        }
    }

    /// Whether subscriptions are wanted, and whether in detail.
    pub(super) fn subscriptions(&self) -> Result<(bool, bool), Reply> {
        if self.text("subs").eq_ignore_ascii_case("detail") {
            return Ok((false, true));
        }
        Ok((self.flag("subs")?, false))
    }
}

/// What is wrong with a number that could not be read.
fn flaw(text: &str, signed: bool) -> &'static str {
    let digits = match text.strip_prefix(['+', '-']) {
        Some(digits) if signed => digits,
        _ => text,
    };
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        "value out of range"
    } else {
        "invalid syntax"
    }
}

fn bad(kind: &str, name: &str, function: &str, text: &str, flaw: &str) -> Reply {
    Reply::bad_request(format!(
        "Error decoding {kind} for '{name}': strconv.{function}: parsing {text:?}: {flaw}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_those_of_go() {
        let query = Query::new("b=zz&i=x&u=-1&j=99999999999999999999&a=1&a=0&t=a+b%2e");
        let text = |reply: Reply| (reply.status, String::from_utf8(reply.body).unwrap());
        assert_eq!(
            text(query.flag("b").unwrap_err()),
            (
                400,
                "Error decoding boolean for 'b': strconv.ParseBool: parsing \"zz\": invalid syntax"
                    .to_owned()
            )
        );
        assert_eq!(
            text(query.int("i").unwrap_err()).1,
            "Error decoding int for 'i': strconv.Atoi: parsing \"x\": invalid syntax"
        );
        assert_eq!(
            text(query.int("j").unwrap_err()).1,
            "Error decoding int for 'j': strconv.Atoi: parsing \"99999999999999999999\": value out of range"
        );
        assert_eq!(
            text(query.unsigned("u").unwrap_err()).1,
            "Error decoding uint64 for 'u': strconv.ParseUint: parsing \"-1\": invalid syntax"
        );
        assert!(query.flag("a").unwrap(), "the first counts");
        assert_eq!(query.text("t"), "a b.");
        assert_eq!(query.int("missing").unwrap(), 0);
    }
}
