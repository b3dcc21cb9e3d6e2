//! NKeys: nonces and signatures.

use nkeys::KeyPair;
use rand::Rng;
use thiserror::Error;

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

/// A signature that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// There is none.
    #[error("Signature missing")]
    Missing,
    /// It is not base64.
    #[error("Signature not valid base64")]
    Encoding,
    /// It is not that of the key, or the key is none.
    #[error("Signature not verified")]
    Wrong,
}

/// Checks that `signature`, in base64 of either alphabet, is `public_key`'s signature
/// of `nonce`.
///
/// # Errors
///
/// [`SignatureError`] if it is not.
pub fn check_signature(
    public_key: &str,
    nonce: &[u8],
    signature: &str,
) -> Result<(), SignatureError> {
    if signature.is_empty() {
        return Err(SignatureError::Missing);
    }
    let signature = decode_base64(signature).ok_or(SignatureError::Encoding)?;
    if verify(public_key, nonce, &signature) {
        Ok(())
    } else {
        Err(SignatureError::Wrong)
    }
}

/// Whether `signature`, in base64 of the alphabet for URLs, is `public_key`'s
/// signature of `nonce`.
#[must_use]
pub fn verify_raw_signature(public_key: &str, nonce: &[u8], signature: &str) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(signature)
        .is_ok_and(|signature| verify(public_key, nonce, &signature))
}

fn verify(public_key: &str, nonce: &[u8], signature: &[u8]) -> bool {
    KeyPair::from_public_key(public_key).is_ok_and(|key| key.verify(nonce, signature).is_ok())
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
            assert_eq!(
                check_signature(&key.public_key(), b"nonce", &engine),
                Ok(())
            );
            let wrong = Err(SignatureError::Wrong);
            assert_eq!(check_signature(&key.public_key(), b"other", &engine), wrong);
            let other = KeyPair::new_user().public_key();
            assert_eq!(check_signature(&other, b"nonce", &engine), wrong);
            assert_eq!(check_signature("UNOKEY", b"nonce", &engine), wrong);
        }
        let check = |signature| check_signature(&key.public_key(), b"nonce", signature);
        assert_eq!(check("%%%"), Err(SignatureError::Encoding));
        assert_eq!(check(""), Err(SignatureError::Missing));
    }

    #[test]
    fn proxies_sign_in_the_alphabet_for_urls_only() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let key = KeyPair::new_account();
        let signature = key.sign(b"nonce").unwrap();
        let verify = |text: &str| verify_raw_signature(&key.public_key(), b"nonce", text);
        assert!(verify(&URL_SAFE_NO_PAD.encode(&signature)));
        assert!(!verify(&STANDARD.encode(&signature)) && !verify(""));
        assert!(!verify_raw_signature(
            &key.public_key(),
            b"other",
            &URL_SAFE_NO_PAD.encode(&signature)
        ));
    }
}
