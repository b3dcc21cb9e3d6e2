//! The command line, read the way Go's `flag` package does: one dash or two,
//! `-name value` or `-name=value` (`ConfigureOptions`).

use thiserror::Error;

use super::Options;
use super::load::{ConfigWarning, LoadError};
use super::overrides::{OverrideError, Overrides};
use super::tls_help;
use super::unsupported::unsupported;

/// The text of `--help`.
pub const USAGE: &str = include_str!("usage.txt");

/// A command line that can not be used.
#[derive(Debug, Error)]
pub enum FlagError {
    /// A flag nobody knows.
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    /// A word that begins like a flag and is none.
    #[error("bad flag syntax: {0}")]
    Syntax(String),
    /// A flag without its value.
    #[error("flag needs an argument: -{0}")]
    MissingValue(String),
    /// A value of the wrong kind.
    #[error("invalid {}value {value:?} for {}-{flag}: parse error", if *.boolean { "boolean " } else { "" }, if *.boolean { "" } else { "flag " })]
    BadValue {
        /// The flag.
        flag: String,
        /// Its value.
        value: String,
        /// Whether it should be true or false.
        boolean: bool,
    },
    /// A configuration file that can not be used.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// A configuration file that is only checked and is odd.
    #[error("{}", .0.iter().map(|warning| format!("{warning}\n")).collect::<String>())]
    Warnings(Vec<ConfigWarning>),
    /// A configuration that this server can not serve.
    #[error("{0}")]
    Unsupported(String),
    /// Flags that do not go together.
    #[error(transparent)]
    Override(#[from] OverrideError),
    /// `-t` without a file to test.
    #[error("must specify [-c, --config] option to check configuration file syntax")]
    NothingToCheck,
    /// A word that is no flag.
    #[error("unrecognized command: {0:?}")]
    Command(String),
    /// A signal with more than a process.
    #[error("invalid signal parameters: [{0}]")]
    Signal(String),
}

impl FlagError {
    /// Whether the flags themselves are wrong, so that the usage helps.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Unknown(_) | Self::Syntax(_) | Self::MissingValue(_) | Self::BadValue { .. }
        )
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// Run a server.
    Run(Box<Options>),
    /// Say that the configuration file can be used.
    Checked(Box<Options>),
    /// Show the version.
    Version,
    /// Show the usage.
    Help,
    /// Show help about TLS.
    TlsHelp,
    /// Send a signal to a running server.
    Signal {
        /// What to tell it.
        command: String,
        /// A process id, a file with one, or nothing.
        target: String,
    },
}

/// The text of `--help_tls` (`PrintTLSHelpAndDie`).
#[must_use]
pub fn tls_usage() -> String {
    tls_help::text()
}

/// Reads the arguments after the program's name, and the configuration file that they
/// name.
///
/// # Errors
///
/// [`FlagError`] for the first that can not be used.
pub fn parse(args: &[String]) -> Result<Invocation, FlagError> {
    let flags = Flags::read(args)?;
    if flags.version {
        return Ok(Invocation::Version);
    }
    if flags.help {
        return Ok(Invocation::Help);
    }
    if flags.tls_help {
        return Ok(Invocation::TlsHelp);
    }
    if let Some(command) = &flags.command {
        return match command.to_ascii_lowercase().as_str() {
            "version" => Ok(Invocation::Version),
            "help" => Ok(Invocation::Help),
            _ => Err(FlagError::Command(command.clone())),
        };
    }
    if let Some(text) = flags.signal.as_deref().filter(|text| !text.is_empty()) {
        return signal(text);
    }
    let mut options = Box::<Options>::default();
    options.check_config = flags.check;
    let file = flags.config.as_deref().filter(|file| !file.is_empty());
    if file.is_none() && flags.check {
        return Err(FlagError::NothingToCheck);
    }
    if let Some(file) = file {
        options.load(file.as_ref())?;
        if flags.check {
            if !options.warnings.is_empty() {
                return Err(FlagError::Warnings(std::mem::take(&mut options.warnings)));
            }
            return match unsupported(&options) {
                Some(reason) => Err(FlagError::Unsupported(reason)),
                None => Ok(Invocation::Checked(options)),
            };
        }
    }
    // What the command line says counts more than what the file says.
    flags.overrides.apply(&mut options)?;
    options.overrides = flags.overrides;
    Ok(Invocation::Run(options))
}

/// `command` or `command=process` (`processSignal`).
fn signal(text: &str) -> Result<Invocation, FlagError> {
    let mut parts = text.split('=');
    let command = parts.next().unwrap_or_default().to_owned();
    let target = parts.next().unwrap_or_default().to_owned();
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() {
        Ok(Invocation::Signal { command, target })
    } else {
        Err(FlagError::Signal(rest.join(" ")))
    }
}

/// All flags of one command line.
#[derive(Debug, Default)]
struct Flags {
    overrides: Overrides,
    config: Option<String>,
    signal: Option<String>,
    check: bool,
    version: bool,
    help: bool,
    tls_help: bool,
    /// The first word that is no flag.
    command: Option<String>,
}

impl Flags {
    fn read(args: &[String]) -> Result<Self, FlagError> {
        let mut flags = Self::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                flags.command = Some(arg.clone());
                break;
            };
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            if flag.is_empty() {
                flags.command = rest.next().cloned();
                break;
            }
            if flag.starts_with(['-', '=']) {
                return Err(FlagError::Syntax(arg.clone()));
            }
            let (name, inline) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, None),
            };
            if let Some(switch) = Self::switch(name) {
                switch(&mut flags, boolean(name, inline)?);
                continue;
            }
            let missing = || FlagError::MissingValue(name.to_owned());
            // What is no flag at all has no value either.
            if !Self::takes_value(name) {
                return Err(FlagError::Unknown(name.to_owned()));
            }
            let value = match inline {
                Some(value) => value.to_owned(),
                None => rest.next().cloned().ok_or_else(missing)?,
            };
            flags.set(name, value)?;
        }
        Ok(flags)
    }

    /// What a flag that is on or off sets.
    fn switch(name: &str) -> Option<fn(&mut Self, bool)> {
        Some(match name {
            "h" | "help" => |flags, on| flags.help = on,
            "v" | "version" => |flags, on| flags.version = on,
            "help_tls" => |flags, on| flags.tls_help = on,
            "t" => |flags, on| flags.check = on,
            "D" | "debug" => |flags, on| flags.overrides.debug = Some(on),
            "V" | "trace" => |flags, on| flags.overrides.trace = Some(on),
            "VV" => |flags, on| {
                flags.overrides.trace = Some(on);
                flags.overrides.trace_verbose = Some(on);
            },
            "DV" => |flags, on| {
                flags.overrides.debug = Some(on);
                flags.overrides.trace = Some(on);
            },
            "DVV" => |flags, on| {
                flags.overrides.debug = Some(on);
                flags.overrides.trace = Some(on);
                flags.overrides.trace_verbose = Some(on);
            },
            "T" | "logtime" => |flags, on| flags.overrides.logtime = Some(on),
            "logtime_utc" => |flags, on| flags.overrides.logtime_utc = Some(on),
            "log_json" => |flags, on| flags.overrides.log_json = Some(on),
            "s" | "syslog" => |flags, on| flags.overrides.syslog = Some(on),
            "no_advertise" => |flags, on| flags.overrides.no_advertise = Some(on),
            "tls" => |flags, on| flags.overrides.tls = Some(on),
            "tlsverify" => |flags, on| flags.overrides.tls_verify = Some(on),
            "js" | "jetstream" => |flags, on| flags.overrides.jetstream = Some(on),
            _ => return None,
        })
    }

    fn takes_value(name: &str) -> bool {
        Self::default().text(name).is_some() || Self::number(name).is_some()
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), FlagError> {
        if let Some(text) = self.text(name) {
            *text = Some(value);
            return Ok(());
        }
        let bad = || FlagError::BadValue {
            flag: name.to_owned(),
            value: value.clone(),
            boolean: false,
        };
        let parsed: i64 = value.parse().map_err(|_| bad())?;
        match Self::number(name) {
            Some(set) => set(&mut self.overrides, parsed).ok_or_else(bad),
            None => Err(FlagError::Unknown(name.to_owned())),
        }
    }

    /// Where the text of a flag goes.
    fn text(&mut self, name: &str) -> Option<&mut Option<String>> {
        let overrides = &mut self.overrides;
        Some(match name {
            "c" | "config" => &mut self.config,
            "sl" | "signal" => &mut self.signal,
            "a" | "addr" | "net" => &mut overrides.host,
            "n" | "name" | "server_name" => &mut overrides.server_name,
            "client_advertise" => &mut overrides.client_advertise,
            "user" => &mut overrides.username,
            "pass" => &mut overrides.password,
            "auth" => &mut overrides.authorization,
            "P" | "pid" => &mut overrides.pid_file,
            "ports_file_dir" => &mut overrides.ports_file_dir,
            "l" | "log" => &mut overrides.log_file,
            "r" | "remote_syslog" => &mut overrides.remote_syslog,
            "routes" => &mut overrides.routes,
            "cluster" | "cluster_listen" => &mut overrides.cluster_listen,
            "cluster_advertise" => &mut overrides.cluster_advertise,
            "cluster_name" => &mut overrides.cluster_name,
            "tlscert" => &mut overrides.tls_cert,
            "tlskey" => &mut overrides.tls_key,
            "tlscacert" => &mut overrides.tls_ca_cert,
            "sd" | "store_dir" => &mut overrides.store_dir,
            _ => return None,
        })
    }

    /// What the number of a flag sets; nothing if it does not fit.
    fn number(name: &str) -> Option<fn(&mut Overrides, i64) -> Option<()>> {
        Some(match name {
            "p" | "port" => |o, n| {
                o.port = Some(n.try_into().ok()?);
                Some(())
            },
            "m" | "http_port" => |o, n| {
                o.http_port = Some(n.try_into().ok()?);
                Some(())
            },
            "ms" | "https_port" => |o, n| {
                o.https_port = Some(n.try_into().ok()?);
                Some(())
            },
            "profile" => |o, n| {
                o.prof_port = Some(n.try_into().ok()?);
                Some(())
            },
            "log_size_limit" => |o, n| {
                o.log_size_limit = Some(n.max(0).try_into().ok()?);
                Some(())
            },
            "max_traced_msg_len" => |o, n| {
                o.max_traced_msg_len = Some(n.max(0).try_into().ok()?);
                Some(())
            },
            "connect_retries" => |o, n| {
                o.connect_retries = Some(n.max(0).try_into().ok()?);
                Some(())
            },
            _ => return None,
        })
    }
}

fn boolean(name: &str, value: Option<&str>) -> Result<bool, FlagError> {
    match value {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
        Some(other) => Err(FlagError::BadValue {
            flag: name.to_owned(),
            value: other.to_owned(),
            boolean: true,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(args: &[&str]) -> Result<Invocation, String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        parse(&args).map_err(|error| error.to_string())
    }

    fn run(args: &[&str]) -> Result<Options, String> {
        match parse_words(args)? {
            Invocation::Run(options) => Ok(*options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_dash_or_two_with_blank_or_equals() {
        let options = run(&[
            "-p",
            "-1",
            "--addr=127.0.0.1",
            "-DV",
            "--logtime=false",
            "--log_json",
        ])
        .unwrap();
        assert_eq!((options.port, options.host.as_str()), (-1, "127.0.0.1"));
        assert!(
            options.debug
                && options.trace
                && options.log_json
                && !options.logtime
                && !options.trace_verbose
        );
        let options = run(&["-js", "-sd", "/d", "--profile", "6", "-n", "one"]).unwrap();
        assert!(options.jetstream && options.store_dir == "/d");
        assert_eq!(
            (options.prof_port, options.server_name.as_str()),
            (6, "one")
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (args, want) in [
            (&["-x"][..], "flag provided but not defined: -x"),
            (&["-x", "1"], "flag provided but not defined: -x"),
            (&["-p"], "flag needs an argument: -p"),
            (
                &["-p", "many"],
                "invalid value \"many\" for flag -p: parse error",
            ),
            (&["-V=x"], "invalid boolean value \"x\" for -V: parse error"),
            (&["start"], "unrecognized command: \"start\""),
            (&["-js", "false"], "unrecognized command: \"false\""),
            (&["-sl", "quit=1=2"], "invalid signal parameters: [2]"),
            (&["---p"], "bad flag syntax: ---p"),
            (
                &["-t"],
                "must specify [-c, --config] option to check configuration file syntax",
            ),
        ] {
            assert_eq!(run(args).unwrap_err(), want, "{args:?}");
        }
    }

    #[test]
    fn signals_name_a_command_and_a_process() {
        match parse_words(&["--signal", "ldm=12"]).unwrap() {
            Invocation::Signal { command, target } => {
                assert_eq!((&*command, &*target), ("ldm", "12"))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_flag_of_the_usage_is_known() {
        for word in USAGE.split_whitespace() {
            let Some(name) = word.trim_end_matches(',').strip_prefix('-') else {
                continue;
            };
            for name in name.split(",--").map(|name| name.trim_start_matches('-')) {
                assert!(
                    Flags::switch(name).is_some() || Flags::takes_value(name),
                    "{name}"
                );
            }
        }
    }
}
