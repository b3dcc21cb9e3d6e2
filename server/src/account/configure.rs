//! Exports and imports from the configuration.
//!
//! Exports of all accounts come first, as imports ask whether they are allowed.

use std::sync::Arc;

use super::registry::{AccountError, Accounts};
use super::{Account, ExportError, ImportError, StreamImport};
use crate::config::options::{
    AccountOptions, ServiceExportOptions, ServiceImportOptions, StreamExportOptions,
    StreamImportOptions,
};
use crate::subject::transform::untokenize_placeholders;

impl Accounts {
    /// Sets up what `options` exchange. All accounts exist already.
    pub(super) fn connect(
        &self,
        options: &[AccountOptions],
        measures: bool,
    ) -> Result<(), AccountError> {
        for of in options {
            let account = self.known(&of.name)?;
            for export in &of.stream_exports {
                self.export_stream(&account, export)?;
            }
            for export in &of.service_exports {
                self.export_service(&account, export, measures)?;
            }
        }
        for of in options {
            let account = self.known(&of.name)?;
            for import in &of.stream_imports {
                self.import_stream(&account, import)?;
            }
            for import in &of.service_imports {
                self.import_service(&account, import)?;
            }
        }
        Ok(())
    }

    /// Changes what configured accounts exchange from what `old` says to what `new`
    /// says; `model` was made from that, so that nothing is left to fail. What was added
    /// otherwise stays. Returns the accounts whose stream imports changed, which the
    /// subscriptions of their clients do not know yet.
    ///
    /// # Errors
    ///
    /// [`AccountError::Import`] if `model` was not made from `new`.
    pub fn adopt(
        &self,
        old: &[AccountOptions],
        new: &[AccountOptions],
        model: &Self,
    ) -> Result<Vec<Arc<Account>>, AccountError> {
        let nothing = AccountOptions::default();
        let all: Vec<_> = new
            .iter()
            .filter_map(|options| {
                let before = old.iter().find(|before| before.name == options.name);
                let (ours, theirs) = (self.lookup(&options.name)?, model.lookup(&options.name)?);
                Some((ours, theirs, before.unwrap_or(&nothing)))
            })
            .collect();
        for (ours, theirs, before) in &all {
            let stream = |subject: &str| {
                let mut exports = before.stream_exports.iter();
                exports.any(|export| export.subject == subject)
            };
            let service = |subject: &str| {
                let mut exports = before.service_exports.iter();
                exports.any(|export| export.subject == subject)
            };
            ours.adopt_exports(theirs, &stream, &service);
        }
        let mut changed = Vec::new();
        for (ours, theirs, before) in &all {
            for import in &before.service_imports {
                let local = untokenize_placeholders(import.local()).0;
                if theirs.service_import(&import.account, &local).is_none() {
                    ours.remove_service_import(&import.account, &local);
                }
            }
            for import in theirs.service_imports() {
                let Some(exporter) = self.lookup(import.account_name()) else {
                    continue;
                };
                ours.adopt_service_import(&import, &exporter)
                    .map_err(|source| AccountError::Import {
                        what: format!("service import {:?}", import.to()),
                        source,
                    })?;
            }
            let is_old = |import: &StreamImport| {
                let mut imports = before.stream_imports.iter();
                imports
                    .any(|old| old.account == import.account_name() && old.subject == import.from())
            };
            let exporter = |name: &str| self.lookup(name);
            if ours.adopt_stream_imports(theirs, &exporter, &is_old) {
                changed.push(Arc::clone(ours));
            }
        }
        Ok(changed)
    }

    fn known(&self, name: &str) -> Result<Arc<Account>, AccountError> {
        self.lookup(name).ok_or(AccountError::Missing)
    }

    /// The accounts named in an export. None are everybody.
    fn approved<'a>(
        &self,
        accounts: Option<&'a Vec<String>>,
        kind: &'static str,
    ) -> Result<Option<&'a [String]>, AccountError> {
        let Some(accounts) = accounts.filter(|accounts| !accounts.is_empty()) else {
            return Ok(None);
        };
        for name in accounts {
            if self.lookup(name).is_none() {
                return Err(AccountError::Undefined {
                    account: name.clone(),
                    what: format!("{kind} export"),
                });
            }
        }
        Ok(Some(accounts))
    }

    fn export_stream(
        &self,
        account: &Account,
        export: &StreamExportOptions,
    ) -> Result<(), AccountError> {
        let accounts = self.approved(export.accounts.as_ref(), "stream")?;
        account
            .add_stream_export(&export.subject, accounts, export.account_token_position)
            .map_err(|source| AccountError::Export {
                what: format!("stream export {:?}", export.subject),
                source,
            })
    }

    fn export_service(
        &self,
        account: &Account,
        export: &ServiceExportOptions,
        measures: bool,
    ) -> Result<(), AccountError> {
        let subject = &export.subject;
        let failed = |what: String| move |source| AccountError::Export { what, source };
        let accounts = self.approved(export.accounts.as_ref(), "service")?;
        account
            .add_service_export(
                subject,
                export.response,
                accounts,
                export.account_token_position,
            )
            .map_err(failed(format!("service export {subject:?}")))?;
        if let Some(threshold) = export.response_threshold.filter(|time| !time.is_zero()) {
            account
                .set_service_response_threshold(subject, threshold)
                .map_err(failed(format!(
                    "service export response threshold for {subject:?}"
                )))?;
        }
        if let Some(latency) = &export.latency {
            if !measures {
                let what = format!("service latency sampling for {subject:?}");
                return Err(failed(what)(ExportError::NoSystemAccount));
            }
            account
                .track_service_export(subject, latency)
                .map_err(failed(format!(
                    "service latency sampling for {subject:?} on subject {:?}",
                    latency.subject
                )))?;
        }
        if export.allow_trace {
            account
                .set_service_allow_trace(subject, true)
                .map_err(failed(format!("allow_trace for {subject:?}")))?;
        }
        Ok(())
    }

    fn exporter(&self, name: &str, kind: &str) -> Result<Arc<Account>, AccountError> {
        self.lookup(name).ok_or_else(|| AccountError::Undefined {
            account: name.to_owned(),
            what: format!("{kind} import"),
        })
    }

    fn import_stream(
        &self,
        account: &Account,
        import: &StreamImportOptions,
    ) -> Result<(), AccountError> {
        let exporter = self.exporter(&import.account, "stream")?;
        let (from, trace) = (&import.subject, import.allow_trace);
        let added = if import.prefix.is_empty() {
            account.add_mapped_stream_import(&exporter, from, &import.to, trace)
        } else {
            account.add_prefixed_stream_import(&exporter, from, &import.prefix, trace)
        };
        added.map_err(|source| AccountError::Import {
            what: format!("stream import {from:?}"),
            source,
        })
    }

    fn import_service(
        &self,
        account: &Account,
        import: &ServiceImportOptions,
    ) -> Result<(), AccountError> {
        let exporter = self.exporter(&import.account, "service")?;
        let to = &import.subject;
        let from = if import.to.is_empty() { to } else { &import.to };
        let failed = |source: ImportError| AccountError::Import {
            what: format!("service import {to:?}"),
            source,
        };
        account
            .add_service_import(&exporter, from, to)
            .map_err(failed)?;
        account
            .set_service_import_sharing(&exporter, to, import.share)
            .map_err(failed)
    }
}
