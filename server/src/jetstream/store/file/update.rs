//! Another configuration.

use super::state::State;
use super::store::FileStore;
use crate::jetstream::model::StreamConfig;
use crate::jetstream::store::error::StoreError;

impl FileStore {
    /// Makes a change that the state file has to follow at once, because without it
    /// all blocks would have to be read the next time.
    pub(super) fn change_and_write<R>(
        &self,
        act: impl FnOnce(&mut State) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        self.change(|state| {
            let result = act(state)?;
            let written = state.write_state(true);
            state.report_failure("writing the stream state", written);
            Ok(result)
        })
    }
}

impl State {
    /// Takes another configuration and removes what its limits no longer allow.
    ///
    /// Go: `UpdateConfig`.
    pub(super) fn apply_config(
        &mut self,
        config: &StreamConfig,
        now: i64,
    ) -> Result<(), StoreError> {
        self.check_open()?;
        // There may be room for more now.
        self.record_removals()?;
        let limit_before = self.max_per_subject();
        let before = std::mem::replace(&mut self.config, config.clone());
        if let Err(error) = self.write_meta() {
            self.config = before;
            return Err(error);
        }
        match (config.allow_msg_ttl, self.expiry.wheel.is_some()) {
            (true, false) => self.recover_ttls()?,
            (false, _) => self.expiry.wheel = None,
            _ => {}
        }
        match (config.allow_msg_schedules, self.expiry.schedules.is_some()) {
            (true, false) => self.recover_schedules(now)?,
            (false, _) => self.expiry.schedules = None,
            _ => {}
        }
        self.enforce_limits()?;
        if let Some(limit) = self.max_per_subject()
            && limit_before.is_none_or(|before| limit < before)
        {
            self.enforce_subject_limits()?;
        }
        Ok(())
    }
}
