//! From the options to a configuration, and the store directory.

use std::fs;
use std::path::{Path, PathBuf};

use super::start::ServiceError;
use crate::client::ServerContext;
use crate::config::Options;
use crate::jetstream::host::{HostConfig, RESTORES_DIR};
use crate::jetstream::store::disk::{Disk as _, RealDisk};
use crate::jetstream::store::disk_available;
use crate::platform::memory;

/// The directory below the one that is configured (`JetStreamStoreDir`).
const DIRECTORY: &str = "jetstream";
const QUEUE_MSGS: usize = 100_000;
const QUEUE_BYTES: u64 = 128 * 1024 * 1024;

/// How JetStream is to be (`dynJetStreamConfig`). What is left open follows from
/// the machine.
pub(super) fn configuration(options: &Options) -> HostConfig {
    let js = &options.js;
    let store_dir = if options.store_dir.is_empty() {
        std::env::temp_dir().join("nats").join(DIRECTORY)
    } else {
        PathBuf::from(&options.store_dir).join(DIRECTORY)
    };
    let max_memory = if js.max_memory >= 0 {
        js.max_memory
    } else {
        i64::try_from(memory::total() / 4 * 3).unwrap_or(i64::MAX)
    };
    let max_store = if js.max_store >= 0 {
        js.max_store
    } else {
        disk_available(&store_dir)
    };
    HostConfig {
        max_memory,
        max_store,
        store_dir,
        domain: js.domain.clone(),
        strict: !js.no_strict,
        limits: js.limits,
        stream_queue_msgs: match js.stream_max_buffered_msgs {
            0 => QUEUE_MSGS,
            most => most,
        },
        stream_queue_bytes: match u64::try_from(js.stream_max_buffered_size) {
            Ok(most) if most > 0 => most,
            _ => QUEUE_BYTES,
        },
        unique_tag: js.unique_tag.clone(),
    }
}

/// Makes the directory, or sees that it can be written to.
pub(super) fn prepare(directory: &Path) -> Result<(), ServiceError> {
    match fs::metadata(directory) {
        Ok(found) if !found.is_dir() => return Err(ServiceError::NotADirectory),
        Ok(_) => {}
        Err(_) => {
            RealDisk
                .create_dir_all_synced(directory)
                .map_err(ServiceError::Directory)?;
        }
    }
    // Archives that were on their way when the server stopped.
    fs::remove_dir_all(directory.join(RESTORES_DIR)).ok();
    let probe = directory.join(format!("_test_{}", std::process::id()));
    fs::write(&probe, b"").map_err(|_| ServiceError::NotWritable)?;
    fs::remove_file(&probe).map_err(|_| ServiceError::NotWritable)
}

/// Moves accounts that lie beside the directory into it, if there are none in it yet:
/// the directory below the configured one came later than they did (`checkStoreDir`).
pub(super) fn relocate(directory: &Path, context: &ServerContext) -> Result<(), ServiceError> {
    let failed = ServiceError::Directory;
    let Some(parent) = directory.parent() else {
        return Ok(());
    };
    if fs::read_dir(directory).map_err(failed)?.next().is_some() {
        return Ok(());
    }
    for entry in fs::read_dir(parent).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let is_account = name
            .to_str()
            .is_some_and(|name| context.accounts().lookup(name).is_some());
        if entry.path() == directory || !is_account {
            continue;
        }
        let (old, new) = (entry.path(), directory.join(&name));
        context.logger.notice(format_args!(
            "JetStream relocated account {:?} to {:?}",
            old.display().to_string(),
            new.display().to_string()
        ));
        fs::rename(old, new).map_err(failed)?;
    }
    Ok(())
}
