//! A till of the demo: a process of this binary, followed by what it prints.

use std::path::PathBuf;

use saoma_contract::PairingLink;
use serde_json::Value;

use super::Sale;
use super::process::Process;
use super::stage::utf8;
use super::story::{Hop, Story};
use crate::outcome::Failure;

/// The till's process, and what of its sale was told already.
pub(super) struct Till {
    state: PathBuf,
    process: Option<Process>,
    story: Story,
    told: String,
}

impl Till {
    /// Pairs a till that keeps its state there.
    pub(super) async fn pair(
        state: PathBuf,
        link: &PairingLink,
        name: &str,
        story: &Story,
    ) -> Result<Self, Failure> {
        let till = Self { state, process: None, story: story.clone(), told: String::new() };
        let said = till.ask(&["pair", &link.to_string(), "--name", name]).await?;
        let merchant = said.first().map(|bundle| text(bundle, "merchant_name")).unwrap_or_default();
        story.tell(Hop::Phone, &format!("{name} is paired with {merchant}, a test merchant"));
        Ok(till)
    }

    /// What a command of the till prints, once it has ended well.
    pub(super) async fn ask(&self, command: &[&str]) -> Result<Vec<Value>, Failure> {
        let mut arguments = vec!["till", "--state", utf8(&self.state)?];
        arguments.extend(command);
        match Process::start("the till", Hop::Phone, &arguments, &self.story)?.output().await? {
            (said, true) => Ok(said),
            (_, false) => {
                Err(format!("the till refused to {}", command.first().unwrap_or(&"do nothing")).into())
            }
        }
    }

    /// Rings the sale up and follows it.
    pub(super) fn charge(&mut self, sale: &Sale, business_key: Option<&str>) -> Result<(), Failure> {
        let amount = sale.amount.to_string();
        let mut command = vec!["charge", &amount, "--description", "Saoma demo"];
        if let Some(note) = &sale.note {
            command.extend(["--note", note.as_str()]);
        }
        if let Some(key) = business_key {
            command.extend(["--business-key", key]);
        }
        self.follow(&command)
    }

    /// Follows a sale that was rung up before.
    pub(super) fn watch(&mut self, order_no: &str) -> Result<(), Failure> {
        self.follow(&["watch", order_no])
    }

    fn follow(&mut self, command: &[&str]) -> Result<(), Failure> {
        let mut arguments = vec!["till", "--state", utf8(&self.state)?];
        arguments.extend(command);
        self.process = Some(Process::start("the till", Hop::Phone, &arguments, &self.story)?);
        Ok(())
    }

    fn running(&mut self) -> Result<&mut Process, Failure> {
        self.process.as_mut().ok_or_else(|| "the till is not running".into())
    }

    /// Types a line to the till that follows a sale.
    pub(super) async fn write(&mut self, line: &str) -> Result<(), Failure> {
        self.running()?.write(line).await
    }

    /// SIGKILL.
    pub(super) async fn kill(&mut self) -> Result<(), Failure> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Follows the sale until it is so.
    pub(super) async fn until(&mut self, what: &str, so: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        while let Some(sale) = self.running()?.json().await? {
            self.tell(&sale);
            if so(&sale) {
                return Ok(sale);
            }
        }
        Err(format!("the till ended before it {what}").into())
    }

    /// Follows the sale until the till ends by itself.
    pub(super) async fn end(&mut self) -> Result<(), Failure> {
        while let Some(sale) = self.running()?.json().await? {
            self.tell(&sale);
        }
        self.process = None;
        Ok(())
    }

    /// Tells a sale's words once for each time they change.
    pub(super) fn tell(&mut self, sale: &Value) {
        let words = text(sale, "words");
        if !words.is_empty() && words != self.told {
            self.story.tell(Hop::Phone, &words);
            self.told = words;
        }
    }
}

/// A text of what a process printed; empty if it is not there.
pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
