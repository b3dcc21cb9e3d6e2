//! The command line, as people and scripts may use it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Output, Stdio};

fn server(args: &[&OsStr]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nats-server"));
    command.args(args).stdin(Stdio::null());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn nobody_has_to_read_what_is_printed() -> io::Result<()> {
    for (arg, is_success) in [
        ("--help", true),
        ("--help_tls", true),
        ("-v", true),
        ("--bogus", true),
        ("--signal=bogus", false),
    ] {
        let (reader, writer) = io::pipe()?;
        drop(reader);
        let output = server(&[arg.as_ref()]).stdout(writer).output()?;
        assert_eq!(output.status.success(), is_success, "{arg}");
        assert!(!stderr(&output).contains("panicked"), "{arg}");
        let (reader, writer) = io::pipe()?;
        drop(reader);
        let status = server(&[arg.as_ref()])
            .stdout(Stdio::null())
            .stderr(writer)
            .status()?;
        assert_eq!(status.success(), is_success, "{arg}");
    }
    Ok(())
}

#[test]
fn an_argument_that_is_no_text_is_refused() -> io::Result<()> {
    for args in [vec![&b"\xff"[..]], vec![b"-c", b"/no\xffwhere"]] {
        let args: Vec<OsString> = args
            .into_iter()
            .map(|arg| OsString::from_vec(arg.to_vec()))
            .collect();
        let args: Vec<&OsStr> = args.iter().map(OsString::as_os_str).collect();
        let output = server(&args).output()?;
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told = stderr(&output);
        assert!(told.contains("argument is no text"), "{told}");
    }
    Ok(())
}
