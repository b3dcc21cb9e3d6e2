//! Recovery of what waits for its time.

use std::io;

use crate::collections::HashWheel;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::checksum::Checksummer;
use crate::jetstream::store::file::fenced::checked;
use crate::jetstream::store::file::persist::{SCHEDULES_FILE, TTLS_FILE};
use crate::jetstream::store::file::report::Trouble;
use crate::jetstream::store::file::state::State;
use crate::jetstream::store::schedules::Schedules;

impl State {
    /// Takes from its file when messages expire, and from the messages what the file
    /// does not know.
    ///
    /// Go: `recoverTTLState`.
    pub(in super::super) fn recover_ttls(&mut self) -> Result<(), StoreError> {
        let mut wheel = HashWheel::new();
        let mut known = 0;
        if let Some(file) = self.read_small_file(TTLS_FILE)? {
            match wheel.decode(&file) {
                Ok(stamp) => known = stamp,
                Err(error) => self.report(Trouble::Failed(format!("decoding TTL state: {error}"))),
            }
        }
        let from = known.max(self.figures.first_seq);
        if self.figures.msgs > 0 && from <= self.figures.last_seq {
            self.read_ttls(&mut wheel, from)?;
        }
        self.expiry.wheel = Some(wheel);
        Ok(())
    }

    /// The same for schedules.
    ///
    /// Go: `recoverMsgSchedulingState`.
    pub(in super::super) fn recover_schedules(&mut self, now: i64) -> Result<(), StoreError> {
        let mut schedules = Schedules::new();
        let mut known = 0;
        if let Some(file) = self.read_small_file(SCHEDULES_FILE)? {
            match schedules.decode(&file) {
                Ok(stamp) => known = stamp,
                Err(error) => {
                    let what = format!("decoding message scheduling state: {error}");
                    self.report(Trouble::Failed(what));
                }
            }
        }
        let from = known.max(self.figures.first_seq);
        if self.figures.msgs > 0 && from <= self.figures.last_seq {
            self.read_schedules(&mut schedules, from, now)?;
        }
        self.expiry.schedules = Some(schedules);
        Ok(())
    }

    /// A file of timers, unless it is missing or not what was written; the messages say
    /// the same.
    fn read_small_file(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let env = &self.blocks.env;
        let file = match env.disk.read(&env.msgs_dir().join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let sums = Checksummer::new(self.config.name.as_bytes());
        let body = checked(&sums, &file).map(<[u8]>::to_vec);
        if body.is_none() {
            self.report(Trouble::Failed(format!("{name}: checksums do not match")));
        }
        Ok(body)
    }
}
