//! The stories: what goes wrong in each, and the end it must reach.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use saoma_contract::{Amount, Currency};
use saoma_qr::{Code, EcLevel, Style};
use serde_json::Value;

use super::Sale;
use super::process::Process;
use super::stage::{Stage, utf8};
use super::story::Hop;
use crate::command::qr;
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

/// How long a story may take when no person is waited for.
const STORY_MAX: Duration = Duration::from_secs(180);

/// A story that the demo can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    Plain,
    LostReply,
    NoNotify,
    Killed,
    Late,
    Cancel,
    Offline,
}

impl Scenario {
    pub(super) const ALL: [Self; 7] =
        [Self::Plain, Self::LostReply, Self::NoNotify, Self::Killed, Self::Late, Self::Cancel, Self::Offline];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::LostReply => "lost-reply",
            Self::NoNotify => "no-notify",
            Self::Killed => "killed",
            Self::Late => "late",
            Self::Cancel => "cancel",
            Self::Offline => "offline",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Plain => "an amount is rung up, shown and paid",
            Self::LostReply => "WeChat Pay makes the order, but its answer is lost",
            Self::NoNotify => "the payment notification never comes",
            Self::Killed => {
                "the till gets SIGKILL with the code on screen, is paid while dead, and starts again"
            }
            Self::Late => "the customer pays while the sale is being closed",
            Self::Cancel => "the cashier cancels; it ends with the proof that nobody can pay any more",
            Self::Offline => "rung up without network, goes out when it is back",
        }
    }

    /// Whether the story ends with money.
    fn is_paid(self) -> bool {
        self != Self::Cancel
    }
}

impl FromStr for Scenario {
    type Err = Failure;

    fn from_str(name: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|scenario| scenario.name()).collect();
            format!("--scenario: must be one of {}, got {name:?}", names.join(", ")).into()
        })
    }
}

/// Plays a story to its end and checks that end with the till, with the receipt's signature, and with WeChat Pay's list.
pub(super) async fn play(
    scenario: Scenario,
    sale: &Sale,
    person_pays: bool,
    state: Option<&Path>,
    out: Output,
) -> Result<Outcome, Failure> {
    let mut stage = Stage::set(state, out).await?;
    let told = async {
        let mut till = Till::pair(&stage).await?;
        let order_no = tell_story(scenario, sale, person_pays, &mut stage, &mut till).await?;
        check_end(scenario, sale, &order_no, &stage).await
    };
    let ended = if person_pays && scenario == Scenario::Plain {
        told.await
    } else {
        tokio::time::timeout(STORY_MAX, told).await.unwrap_or_else(|_| {
            Err(format!("{} did not reach its end within {} s", scenario.name(), STORY_MAX.as_secs()).into())
        })
    };
    let cleared = stage.clear().await;
    ended.and(cleared)?;
    Ok(Outcome::Done)
}

async fn tell_story(
    scenario: Scenario,
    sale: &Sale,
    person_pays: bool,
    stage: &mut Stage,
    till: &mut Till,
) -> Result<String, Failure> {
    match scenario {
        Scenario::LostReply => {
            stage.customer.fault("/v3/pay/transactions/native", "drop_reply", Some(1)).await?;
            stage.story.tell(Hop::Demo, "WeChat Pay's next answer to an order will be lost");
        }
        Scenario::NoNotify => {
            stage.customer.fault("notify", "notify_lost", None).await?;
            stage.story.tell(Hop::Demo, "no notification will arrive");
        }
        Scenario::Offline => {
            stage.stop_backend().await?;
            stage.story.tell(Hop::Demo, "the network is gone: the till cannot reach the backend");
        }
        Scenario::Late => {
            stage.customer.fault("/v3/pay/transactions/out-trade-no/*/close", "drop_reply", Some(1)).await?;
            stage.story.tell(Hop::Demo, "WeChat Pay's first answer to a close will be lost");
        }
        Scenario::Plain | Scenario::Killed | Scenario::Cancel => {}
    }
    till.charge(sale, stage)?;
    if scenario == Scenario::Offline {
        let rung_up = till.until("keeps the sale", |sale| sale["order_no"].is_string()).await?;
        stage.story.tell(
            Hop::Demo,
            &format!("the sale …{} is kept; the network comes back", text(&rung_up, "tail")),
        );
        stage.start_backend().await?;
    }
    let shown = till.until("shows a code", |sale| sale["code"].is_object()).await?;
    let (order_no, code) = (text(&shown, "order_no"), text(&shown["code"], "text"));
    show_code(&code, sale, stage)?;
    let customer_pays = async |stage: &Stage, outcome, words: &str| {
        stage.story.tell(Hop::Customer, words);
        stage.customer.pay(&code, outcome).await
    };
    match scenario {
        Scenario::Cancel => {
            stage.story.tell(Hop::Demo, "the cashier cancels");
            till.write("cancel").await?;
        }
        Scenario::Late => {
            customer_pays(stage, "password_pending", "scans the code and is about to type the password")
                .await?;
            till.write("cancel").await?;
            till.until("closes the sale", |sale| sale["phase"] == "closing").await?;
            stage.customer.fault_happened().await?;
            customer_pays(stage, "success", "types the password and pays").await?;
        }
        Scenario::Killed => {
            till.kill().await?;
            stage.story.tell(Hop::Demo, "the till got SIGKILL");
            customer_pays(stage, "success", "pays while the till is dead").await?;
            till.watch(&order_no, stage)?;
            stage.story.tell(Hop::Demo, "the till starts again");
        }
        Scenario::Plain | Scenario::LostReply | Scenario::NoNotify | Scenario::Offline if person_pays => {
            stage.story.tell(Hop::Demo, "waiting for you: open the wallet in a browser and pay");
        }
        Scenario::Plain | Scenario::LostReply | Scenario::NoNotify | Scenario::Offline => {
            customer_pays(stage, "success", "scans the code and pays").await?;
        }
    }
    till.end().await?;
    Ok(order_no)
}

/// The story has ended only if everybody says so.
async fn check_end(scenario: Scenario, sale: &Sale, order_no: &str, stage: &Stage) -> Result<(), Failure> {
    let story = &stage.story;
    let till = stage.till_state();
    let till = utf8(&till)?;
    let held = stage.customer.orders(order_no).await?;
    let paid = held.iter().filter(|(_, trade_state)| trade_state == "SUCCESS").count();
    for (out_trade_no, trade_state) in &held {
        story.tell(Hop::WechatPay, &format!("its own list: {out_trade_no} {trade_state}"));
    }
    if paid != usize::from(scenario.is_paid()) || held.is_empty() {
        return Err(format!("WeChat Pay's own list holds {paid} payments for {order_no}").into());
    }

    if scenario.is_paid() {
        let run =
            Process::start("the till", Hop::Phone, &["till", "--state", till, "receipt", order_no], story)?;
        let (receipt, _) = run.output().await?;
        let receipt = receipt.first().ok_or("the till has no receipt")?.to_string();
        let verified = saoma_engine::verify_receipt(&receipt, Some(stage.link.root), true)?;
        let statement = &verified.paid;
        if statement.order_no.as_str() != order_no || statement.payment.amount != sale.amount.minor() {
            return Err("the receipt is of another sale".into());
        }
        if scenario == Scenario::Late && !statement.payment.late {
            return Err("the receipt does not say that the money was late".into());
        }
        story.show(&format!("\n{}\n", crate::command::receipt::printed(&verified)));
        story.tell(Hop::Demo, "the receipt verifies against the merchant's root key");
    } else {
        let unpaid = held.iter().all(|(_, trade_state)| trade_state == "CLOSED");
        let run = Process::start(
            "the till",
            Hop::Phone,
            &["till", "--state", till, "list", "--tail", order_no],
            story,
        )?;
        let (sales, _) = run.output().await?;
        if !unpaid || sales.len() != 1 || sales[0]["phase"] != "closed" {
            return Err(format!("the sale is not closed everywhere: {sales:?}").into());
        }
        story.tell(Hop::Demo, "closed, by the merchant's signed statement: nobody can pay it any more");
    }

    let run = Process::start("the till", Hop::Phone, &["till", "--state", till, "day"], story)?;
    let (day, _) = run.output().await?;
    let day = day.first().ok_or("the till knows no day's total")?;
    let total = day["paid"]["amount"].as_i64().ok_or("the day's total is no number")?;
    let count = &day["paid"]["count"];
    story.tell(
        Hop::Phone,
        &format!("today: {count} paid, {} in all", Amount::print_minor(total, Currency::CNY)),
    );
    let least = if scenario.is_paid() { sale.amount.minor() } else { 0 };
    if total < least {
        return Err("the day's total does not hold the sale".into());
    }
    Ok(())
}

fn show_code(code: &str, sale: &Sale, stage: &Stage) -> Result<(), Failure> {
    let drawn = Code::new(code, EcLevel::M)?;
    stage.story.show(&format!("\n{}\n", qr::drawn(&drawn, &Style::default())));
    qr::write(&sale.png, &drawn.to_png(&Style::default().with_side_px(512)?)?)?;
    stage.story.tell(Hop::Demo, &format!("the code as a picture: {}", sale.png.display()));
    stage.story.tell(Hop::Demo, &format!("the customer's wallet: {}", stage.customer.wallet(code)));
    Ok(())
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// The till's process, and what of its sale was told already.
struct Till {
    state: std::path::PathBuf,
    process: Option<Process>,
    story: super::story::Story,
    told: String,
}

impl Till {
    async fn pair(stage: &Stage) -> Result<Self, Failure> {
        let state = stage.till_state();
        let link = stage.link.to_string();
        let arguments = ["till", "--state", utf8(&state)?, "pair", &link, "--name", "demo till"];
        let (said, well) = Process::start("the till", Hop::Phone, &arguments, &stage.story)?.output().await?;
        if !well {
            return Err("the till could not be paired".into());
        }
        let name = said.first().map(|bundle| text(bundle, "merchant_name")).unwrap_or_default();
        stage.story.tell(Hop::Phone, &format!("paired with {name}, a test merchant"));
        Ok(Self { state, process: None, story: stage.story.clone(), told: String::new() })
    }

    fn charge(&mut self, sale: &Sale, stage: &Stage) -> Result<(), Failure> {
        let amount = sale.amount.to_string();
        let mut arguments =
            vec!["till", "--state", utf8(&self.state)?, "charge", &amount, "--description", "Saoma demo"];
        if let Some(note) = &sale.note {
            arguments.extend(["--note", note.as_str()]);
        }
        self.process = Some(Process::start("the till", Hop::Phone, &arguments, &stage.story)?);
        Ok(())
    }

    fn watch(&mut self, order_no: &str, stage: &Stage) -> Result<(), Failure> {
        let arguments = ["till", "--state", utf8(&self.state)?, "watch", order_no];
        self.process = Some(Process::start("the till", Hop::Phone, &arguments, &stage.story)?);
        Ok(())
    }

    fn running(&mut self) -> Result<&mut Process, Failure> {
        self.process.as_mut().ok_or_else(|| "the till is not running".into())
    }

    async fn write(&mut self, line: &str) -> Result<(), Failure> {
        self.running()?.write(line).await
    }

    async fn kill(&mut self) -> Result<(), Failure> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Follows the sale until it is so.
    async fn until(&mut self, what: &str, so: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        while let Some(sale) = self.running()?.json().await? {
            self.tell(&sale);
            if so(&sale) {
                return Ok(sale);
            }
        }
        Err(format!("the till ended before it {what}").into())
    }

    /// Follows the sale until the till ends by itself.
    async fn end(&mut self) -> Result<(), Failure> {
        while let Some(sale) = self.running()?.json().await? {
            self.tell(&sale);
        }
        self.process = None;
        Ok(())
    }

    /// Tells a sale's words once for each time they change.
    fn tell(&mut self, sale: &Value) {
        let words = text(sale, "words");
        if !words.is_empty() && words != self.told {
            self.story.tell(Hop::Phone, &words);
            self.told = words;
        }
    }
}
