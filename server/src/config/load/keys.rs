//! What kind of public NKey a text is.

/// Whether `text` is a public key that begins with `letter`, which tells its kind.
fn is_key(text: &str, letter: char) -> bool {
    text.starts_with(letter) && is_public_key(text)
}

pub(super) fn is_user_key(text: &str) -> bool {
    is_key(text, 'U')
}

pub(super) fn is_account_key(text: &str) -> bool {
    is_key(text, 'A')
}

pub(super) fn is_operator_key(text: &str) -> bool {
    is_key(text, 'O')
}

pub(super) fn is_curve_key(text: &str) -> bool {
    is_key(text, 'X')
}

/// Whether `text` is a public key of any kind.
pub(in crate::config) fn is_public_key(text: &str) -> bool {
    nkeys::from_public_key(text).is_ok()
}

/// Whether `text` is the seed of a user.
pub(super) fn is_user_seed(text: &str) -> bool {
    text.starts_with("SU") && nkeys::decode_seed(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nkeys::KeyPair;

    #[test]
    fn the_first_letter_and_the_checksum_count() {
        let (user, account) = (KeyPair::new_user(), KeyPair::new_account());
        assert!(is_user_key(&user.public_key()) && !is_user_key(&account.public_key()));
        assert!(is_account_key(&account.public_key()));
        assert!(is_operator_key(&KeyPair::new_operator().public_key()));
        assert!(!is_curve_key(&user.public_key()) && is_public_key(&user.public_key()));
        assert!(is_user_seed(&user.seed().unwrap()));
        assert!(!is_user_seed(&account.seed().unwrap()) && !is_user_seed(&user.public_key()));
        let mut broken = user.public_key();
        broken.replace_range(10..11, if broken[10..11] == *"A" { "B" } else { "A" });
        assert!(!is_user_key(&broken));
    }
}
