//! A child process of this binary: its lines are read, and it never outlives the demo.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

use super::story::{Hop, Story};
use crate::outcome::Failure;

/// How long a child may take to stop by itself.
const STOP_MAX: Duration = Duration::from_secs(5);

/// A running child.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<String>,
    name: &'static str,
}

impl Process {
    /// Starts `saoma ARGS`. What it writes to stderr is told as its hop's part of the story.
    ///
    /// It lives in a process group of its own, so that Ctrl-C reaches the demo alone, which then stops it; it ends when
    /// its standard input does, so that it dies with the demo, however the demo dies.
    pub(super) fn start(name: &'static str, hop: Hop, args: &[&str], story: &Story) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .arg("--json")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{name} could not be started: {error}"))?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut stdout = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = stdout.next_line().await {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let story = story.clone();
        tokio::spawn(async move {
            let mut stderr = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = stderr.next_line().await {
                story.log(hop, &line);
            }
        });
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, lines, name })
    }

    /// Its next line on stdout.
    pub(super) async fn line(&mut self) -> Result<String, Failure> {
        self.lines.recv().await.ok_or_else(|| format!("{} ended before it was expected to", self.name).into())
    }

    /// Its next line on stdout as JSON; none at its end.
    pub(super) async fn json(&mut self) -> Result<Option<Value>, Failure> {
        match self.lines.recv().await {
            Some(line) => {
                Ok(Some(serde_json::from_str(&line).map_err(|_| format!("{} said {line:?}", self.name))?))
            }
            None => Ok(None),
        }
    }

    /// Types a line to it.
    pub(super) async fn write(&mut self, line: &str) -> Result<(), Failure> {
        let stdin = self.stdin.as_mut().ok_or("its standard input was closed")?;
        stdin.write_all(format!("{line}\n").as_bytes()).await?;
        stdin.flush().await?;
        Ok(())
    }

    /// SIGKILL: it gets no moment to tidy up.
    pub(super) async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }

    /// Lets it stop by itself and waits for that, with force in the end.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        drop(self.stdin.take());
        if tokio::time::timeout(STOP_MAX, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }

    /// Everything it printed once it has ended, and whether it ended well.
    pub(super) async fn output(mut self) -> Result<(Vec<Value>, bool), Failure> {
        drop(self.stdin.take());
        let mut values = Vec::new();
        while let Some(value) = self.json().await? {
            values.push(value);
        }
        let status = self.child.wait().await?;
        Ok((values, status.success()))
    }
}
