//! Encryption at rest, as the Go server does it (`genEncryptionKeys` and
//! `genBlockEncryptionKey` in `filestore.go`, `jsKeyGen` in `jetstream.go`).
//!
//! Every asset, which is a stream's or a consumer's metadata or one block, has a
//! random seed of 32 bytes. It is kept in a key file beside the asset, sealed with
//! a key that comes of the server's key, the account and the asset's name:
//!
//! ```text
//! key file:  nonce (24 bytes with ChaCha20, 16 with AES) | seed (32) | tag (16)
//! its key:   HMAC-SHA256(server's key, account | context)
//! sealed:    nonce | bytes | tag (16)         key: seed
//! block:     key stream of seed and the key file's nonce, from the block's begin
//! ```
//!
//! | asset | context | key file |
//! |---|---|---|
//! | stream | stream | `meta.key` |
//! | block | stream, `:`, number of the block | `msgs/<number>.key` |
//! | consumer | stream, `.`, consumer | `obs/<consumer>/meta.key` |
//!
//! Sealed is XChaCha20-Poly1305 or AES-256-GCM with a nonce of 16 bytes; key
//! streams are XChaCha20 or AES-256-CTR.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, array::Array, consts::U16};
use aes_gcm::{AesGcm, aes::Aes256};
use chacha20::XChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use chacha20poly1305::XChaCha20Poly1305;
use ctr::Ctr128BE;
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::Sha256;
use thiserror::Error;

/// Why something cannot be encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CipherError {
    /// A key file is too short.
    #[error("encryption bad key size")]
    BadKeySize,
    /// It was not sealed with this key, or is damaged.
    #[error("message authentication failed")]
    Unauthentic,
    /// None of the keys at hand opens a key file.
    #[error("unable to recover keys")]
    NoKeyFits,
    /// The operating system has no random numbers, or the text is too long.
    #[error("encryption failed")]
    Failed,
}

/// How files are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreCipher {
    /// ChaCha20, the default.
    #[default]
    ChaCha,
    /// AES with 256 bits.
    Aes,
}

impl StoreCipher {
    /// The other one, which files may have been written with before.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::ChaCha => Self::Aes,
            Self::Aes => Self::ChaCha,
        }
    }

    /// Bytes of a nonce.
    #[must_use]
    pub const fn nonce_len(self) -> usize {
        match self {
            Self::ChaCha => 24,
            Self::Aes => 16,
        }
    }
}

impl fmt::Display for StoreCipher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ChaCha => "ChaCha20-Poly1305",
            Self::Aes => "AES-GCM",
        })
    }
}

/// Derives the keys that key files are sealed with.
#[derive(Clone)]
pub struct MasterKey {
    mac: Hmac<Sha256>,
}

impl MasterKey {
    /// From the server's key and the name of the account.
    #[must_use]
    pub fn new(key: &str, account: &str) -> Self {
        #[expect(
            clippy::unwrap_used,
            reason = "HMAC is defined for keys of every length"
        )]
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(account.as_bytes());
        Self { mac }
    }

    /// The key for the key file of an asset.
    #[must_use]
    pub fn derive(&self, context: &str) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(context.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MasterKey").finish_non_exhaustive()
    }
}

/// How a store is encrypted.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// What is written with.
    pub cipher: StoreCipher,
    /// The key that is written with.
    pub key: MasterKey,
    /// The key there was before; what was written with it can still be read.
    pub old_key: Option<MasterKey>,
}

/// The keys of one asset.
#[derive(Clone)]
pub struct AssetKeys {
    cipher: StoreCipher,
    seed: [u8; 32],
    nonce: Vec<u8>,
}

impl AssetKeys {
    /// New random keys, and the key file that holds them.
    ///
    /// # Errors
    /// [`CipherError::Failed`].
    pub fn generate(
        encryption: &Encryption,
        context: &str,
    ) -> Result<(Self, Vec<u8>), CipherError> {
        let cipher = encryption.cipher;
        let mut seed = [0; 32];
        fill_random(&mut seed)?;
        let file = seal(cipher, &encryption.key.derive(context), &seed)?;
        let nonce = file.get(..cipher.nonce_len()).unwrap_or_default().to_vec();
        Ok((
            Self {
                cipher,
                seed,
                nonce,
            },
            file,
        ))
    }

    /// The keys in a key file, if it was written with the current key and cipher.
    ///
    /// # Errors
    /// [`CipherError::BadKeySize`] or [`CipherError::Unauthentic`].
    pub fn open(encryption: &Encryption, context: &str, file: &[u8]) -> Result<Self, CipherError> {
        Self::open_with(encryption.cipher, &encryption.key, context, file)
    }

    /// The keys in a key file, whether it was written with the current or the old
    /// key, with this cipher or the other; and whether they are out of date, so that
    /// the asset has to be written anew with keys of its own.
    ///
    /// # Errors
    /// [`CipherError::BadKeySize`] or [`CipherError::NoKeyFits`].
    pub fn recover(
        encryption: &Encryption,
        context: &str,
        file: &[u8],
    ) -> Result<(Self, bool), CipherError> {
        let cipher = encryption.cipher;
        let mut is_outdated = false;
        for key in [Some(&encryption.key), encryption.old_key.as_ref()] {
            let Some(key) = key else { continue };
            for cipher in [cipher, cipher.other()] {
                match Self::open_with(cipher, key, context, file) {
                    Ok(keys) => return Ok((keys, is_outdated)),
                    Err(CipherError::Unauthentic) => is_outdated = true,
                    Err(error) => return Err(error),
                }
            }
        }
        Err(CipherError::NoKeyFits)
    }

    fn open_with(
        cipher: StoreCipher,
        key: &MasterKey,
        context: &str,
        file: &[u8],
    ) -> Result<Self, CipherError> {
        if file.len() < KEY_FILE_LEN_MIN {
            return Err(CipherError::BadKeySize);
        }
        let seed = unseal(cipher, &key.derive(context), file)?;
        let seed = seed.try_into().map_err(|_| CipherError::Unauthentic)?;
        let nonce = file.get(..cipher.nonce_len()).unwrap_or_default().to_vec();
        Ok(Self {
            cipher,
            seed,
            nonce,
        })
    }

    /// The cipher they are for.
    #[must_use]
    pub const fn cipher(&self) -> StoreCipher {
        self.cipher
    }

    /// Encrypts `plain` such that a change to it is noticed.
    ///
    /// # Errors
    /// [`CipherError::Failed`].
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        seal(self.cipher, &self.seed, plain)
    }

    /// The way back.
    ///
    /// # Errors
    /// [`CipherError::Unauthentic`].
    pub fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        unseal(self.cipher, &self.seed, sealed)
    }

    /// The key stream of the block, at its beginning.
    #[must_use]
    pub fn block_stream(&self) -> BlockStream {
        // Nonces are as long as the cipher wants them wherever keys are made.
        BlockStream(match self.cipher {
            StoreCipher::ChaCha => Stream::ChaCha(Box::new(XChaCha20::new(
                &Array::from(self.seed),
                &Array::from_fn(|at| self.nonce.get(at).copied().unwrap_or_default()),
            ))),
            StoreCipher::Aes => Stream::Aes(Box::new(Ctr128BE::<Aes256>::new(
                &Array::from(self.seed),
                &Array::from_fn(|at| self.nonce.get(at).copied().unwrap_or_default()),
            ))),
        })
    }
}

impl fmt::Debug for AssetKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AssetKeys")
            .field("cipher", &self.cipher)
            .finish_non_exhaustive()
    }
}

/// The key stream of a block. Encrypting and decrypting are the same.
#[derive(Debug)]
pub struct BlockStream(Stream);

enum Stream {
    ChaCha(Box<XChaCha20>),
    Aes(Box<Ctr128BE<Aes256>>),
}

impl fmt::Debug for Stream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ChaCha(_) => "XChaCha20",
            Self::Aes(_) => "AES-256-CTR",
        })
    }
}

impl BlockStream {
    /// Goes to `offset`, in bytes from the beginning of the block.
    ///
    /// # Errors
    /// [`CipherError::Failed`] far beyond any block.
    pub fn seek(&mut self, offset: u64) -> Result<(), CipherError> {
        match &mut self.0 {
            Stream::ChaCha(stream) => stream.try_seek(offset),
            Stream::Aes(stream) => stream.try_seek(offset),
        }
        .map_err(|_| CipherError::Failed)
    }

    /// Encrypts or decrypts the next bytes of the block.
    ///
    /// # Errors
    /// [`CipherError::Failed`] far beyond any block.
    pub fn apply(&mut self, bytes: &mut [u8]) -> Result<(), CipherError> {
        match &mut self.0 {
            Stream::ChaCha(stream) => stream.try_apply_keystream(bytes),
            Stream::Aes(stream) => stream.try_apply_keystream(bytes),
        }
        .map_err(|_| CipherError::Failed)
    }
}

/// The shortest key file there is, that of AES.
const KEY_FILE_LEN_MIN: usize = 64;

type Aes256Gcm16 = AesGcm<Aes256, U16>;

fn seal(cipher: StoreCipher, key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, CipherError> {
    let mut nonce = [0; 24];
    fill_random(&mut nonce)?;
    let nonce = nonce.get(..cipher.nonce_len()).unwrap_or(&nonce);
    let sealed = match cipher {
        StoreCipher::ChaCha => XChaCha20Poly1305::new(&Array::from(*key))
            .encrypt(nonce.try_into().map_err(|_| CipherError::Failed)?, plain),
        StoreCipher::Aes => Aes256Gcm16::new(&Array::from(*key))
            .encrypt(nonce.try_into().map_err(|_| CipherError::Failed)?, plain),
    }
    .map_err(|_| CipherError::Failed)?;
    Ok([nonce, &sealed].concat())
}

fn unseal(cipher: StoreCipher, key: &[u8; 32], sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
    let (nonce, sealed) = sealed
        .split_at_checked(cipher.nonce_len())
        .ok_or(CipherError::Unauthentic)?;
    match cipher {
        StoreCipher::ChaCha => XChaCha20Poly1305::new(&Array::from(*key)).decrypt(
            nonce.try_into().map_err(|_| CipherError::Unauthentic)?,
            sealed,
        ),
        StoreCipher::Aes => Aes256Gcm16::new(&Array::from(*key)).decrypt(
            nonce.try_into().map_err(|_| CipherError::Unauthentic)?,
            sealed,
        ),
    }
    .map_err(|_| CipherError::Unauthentic)
}

fn fill_random(bytes: &mut [u8]) -> Result<(), CipherError> {
    OsRng.try_fill_bytes(bytes).map_err(|_| CipherError::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER_PERMISSIVE;

    // Written by the packages that the Go server uses: a key file of the seed
    // 00..1f with the key "s3cr3t!" of account "$G" and context "ORDERS:7", the
    // text "hello" sealed with that seed, and 80 bytes of the block's key stream.
    const CHACHA: [&str; 3] = [
        "6465666768696a6b6c6d6e6f707172737475767778797a7b54b02d43fde6a125ec4fec9a0bd2dccfd2f97fbb3cbc6bc6ce5a77d553af4b132e5389a2eb5c71c11a0558ff062b6ffb",
        "6465666768696a6b6c6d6e6f707172737475767778797a7b141695dc90a7fa362bf18c741ab425ed87502401e2",
        "d9d1c952f53bb5926ebdd7d07aaebf7c04bd7b41bd10e3d167a17f1da688a5984ff41a8d93121bab7d7cf2967d4f4007833295019278177f027c618b31062e397c73f9b0ff2e898287309d3fa66fbdc9",
    ];
    const AES: [&str; 3] = [
        "6465666768696a6b6c6d6e6f70717273e61a5c9abe610a407a1ccf8c29ae4e65b30f2e4c40aa28e5c6648a1ef70369ce282fe4f41d9e8af33e8ca37627837157",
        "6465666768696a6b6c6d6e6f70717273b0d62f3d8be2e758c03f0ea6717a3222226722f10f",
        "93d81120b620bb4d7e8dbfabe6bf90dcb5e98b0500d315d87276945a9a8ce192c0c19a51d6a9ad58a25eb88f6a86850f3c455adb1ab17b174178f3aaf7632be4a371f62c1d995cdb433ca79ad1ac8d49",
    ];
    const CONTEXT: &str = "ORDERS:7";

    fn bytes(hex: &str) -> Vec<u8> {
        HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap()
    }

    fn encryption(cipher: StoreCipher) -> Encryption {
        Encryption {
            cipher,
            key: MasterKey::new("s3cr3t!", "$G"),
            old_key: None,
        }
    }

    #[test]
    fn ciphers_have_their_names() {
        assert_eq!(StoreCipher::ChaCha.to_string(), "ChaCha20-Poly1305");
        assert_eq!(StoreCipher::Aes.to_string(), "AES-GCM");
    }

    #[test]
    fn what_go_encrypted_is_decrypted() {
        let derived = MasterKey::new("s3cr3t!", "$G").derive(CONTEXT);
        let expected = "25851bb1aa4668376b02744b95957fa2a8d4c57a276ae5e75adc59f2ea36156e";
        assert_eq!(derived.as_slice(), bytes(expected));
        for (cipher, [file, sealed, stream]) in
            [(StoreCipher::ChaCha, CHACHA), (StoreCipher::Aes, AES)]
        {
            let keys = AssetKeys::open(&encryption(cipher), CONTEXT, &bytes(file)).unwrap();
            assert_eq!(keys.unseal(&bytes(sealed)).unwrap(), b"hello");
            let mut block = vec![0; 80];
            keys.block_stream().apply(&mut block).unwrap();
            assert_eq!(block, bytes(stream), "{cipher}");
            let mut part = vec![0; 7];
            let mut from_within = keys.block_stream();
            from_within.seek(61).unwrap();
            from_within.apply(&mut part).unwrap();
            assert_eq!(part, block[61..68]);
        }
    }

    #[test]
    fn new_keys_open_again_and_no_change_to_them_is_missed() {
        for cipher in [StoreCipher::ChaCha, StoreCipher::Aes] {
            let encryption = encryption(cipher);
            let (keys, file) = AssetKeys::generate(&encryption, CONTEXT).unwrap();
            assert_eq!(file.len(), cipher.nonce_len() + 32 + 16);
            let sealed = keys.seal(b"a secret").unwrap();
            assert_ne!(
                sealed,
                keys.seal(b"a secret").unwrap(),
                "a nonce of its own"
            );
            let again = AssetKeys::open(&encryption, CONTEXT, &file).unwrap();
            assert_eq!(again.unseal(&sealed).unwrap(), b"a secret");
            for at in 0..file.len() {
                let mut damaged = file.clone();
                damaged[at] ^= 1;
                let error = AssetKeys::open(&encryption, CONTEXT, &damaged).unwrap_err();
                assert_eq!(error, CipherError::Unauthentic);
            }
            for at in 0..sealed.len() {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1;
                assert_eq!(keys.unseal(&damaged), Err(CipherError::Unauthentic));
                assert_eq!(keys.unseal(&sealed[..at]), Err(CipherError::Unauthentic));
            }
            let other = AssetKeys::open(&encryption, "ORDERS:8", &file).unwrap_err();
            assert_eq!(other, CipherError::Unauthentic);
            let short = AssetKeys::open(&encryption, CONTEXT, &file[..63]).unwrap_err();
            assert_eq!(short, CipherError::BadKeySize);
        }
    }

    #[test]
    fn old_keys_and_the_other_cipher_are_tried() {
        let old = MasterKey::new("old", "$G");
        for (cipher, key) in [
            (StoreCipher::ChaCha, MasterKey::new("s3cr3t!", "$G")),
            (StoreCipher::Aes, MasterKey::new("s3cr3t!", "$G")),
            (StoreCipher::ChaCha, old.clone()),
            (StoreCipher::Aes, old.clone()),
        ] {
            let is_old = key.derive("x") == old.derive("x");
            let writer = Encryption {
                cipher,
                key,
                old_key: None,
            };
            let (keys, file) = AssetKeys::generate(&writer, CONTEXT).unwrap();
            let sealed = keys.seal(b"a secret").unwrap();
            let mut reader = encryption(StoreCipher::ChaCha);
            reader.old_key = Some(old.clone());
            let (keys, outdated) = AssetKeys::recover(&reader, CONTEXT, &file).unwrap();
            assert_eq!(keys.cipher(), cipher);
            assert_eq!(outdated, is_old || cipher == StoreCipher::Aes);
            assert_eq!(keys.unseal(&sealed).unwrap(), b"a secret");
            reader.key = MasterKey::new("s3cr3t!", "OTHER");
            reader.old_key = None;
            let error = AssetKeys::recover(&reader, CONTEXT, &file).unwrap_err();
            assert_eq!(error, CipherError::NoKeyFits);
        }
    }
}
