//! Comparing passwords.

/// Whether a configured password is a bcrypt hash (`isBcrypt`).
#[must_use]
pub fn is_bcrypt(password: &str) -> bool {
    let Some(rest) = password.strip_prefix("$2") else {
        return false;
    };
    let mut parts = rest.splitn(3, '$');
    let kind = parts.next().unwrap_or_default();
    let cost = parts.next().unwrap_or_default();
    let hash = parts.next().unwrap_or_default();
    matches!(kind, "a" | "b" | "x" | "y")
        && cost.len() == 2
        && cost.bytes().all(|byte| byte.is_ascii_digit())
        && hash.len() >= 53
}

/// Whether a client's password is the configured one, which may be a bcrypt hash.
/// Takes the same time wherever the two differ.
#[must_use]
pub fn password_matches(configured: &str, presented: &str) -> bool {
    if is_bcrypt(configured) {
        return bcrypt::verify(presented, configured).unwrap_or(false);
    }
    let (want, have) = (configured.as_bytes(), presented.as_bytes());
    let differences = want
        .iter()
        .zip(have)
        .fold(want.len() ^ have.len(), |seen, (a, b)| {
            seen | usize::from(a ^ b)
        });
    differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_hashed_passwords() {
        let hash = bcrypt::hash("secret", 4).unwrap();
        assert!(is_bcrypt(&hash));
        assert!(password_matches(&hash, "secret") && !password_matches(&hash, "Secret"));
        assert!(
            !password_matches(&hash, &hash),
            "the hash itself is no password"
        );
        assert!(password_matches("pw", "pw"));
        for wrong in ["", "p", "pw1", "pW"] {
            assert!(!password_matches("pw", wrong), "{wrong}");
        }
        assert!(!is_bcrypt("$2a$short") && !is_bcrypt("secret"));
    }
}
