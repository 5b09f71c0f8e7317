//! What happens on each hop, told live in one short line each.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use crate::output::Output;

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    Phone,
    Backend,
    WechatPay,
    Customer,
    Demo,
}

impl Hop {
    fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Backend => "backend",
            Self::WechatPay => "WeChat Pay",
            Self::Customer => "customer",
            Self::Demo => "demo",
        }
    }
}

/// The teller; its clones tell the same story.
#[derive(Clone)]
pub(super) struct Story {
    out: Output,
    started: Arc<Instant>,
}

impl Story {
    pub(super) fn new(out: Output) -> Self {
        Self { out, started: Arc::new(Instant::now()) }
    }

    /// One thing that happened.
    pub(super) fn tell(&self, hop: Hop, text: &str) {
        let ms = self.started.elapsed().as_millis();
        self.out.say(&serde_json::json!({ "ms": u64::try_from(ms).unwrap_or(u64::MAX), "hop": hop.name(), "text": text }), || {
            format!("{:>4}.{:03}  {:<10}  {text}", ms / 1000, ms % 1000, hop.name())
        });
    }

    /// Something for people to look at, such as a drawn code.
    pub(super) fn show(&self, text: &str) {
        self.out.tell(text);
    }

    /// A line of a child's log: its message and what it is about. What is no log line is told as it is.
    pub(super) fn log(&self, hop: Hop, line: &str) {
        let Ok(Value::Object(log)) = serde_json::from_str(line) else {
            return self.tell(hop, line);
        };
        if let Some(Value::String(error)) = log.get("error") {
            return self.tell(hop, error);
        }
        let Some(Value::Object(fields)) = log.get("fields") else { return };
        let mut text = String::new();
        if let Some(level @ ("WARN" | "ERROR")) = log.get("level").and_then(Value::as_str) {
            text = format!("{}: ", level.to_lowercase());
        }
        text.push_str(fields.get("message").and_then(Value::as_str).unwrap_or_default());
        for (name, value) in fields.iter().filter(|(name, _)| *name != "message") {
            match value {
                Value::String(value) => text.push_str(&format!(" {name}={value}")),
                value => text.push_str(&format!(" {name}={value}")),
            }
        }
        self.tell(hop, &text);
    }
}
