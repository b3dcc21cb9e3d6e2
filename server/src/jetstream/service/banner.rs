//! What the log tells of JetStream at its start.

use crate::config::Options;
use crate::jetstream::host::HostConfig;
use crate::logging::Logger;
use crate::protocol::constants::JS_API_LEVEL;

const PICTURE: &[&str] = &[
    r"    _ ___ _____ ___ _____ ___ ___   _   __  __",
    r" _ | | __|_   _/ __|_   _| _ \ __| /_\ |  \/  |",
    r"| || | _|  | | \__ \ | | |   / _| / _ \| |\/| |",
    r" \__/|___| |_| |___/ |_| |_|_\___/_/ \_\_|  |_|",
    "",
    "         https://docs.nats.io/jetstream",
    "",
];

pub(super) fn print(logger: &Logger, config: &HostConfig, options: &Options) {
    for line in PICTURE {
        logger.notice(format_args!("{line}"));
    }
    logger.notice(format_args!("---------------- JETSTREAM ----------------"));
    if config.strict {
        logger.notice(format_args!("  Strict:          {}", config.strict));
    }
    logger.notice(format_args!(
        "  Max Memory:      {}",
        friendly_bytes(config.max_memory)
    ));
    logger.notice(format_args!(
        "  Max Storage:     {}",
        friendly_bytes(config.max_store)
    ));
    logger.notice(format_args!(
        "  Store Directory: \"{}\"",
        config.store_dir.display()
    ));
    if !config.domain.is_empty() {
        logger.notice(format_args!("  Domain:          {}", config.domain));
    }
    if !options.js.key.is_empty() {
        logger.notice(format_args!(
            "  Encryption:      {}",
            options.js.cipher.name()
        ));
    }
    logger.notice(format_args!("  API Level:       {JS_API_LEVEL}"));
    logger.notice(format_args!("-------------------------------------------"));
}

/// Bytes with a unit: `1.00 KB`, `10.50 MB` (`friendlyBytes`).
pub(super) fn friendly_bytes(bytes: i64) -> String {
    const UNITS: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or_default();
    format!("{value:.2} {unit}B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        assert_eq!(friendly_bytes(1023), "1023 B");
        assert_eq!(friendly_bytes(1024), "1.00 KB");
        assert_eq!(friendly_bytes(10 * 1024 * 1024 + 512 * 1024), "10.50 MB");
        assert_eq!(friendly_bytes(1 << 40), "1.00 TB");
    }
}
