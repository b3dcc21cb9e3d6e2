//! Modes of compression between servers (`validateAndNormalizeCompressionOption`).

use std::time::Duration;

use crate::config::options::CompressionOptions;
use crate::platform::go_duration;

/// Round trip times at which the levels change unless configured.
const RTT_THRESHOLDS: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(100),
];
/// There are four levels.
const THRESHOLDS_MAX: usize = 4;

/// Gives a mode its proper name; `on` is what switching compression on means.
pub(super) fn normalize(options: &mut CompressionOptions, on: &str) -> Result<(), String> {
    let mode = options.mode.to_ascii_lowercase();
    let mode = match mode.as_str() {
        "on" | "enabled" | "true" => on,
        other => other,
    };
    let normal = match mode {
        "not supported" | "not_supported" => "not supported",
        "disabled" | "off" | "false" => "off",
        "accept" => "accept",
        "auto" | "s2_auto" => {
            options.rtt_thresholds = thresholds(options)?;
            "s2_auto"
        }
        "fast" | "s2_fast" => "s2_fast",
        "better" | "s2_better" => "s2_better",
        "best" | "s2_best" => "s2_best",
        _ => return Err(format!("unsupported compression mode {:?}", options.mode)),
    };
    normal.clone_into(&mut options.mode);
    Ok(())
}

/// The thresholds in ascending order; a zero leaves its level out.
fn thresholds(options: &CompressionOptions) -> Result<Vec<Duration>, String> {
    let given = &options.rtt_thresholds;
    if given.is_empty() {
        return Ok(RTT_THRESHOLDS.to_vec());
    }
    let shown = || {
        let shown: Vec<String> = given.iter().copied().map(go_duration::format).collect();
        shown.join(" ")
    };
    let mut highest = Duration::ZERO;
    for time in given.iter().filter(|time| !time.is_zero()) {
        if *time < highest {
            return Err(format!(
                "RTT threshold values [{}] should be in ascending order",
                shown()
            ));
        }
        highest = *time;
    }
    let used = given
        .iter()
        .rposition(|time| !time.is_zero())
        .map_or(0, |last| last + 1);
    let mode = &options.mode;
    if used > THRESHOLDS_MAX {
        return Err(format!(
            "compression mode {mode:?} should have no more than 4 RTT thresholds: [{}]",
            shown()
        ));
    }
    if used == 0 {
        return Err(format!(
            "compression mode {mode:?} requires at least one RTT threshold"
        ));
    }
    Ok(given.iter().take(used).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(mode: &str, millis: &[u64]) -> Result<(String, usize), String> {
        let mut options = CompressionOptions {
            mode: mode.to_owned(),
            rtt_thresholds: millis.iter().copied().map(Duration::from_millis).collect(),
        };
        normalize(&mut options, "s2_fast")?;
        Ok((options.mode, options.rtt_thresholds.len()))
    }

    #[test]
    fn modes_get_their_names() {
        for (mode, want) in [
            ("On", "s2_fast"),
            ("false", "off"),
            ("Accept", "accept"),
            ("best", "s2_best"),
        ] {
            assert_eq!(normal(mode, &[]), Ok((want.to_owned(), 0)), "{mode}");
        }
        assert_eq!(normal("auto", &[]), Ok(("s2_auto".to_owned(), 3)));
        assert_eq!(
            normal("auto", &[0, 10, 20, 0]),
            Ok(("s2_auto".to_owned(), 3))
        );
    }

    #[test]
    fn thresholds_ascend() {
        for (millis, want) in [
            (
                &[20, 10][..],
                "RTT threshold values [20ms 10ms] should be in ascending order",
            ),
            (
                &[0, 0],
                "compression mode \"auto\" requires at least one RTT threshold",
            ),
            (
                &[1, 2, 3, 4, 5],
                "compression mode \"auto\" should have no more than 4 RTT thresholds: [1ms 2ms \
                 3ms 4ms 5ms]",
            ),
        ] {
            assert_eq!(normal("auto", millis).unwrap_err(), want);
        }
    }
}
