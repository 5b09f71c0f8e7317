//! Printing: plain lines for people, JSON lines for scripts; errors to stderr in the same manner.

use std::io::{IsTerminal as _, Write as _};

use serde::Serialize;

/// Where and how a command prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// One thing that happened: a JSON line for scripts, the text for people.
    pub(crate) fn say(self, value: &impl Serialize, text: impl FnOnce() -> String) {
        if self.json {
            line(&serde_json::to_string(value).expect("our outputs have text keys and plain values"));
        } else {
            line(&text());
        }
    }

    /// A line for people only.
    pub(crate) fn tell(self, text: &str) {
        if !self.json {
            line(text);
        }
    }

    /// An error, with what caused it.
    pub(crate) fn error(self, error: &crate::outcome::Failure) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let deeper_text = deeper.to_string();
            if !text.contains(&deeper_text) {
                text = format!("{text}: {deeper_text}");
            }
            cause = deeper.source();
        }
        let shown = if self.json {
            serde_json::json!({ "error": text }).to_string()
        } else {
            format!("saoma: {text}")
        };
        // Nothing can be done about a closed stderr.
        let _ = writeln!(std::io::stderr().lock(), "{shown}");
    }
}

fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever read us may have gone, as in `saoma … | head`; what was begun is done to its end all the same.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Whether a person sees stdout.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
