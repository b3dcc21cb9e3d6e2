//! Imports and exports seen together, once all accounts are known (the second half of
//! `parseAccounts`).

use super::reader::Reader;
use crate::config::Options;
use crate::config::options::AccountOptions;
use crate::config::syntax::Place;
use crate::subject::is_valid_publish_subject;

/// Checks what can be told from the options alone; whether an import is allowed shows
/// when the accounts are set up.
pub(super) fn check(reader: &mut Reader, options: &Options, place: &Place) {
    let known = |name: &str| options.accounts.iter().any(|account| account.name == name);
    for account in &options.accounts {
        for (kind, importers) in importers(account) {
            for name in importers.into_iter().flatten() {
                if !known(name) {
                    reader.error(
                        place,
                        format!("{name:?} account not defined for {kind} export"),
                    );
                }
            }
        }
        for (kind, name) in exporters(account) {
            if !known(name) {
                reader.error(
                    place,
                    format!("{name:?} account not defined for {kind} import"),
                );
            }
        }
        latencies(reader, options, account, place);
    }
}

fn importers(
    account: &AccountOptions,
) -> impl Iterator<Item = (&'static str, Option<&Vec<String>>)> {
    let streams = account.stream_exports.iter();
    let services = account.service_exports.iter();
    streams
        .map(|export| ("stream", export.accounts.as_ref()))
        .chain(services.map(|export| ("service", export.accounts.as_ref())))
}

fn exporters(account: &AccountOptions) -> impl Iterator<Item = (&'static str, &str)> {
    let streams = account.stream_imports.iter();
    let services = account.service_imports.iter();
    streams
        .map(|import| ("stream", import.account.as_str()))
        .chain(services.map(|import| ("service", import.account.as_str())))
}

/// Measurements need a system account and a subject of their own to go to.
fn latencies(reader: &mut Reader, options: &Options, account: &AccountOptions, place: &Place) {
    for export in &account.service_exports {
        let Some(latency) = &export.latency else {
            continue;
        };
        let service = &export.subject;
        if options.no_system_account {
            reader.error(
                place,
                format!(
                    "Error adding service latency sampling for {service:?}: system account not \
                     setup"
                ),
            );
            continue;
        }
        let subject = &latency.subject;
        let loops = account
            .service_exports
            .iter()
            .any(|other| crate::subject::is_subset_match(subject, &other.subject));
        if !is_valid_publish_subject(subject) || loops {
            reader.error(
                place,
                format!(
                    "Error adding service latency sampling for {service:?} on subject \
                     {subject:?}: invalid publish subject"
                ),
            );
        }
    }
}
