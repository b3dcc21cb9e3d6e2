//! The command line, read the way Go's `flag` package does: one dash or two,
//! `-name value` or `-name=value`.

use thiserror::Error;

use super::Options;

/// The text of `--help`.
pub const USAGE: &str = include_str!("usage.txt");

/// A command line that can not be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FlagError {
    /// A flag nobody knows.
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    /// A flag without its value.
    #[error("flag needs an argument: -{0}")]
    MissingValue(String),
    /// A value of the wrong kind.
    #[error("invalid value {value:?} for flag -{flag}: parse error")]
    BadValue {
        /// The flag.
        flag: String,
        /// Its value.
        value: String,
    },
    /// A configuration file that can not be used.
    #[error("{0}")]
    Config(String),
    /// `-t` without a file to test.
    #[error("must specify [-c, --config] option to check configuration file syntax")]
    NothingToCheck,
    /// A word that is no flag.
    #[error("unrecognized command: {0:?}")]
    Command(String),
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
    /// Send a signal to a running server.
    Signal {
        /// What to tell it.
        command: String,
        /// A process id, a file with one, or nothing.
        target: String,
    },
}

/// Reads the arguments after the program's name.
///
/// # Errors
///
/// [`FlagError`] for the first that can not be used.
pub fn parse(args: &[String]) -> Result<Invocation, FlagError> {
    let first = apply(args, Box::default())?;
    let Invocation::Run(options) = first else {
        return Ok(first);
    };
    let (file, check) = (options.config_file.clone(), options.check_config);
    let Some(file) = file else {
        return if check {
            Err(FlagError::NothingToCheck)
        } else {
            Ok(Invocation::Run(options))
        };
    };
    let mut configured = Box::<Options>::default();
    configured
        .load(&file)
        .map_err(|error| FlagError::Config(error.to_string()))?;
    if check {
        return Ok(Invocation::Checked(configured));
    }
    // What the command line says counts more than what the file says.
    apply(args, configured)
}

fn apply(args: &[String], mut options: Box<Options>) -> Result<Invocation, FlagError> {
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let Some(flag) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')) else {
            return match arg.to_ascii_lowercase().as_str() {
                "version" => Ok(Invocation::Version),
                "help" => Ok(Invocation::Help),
                _ => Err(FlagError::Command(arg.clone())),
            };
        };
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        match name {
            "h" | "help" => return Ok(Invocation::Help),
            "v" | "version" => return Ok(Invocation::Version),
            _ => {}
        }
        if let Some(set) = switch(name) {
            set(&mut options, boolean(name, inline)?);
            continue;
        }
        let value = match inline {
            Some(value) => value,
            None => rest
                .next()
                .cloned()
                .ok_or_else(|| FlagError::MissingValue(name.to_owned()))?,
        };
        if matches!(name, "sl" | "signal") {
            let (command, target) = value.split_once('=').unwrap_or((&value, ""));
            return Ok(Invocation::Signal {
                command: command.to_owned(),
                target: target.to_owned(),
            });
        }
        set_value(&mut options, name, value)?;
    }
    Ok(Invocation::Run(options))
}

fn boolean(name: &str, value: Option<String>) -> Result<bool, FlagError> {
    match value.as_deref() {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
        Some(other) => Err(FlagError::BadValue {
            flag: name.to_owned(),
            value: other.to_owned(),
        }),
    }
}

fn switch(name: &str) -> Option<fn(&mut Options, bool)> {
    Some(match name {
        "t" => |options, on| options.check_config = on,
        "D" | "debug" => |options, on| options.debug = on,
        "V" | "trace" => |options, on| options.trace = on,
        "VV" => |options, on| {
            options.trace = on;
            options.trace_verbose = on;
        },
        "DV" => |options, on| {
            options.debug = on;
            options.trace = on;
        },
        "DVV" => |options, on| {
            options.debug = on;
            options.trace = on;
            options.trace_verbose = on;
        },
        "js" | "jetstream" => |options, on| options.jetstream = on,
        "s" | "syslog" => |options, on| options.syslog = on,
        "T" | "logtime" => |options, on| options.logtime = on,
        _ => return None,
    })
}

fn set_value(options: &mut Options, name: &str, value: String) -> Result<(), FlagError> {
    let number = |value: &str| {
        value.parse::<i32>().map_err(|_| FlagError::BadValue {
            flag: name.to_owned(),
            value: value.to_owned(),
        })
    };
    match name {
        "c" | "config" => options.config_file = Some(value.into()),
        "m" | "http_port" => options.http_port = number(&value)?,
        "ms" | "https_port" => options.https_port = number(&value)?,
        "a" | "addr" | "net" => options.host = value,
        "p" | "port" => options.port = number(&value)?,
        "n" | "name" | "server_name" => options.server_name = value,
        "P" | "pid" => options.pid_file = value,
        "l" | "log" => options.log_file = value,
        "r" | "remote_syslog" => options.remote_syslog = value,
        "client_advertise" => options.client_advertise = value,
        "ports_file_dir" => options.ports_file_dir = value,
        "user" => options.username = value,
        "pass" => options.password = value,
        "auth" => options.authorization = value,
        "sd" | "store_dir" => options.store_dir = value,
        "log_size_limit" => options.log_size_limit = u64::try_from(number(&value)?).unwrap_or(0),
        "max_traced_msg_len" => {
            options.max_traced_msg_len = usize::try_from(number(&value)?).unwrap_or(0);
        }
        other => return Err(FlagError::Unknown(other.to_owned())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<Options, FlagError> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        match parse(&args)? {
            Invocation::Run(options) => Ok(*options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_dash_or_two_with_blank_or_equals() {
        let options = run(&["-p", "-1", "--addr=127.0.0.1", "-DV", "--logtime=false"]).unwrap();
        assert_eq!((options.port, options.host.as_str()), (-1, "127.0.0.1"));
        assert!(options.debug && options.trace && !options.logtime && !options.trace_verbose);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            run(&["-x"]).unwrap_err(),
            FlagError::MissingValue("x".into())
        );
        assert_eq!(
            run(&["-x", "1"]).unwrap_err(),
            FlagError::Unknown("x".into())
        );
        assert_eq!(
            run(&["-p"]).unwrap_err(),
            FlagError::MissingValue("p".into())
        );
        assert!(matches!(
            run(&["-p", "many"]),
            Err(FlagError::BadValue { .. })
        ));
        assert_eq!(
            run(&["start"]).unwrap_err(),
            FlagError::Command("start".into())
        );
    }

    #[test]
    fn signals_name_a_command_and_a_process() {
        match parse(&["--signal".into(), "ldm=12".into()]).unwrap() {
            Invocation::Signal { command, target } => {
                assert_eq!((&*command, &*target), ("ldm", "12"))
            }
            other => panic!("{other:?}"),
        }
    }
}
