//! NKeys: nonces and signatures.

use nkeys::KeyPair;
use rand::Rng;

/// Random bytes in a nonce.
const NONCE_RAW_LENGTH: usize = 11;
/// Characters in a nonce.
pub const NONCE_LENGTH: usize = 15;

/// A fresh nonce for INFO.
#[must_use]
pub fn nonce() -> String {
    let raw: [u8; NONCE_RAW_LENGTH] = rand::rng().random();
    encode_base64_url(&raw)
}

/// Whether `signature`, in base64 of either alphabet, is `public_key`'s signature
/// of `nonce`.
#[must_use]
pub fn verify_signature(public_key: &str, nonce: &[u8], signature: &str) -> bool {
    let Some(signature) = decode_base64(signature) else {
        return false;
    };
    KeyPair::from_public_key(public_key).is_ok_and(|key| key.verify(nonce, &signature).is_ok())
}

fn encode_base64_url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD
        .decode(text)
        .or_else(|_| STANDARD.decode(text))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_have_their_length_and_differ() {
        let (one, two) = (nonce(), nonce());
        assert_eq!(one.len(), NONCE_LENGTH);
        assert_ne!(one, two);
    }

    #[test]
    fn only_the_key_s_own_signature_counts() {
        use base64::Engine as _;
        let key = KeyPair::new_user();
        let signature = key.sign(b"nonce").unwrap();
        for engine in [
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&signature),
            base64::engine::general_purpose::STANDARD.encode(&signature),
        ] {
            assert!(verify_signature(&key.public_key(), b"nonce", &engine));
            assert!(!verify_signature(&key.public_key(), b"other", &engine));
            assert!(!verify_signature(
                &KeyPair::new_user().public_key(),
                b"nonce",
                &engine
            ));
        }
        assert!(!verify_signature(&key.public_key(), b"nonce", "%%%"));
        assert!(!verify_signature("UNOKEY", b"nonce", ""));
    }
}
