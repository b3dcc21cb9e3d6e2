//! `batches/commit`: an atomic batch that is being stored.
//!
//! Its messages are written here as one before the first of them is stored, so that
//! the rest can follow if the server stops in between. The file goes when all are
//! stored. Layout, with numbers in little-endian order:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `NATSBAT1` |
//! | 8 | checksum of what follows, under the stream's name |
//! | rest | the messages, sealed with the key of `meta.inf` if there is one |
//!
//! Each message is the lengths of its subject, header and payload, 4 bytes each, and
//! then those three. The Go server keeps a store per batch in the same directory; like
//! this one it removes what it does not know there.

use std::io;
use std::path::PathBuf;

use super::checksum::Checksummer;
use super::report::Trouble;
use super::state::State;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::message::BatchMsg;

const MAGIC: &[u8; 8] = b"NATSBAT1";
/// Of magic and checksum.
const HEAD_LEN: usize = 16;

impl State {
    fn batches_dir(&self) -> PathBuf {
        self.blocks.env.root.join("batches")
    }

    /// Writes the messages, for good if everything is.
    pub(super) fn keep_batch(&self, messages: &[BatchMsg]) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        let mut body = encode(messages)?;
        if let Some(keys) = &self.keys {
            body = keys.seal(&body)?;
        }
        let sum = Checksummer::new(env.stream.as_bytes()).sum(&[&body]);
        let file = [MAGIC, sum.as_slice(), &body].concat();
        let dir = self.batches_dir();
        env.disk.create_dir_all(&dir)?;
        if env.sync_always {
            env.disk.sync_dir(&env.root)?;
        }
        env.disk
            .write_atomically(&dir.join(FILE), &file, env.sync_always)?;
        Ok(())
    }

    /// The messages; none if there is no such file. One that is not what was written is
    /// reported, and of no use.
    pub(super) fn kept_batch(&mut self) -> Result<Vec<BatchMsg>, StoreError> {
        let mut messages = self.read_batch()?;
        if messages.is_none() {
            // Before it is believed it is looked at again.
            messages = self.read_batch()?;
        }
        if messages.is_none() {
            let what = format!("batches/{FILE}: not what was written, the batch is not finished");
            self.report(Trouble::Failed(what));
        }
        Ok(messages.unwrap_or_default())
    }

    fn read_batch(&self) -> Result<Option<Vec<BatchMsg>>, StoreError> {
        let env = &self.blocks.env;
        let file = match env.disk.read(&self.batches_dir().join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Vec::new())),
            file => file?,
        };
        let Some((head, body)) = file.split_at_checked(HEAD_LEN) else {
            return Ok(None);
        };
        let sum = Checksummer::new(env.stream.as_bytes()).sum(&[body]);
        if head != [MAGIC.as_slice(), sum.as_slice()].concat() {
            return Ok(None);
        }
        Ok(match &self.keys {
            // Other keys may have taken the place of those it was sealed with.
            Some(keys) => keys.unseal(body).ok().and_then(|body| decode(&body)),
            None => decode(body),
        })
    }

    /// Removes the file.
    pub(super) fn forget_batch(&self) -> Result<(), StoreError> {
        let env = &self.blocks.env;
        match env.disk.remove_file(&self.batches_dir().join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => Ok(result?),
        }
    }
}

const FILE: &str = "commit";

fn encode(messages: &[BatchMsg]) -> Result<Vec<u8>, StoreError> {
    let mut body = Vec::new();
    for message in messages {
        let parts = [&message.subject, &message.header, &message.payload];
        for part in parts {
            let len = u32::try_from(part.len()).map_err(|_| StoreError::MsgTooLarge)?;
            body.extend_from_slice(&len.to_le_bytes());
        }
        for part in parts {
            body.extend_from_slice(part);
        }
    }
    Ok(body)
}

/// `None` is what was not written by [`encode`].
fn decode(mut body: &[u8]) -> Option<Vec<BatchMsg>> {
    let mut messages = Vec::new();
    while !body.is_empty() {
        let mut lens = [0; 3];
        for len in &mut lens {
            let (bytes, rest) = body.split_first_chunk::<4>()?;
            *len = usize::try_from(u32::from_le_bytes(*bytes)).ok()?;
            body = rest;
        }
        let mut part = |len: usize| {
            let (part, rest) = body.split_at_checked(len)?;
            body = rest;
            Some(part.to_vec())
        };
        messages.push(BatchMsg {
            subject: part(lens[0])?,
            header: part(lens[1])?,
            payload: part(lens[2])?,
        });
    }
    Some(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_and_damage_does_not() {
        let message = |subject: &str, payload: &str| BatchMsg {
            subject: subject.into(),
            header: b"NATS/1.0\r\n\r\n".to_vec(),
            payload: payload.into(),
        };
        let messages = vec![message("a", "one"), message("b.c", "")];
        let body = encode(&messages).unwrap();
        assert_eq!(decode(&body), Some(messages));
        assert_eq!(decode(b""), Some(Vec::new()));
        for cut in 1..body.len() {
            let first = encode(&[message("a", "one")]).unwrap().len();
            assert_eq!(decode(&body[..cut]).is_some(), cut == first, "{cut}");
        }
    }
}
