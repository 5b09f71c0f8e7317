//! Processes of the binary under test, and the folder they work in.

use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use serde_json::Value;

/// Longer than anything takes; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// `saoma`, to be given arguments.
pub fn saoma() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saoma"));
    command.stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(args: &[&str]) -> Output {
    saoma().args(args).output().unwrap()
}

/// Runs it to its end and gives its JSON lines.
pub fn run_json(args: &[&str]) -> Vec<Value> {
    let output = saoma().arg("--json").args(args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{args:?} printed {line:?}")))
        .collect()
}

/// A running process whose lines go, with its name, to whoever started it.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
}

/// A line of a process, or its end.
#[derive(Debug)]
pub struct Said {
    /// Which process.
    pub by: String,
    /// Its line; none when its stdout ended.
    pub line: Option<String>,
}

impl Process {
    /// Starts `saoma --json ARGS` with its log going to a file.
    pub fn start(name: &str, args: &[&str], log: &Path, to: &Sender<Said>) -> Self {
        Self::spawn(name, saoma().arg("--json").args(args), log, to)
    }

    /// Starts this command with its log going to a file.
    pub fn spawn(name: &str, command: &mut Command, log: &Path, to: &Sender<Said>) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        Self::logging_to(name, command, log.into(), to)
    }

    /// Starts `saoma --json ARGS`; the lines of its log come too, by `NAME's log`.
    pub fn start_with_log(name: &str, args: &[&str], to: &Sender<Said>) -> Self {
        let mut process = Self::logging_to(name, saoma().arg("--json").args(args), Stdio::piped(), to);
        let log = process.child.stderr.take().unwrap();
        tell(BufReader::new(log), format!("{name}'s log"), to.clone());
        process
    }

    fn logging_to(name: &str, command: &mut Command, log: Stdio, to: &Sender<Said>) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        tell(BufReader::new(child.stdout.take().unwrap()), name.to_owned(), to.clone());
        let stdin = child.stdin.take();
        Self { child, stdin }
    }

    /// Starts it and waits for its first line.
    pub fn start_and_listen(name: &str, args: &[&str], log: &Path) -> (Self, Receiver<Said>, String) {
        let (sender, receiver) = channel();
        let process = Self::start(name, args, log, &sender);
        let first = receiver.recv_timeout(PATIENCE).unwrap().line;
        let first =
            first.unwrap_or_else(|| panic!("{name} ended: {}", std::fs::read_to_string(log).unwrap()));
        (process, receiver, first)
    }

    /// Types a line; whether anybody listened is not certain.
    pub fn write(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{line}").and_then(|()| stdin.flush());
        }
    }

    /// Whether it has not ended yet.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, as a service manager sends it.
    pub fn terminate(&mut self) {
        self.signal("-TERM");
    }

    /// SIGHUP: keys and certificates are to be read anew.
    pub fn hang_up(&mut self) {
        self.signal("-HUP");
    }

    fn signal(&mut self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        drop(self.stdin.take());
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Tells each line as it comes, and the end.
fn tell(lines: impl std::io::BufRead + Send + 'static, by: String, to: Sender<Said>) {
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            let _ = to.send(Said { by: by.clone(), line: Some(line) });
        }
        let _ = to.send(Said { by, line: None });
    });
}

/// The next line within our patience.
pub fn next(lines: &Receiver<Said>) -> Said {
    match lines.recv_timeout(PATIENCE) {
        Ok(said) => said,
        Err(RecvTimeoutError::Timeout) => panic!("nothing was said for {} s", PATIENCE.as_secs()),
        Err(RecvTimeoutError::Disconnected) => panic!("everybody has gone"),
    }
}
