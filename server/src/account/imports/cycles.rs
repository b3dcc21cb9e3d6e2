//! Imports that would send messages in circles are refused.

use std::collections::HashSet;
use std::sync::Arc;

use crate::account::{Account, ImportError};
use crate::subject::{is_subset_match, subjects_collide};

/// Most accounts that are looked at (`MaxAccountCycleSearchDepth`).
const ACCOUNTS_MAX: usize = 1024;

impl Account {
    /// Whether requests on `from` that go to `exporter` could come back.
    pub(super) fn service_import_forms_cycle(
        &self,
        exporter: &Self,
        from: &str,
    ) -> Result<(), ImportError> {
        let mut visited = HashSet::from([self.name().to_owned()]);
        exporter.look_for_service_cycle(from.to_owned(), &mut visited)
    }

    fn look_for_service_cycle(
        &self,
        mut from: String,
        visited: &mut HashSet<String>,
    ) -> Result<(), ImportError> {
        check_depth(visited)?;
        for import in self.service_imports() {
            if !subjects_collide(&from, import.to()) {
                continue;
            }
            if visited.contains(import.account_name()) {
                return Err(ImportError::Cycle);
            }
            visited.insert(self.name().to_owned());
            if is_subset_match(import.from(), &from) {
                import.from().clone_into(&mut from);
            }
            if let Some(next) = import.account() {
                next.look_for_service_cycle(from.clone(), visited)?;
            }
        }
        Ok(())
    }

    /// Whether messages on `to` that come from `exporter` could come from here.
    pub(super) fn stream_import_forms_cycle(
        &self,
        exporter: &Arc<Self>,
        to: &str,
    ) -> Result<(), ImportError> {
        let mut visited = HashSet::from([self.name().to_owned()]);
        exporter.look_for_stream_cycle(to.to_owned(), &mut visited)
    }

    fn look_for_stream_cycle(
        &self,
        mut to: String,
        visited: &mut HashSet<String>,
    ) -> Result<(), ImportError> {
        check_depth(visited)?;
        if !self.exports_stream(&to) {
            return Ok(());
        }
        for import in self.stream_imports() {
            if !subjects_collide(&to, import.to()) {
                continue;
            }
            if visited.contains(import.account_name()) {
                return Err(ImportError::Cycle);
            }
            visited.insert(self.name().to_owned());
            if is_subset_match(import.to(), &to) {
                import.to().clone_into(&mut to);
            }
            if let Some(next) = import.account() {
                next.look_for_stream_cycle(to.clone(), visited)?;
            }
        }
        Ok(())
    }
}

fn check_depth(visited: &HashSet<String>) -> Result<(), ImportError> {
    if visited.len() >= ACCOUNTS_MAX {
        return Err(ImportError::CycleSearchDepth);
    }
    Ok(())
}
