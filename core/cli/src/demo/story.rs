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
        let mut text = fields.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_trouble = matches!(log.get("level").and_then(Value::as_str), Some("WARN" | "ERROR"));
        let told = fields
            .iter()
            .filter(|(name, _)| TOLD.contains(&name.as_str()) || (is_trouble && *name == "error"));
        for (_, value) in told {
            match value {
                Value::String(value) if value.is_empty() => {}
                Value::String(value) => text.push_str(&format!(" {}", shortened(value))),
                value => text.push_str(&format!(" {value}")),
            }
        }
        self.tell(hop, &text);
    }
}

/// What is told of a log line beside its message; the rest is for operators.
const TOLD: [&str; 9] =
    ["call", "method", "path", "number", "order_no", "out_trade_no", "state", "outcome", "status"];

/// Long numbers by their ends, as people say them.
fn shortened(text: &str) -> String {
    let is_number =
        |word: &str| word.len() >= 26 && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let words = text.split('/').map(|word| match word.len().checked_sub(8) {
        Some(from) if is_number(word) => format!("…{}", &word[from..]),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join("/")
}
