//! What this process uses of the machine, on Linux (`pse`).

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often processor use is sampled.
pub const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);

/// What a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProcessUsage {
    /// Processor time in percent of one processor, to a tenth, over the last
    /// sample interval.
    pub cpu_percent: f64,
    /// Resident memory in bytes.
    pub rss: u64,
    /// Virtual memory in bytes.
    pub vss: u64,
}

/// Samples the use of this process.
#[derive(Debug, Default)]
pub struct ProcessMonitor {
    cpu_permille: AtomicU64,
    last: Mutex<Sample>,
}

/// Ticks used and seconds lived.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    ticks: u64,
    seconds: u64,
}

/// What `/proc/<pid>/stat` says.
struct Stat {
    /// In user and in kernel mode.
    ticks: u64,
    /// Since the machine started.
    started_ticks: u64,
    vss: u64,
    rss_pages: u64,
}

impl ProcessMonitor {
    /// A monitor whose first sample spans the life of the process so far.
    ///
    /// # Errors
    /// When the process cannot look at itself.
    pub fn new() -> io::Result<Self> {
        let monitor = Self::default();
        monitor.sample()?;
        Ok(monitor)
    }

    /// Takes a sample; processor use is measured from the one before. Does
    /// nothing within the same second.
    ///
    /// # Errors
    /// When the process cannot look at itself.
    pub fn sample(&self) -> io::Result<()> {
        let stat = Stat::read()?;
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        let uptime = u64::try_from(rustix::system::sysinfo().uptime).unwrap_or(0);
        let now = Sample {
            ticks: stat.ticks,
            seconds: uptime.saturating_sub(stat.started_ticks / per_second),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let ticks = now.ticks.saturating_sub(last.ticks);
        let seconds = now.seconds.saturating_sub(last.seconds);
        if let Some(permille) = (ticks * 1_000 / per_second).checked_div(seconds) {
            self.cpu_permille.store(permille, Ordering::Relaxed);
            *last = now;
        }
        Ok(())
    }

    /// Samples every second, for as long as it is polled.
    ///
    /// # Errors
    /// When the process can no longer look at itself.
    pub async fn run(&self) -> io::Result<()> {
        let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
        loop {
            ticks.tick().await;
            self.sample()?;
        }
    }

    /// Memory now, and processor use as last sampled (`ProcUsage`).
    ///
    /// # Errors
    /// When the process cannot look at itself.
    pub fn usage(&self) -> io::Result<ProcessUsage> {
        let stat = Stat::read()?;
        Ok(ProcessUsage {
            cpu_percent: self.cpu_permille.load(Ordering::Relaxed) as f64 / 10.0,
            rss: stat.rss_pages * rustix::param::page_size() as u64,
            vss: stat.vss,
        })
    }
}

impl Stat {
    fn read() -> io::Result<Self> {
        let text = std::fs::read("/proc/self/stat")?;
        Self::parse(&text)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/self/stat: malformed"))
    }

    /// Fields are counted from the end of the program's name, which may hold
    /// spaces and parentheses itself.
    fn parse(text: &[u8]) -> Option<Self> {
        let name_end = memchr::memrchr(b')', text)?;
        let rest = str::from_utf8(text.get(name_end + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - FIRST_FIELD)?.parse::<u64>().ok();
        Some(Self {
            ticks: field(USER_TICKS)?.checked_add(field(SYSTEM_TICKS)?)?,
            started_ticks: field(STARTED)?,
            vss: field(VSS)?,
            rss_pages: field(RSS)?,
        })
    }
}

// Numbers of the fields as proc(5) counts them.
const FIRST_FIELD: usize = 3;
const USER_TICKS: usize = 14;
const SYSTEM_TICKS: usize = 15;
const STARTED: usize = 22;
const VSS: usize = 23;
const RSS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_program_names_do_not_shift_the_fields() {
        let text = b"7 (a) b) c) S 1 1 1 0 -1 4 5 6 7 8 30 12 0 0 20 0 1 0 900 4096 17 99\n";
        let stat = Stat::parse(text).unwrap();
        assert_eq!(
            (stat.ticks, stat.started_ticks, stat.vss, stat.rss_pages),
            (42, 900, 4096, 17)
        );
        assert!(Stat::parse(b"7 (a) S 1").is_none());
        assert!(Stat::parse(b"").is_none());
    }
}
