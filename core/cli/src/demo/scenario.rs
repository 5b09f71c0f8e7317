//! The stories: what goes wrong in each, and the end it must reach.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use saoma_contract::{Amount, Currency};
use saoma_qr::{Code, EcLevel, Style};

use super::stage::Stage;
use super::story::Hop;
use super::till::{Till, text};
use super::{Sale, counter};
use crate::args::Protocol;
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
    Refund,
    PaymentCode,
    Cash,
    TwoDevices,
    Bill,
}

impl Scenario {
    pub(super) const ALL: [Self; 12] = [
        Self::Plain,
        Self::LostReply,
        Self::NoNotify,
        Self::Killed,
        Self::Late,
        Self::Cancel,
        Self::Offline,
        Self::Refund,
        Self::PaymentCode,
        Self::Cash,
        Self::TwoDevices,
        Self::Bill,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::LostReply => "lost-reply",
            Self::NoNotify => "no-notify",
            Self::Killed => "killed",
            Self::Late => "late",
            Self::Cancel => "cancel",
            Self::Offline => "offline",
            Self::Refund => "refund",
            Self::PaymentCode => "payment-code",
            Self::Cash => "cash",
            Self::TwoDevices => "two-devices",
            Self::Bill => "bill",
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
            Self::Refund => "a part is given back; it is done when WeChat Pay proves it",
            Self::PaymentCode => "the customer would rather show a payment code: scanned over the shown one",
            Self::Cash => "the customer pays in cash; it ends with the proof that nobody can pay the code",
            Self::TwoDevices => "two tills ring the same table up, and it is one order",
            Self::Bill => "the bank's bill has a payment of a stranger, and the books say so",
        }
    }

    /// Whether the story ends with money at WeChat Pay.
    fn is_paid(self) -> bool {
        !matches!(self, Self::Cancel | Self::Cash)
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
    (state, protocol): (Option<&Path>, Protocol),
    out: Output,
) -> Result<Outcome, Failure> {
    let mut stage = Stage::set(state, protocol, out).await?;
    let told = async {
        let mut till = Till::pair(stage.till_state("till"), &stage.link, "the till", &stage.story).await?;
        let order_no = tell_story(scenario, sale, person_pays, &mut stage, &mut till).await?;
        check_end(scenario, sale, &order_no, &stage, &till).await
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
            let native = match stage.protocol {
                Protocol::V3 => "/v3/pay/transactions/native",
                Protocol::V2 => "/pay/unifiedorder",
            };
            stage.customer.fault(native, "drop_reply", Some(1)).await?;
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
            let close = match stage.protocol {
                Protocol::V3 => "/v3/pay/transactions/out-trade-no/*/close",
                Protocol::V2 => "/pay/closeorder",
            };
            stage.customer.fault(close, "drop_reply", Some(1)).await?;
            stage.story.tell(Hop::Demo, "WeChat Pay's first answer to a close will be lost");
        }
        _ => {}
    }
    let table = (scenario == Scenario::TwoDevices).then_some(counter::TABLE);
    till.charge(sale, table)?;
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
        Scenario::Cash => {
            stage.story.tell(Hop::Customer, "pays in cash");
            till.write("cash").await?;
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
            till.watch(&order_no)?;
            stage.story.tell(Hop::Demo, "the till starts again");
        }
        Scenario::PaymentCode => counter::customer_shows_a_code(stage, till).await?,
        Scenario::TwoDevices => {
            counter::another_till_rings_it_up(sale, &order_no, stage).await?;
            customer_pays(stage, "success", "scans the code and pays").await?;
        }
        _ if person_pays => {
            stage.story.tell(Hop::Demo, "waiting for you: open the wallet in a browser and pay");
        }
        _ => customer_pays(stage, "success", "scans the code and pays").await?,
    }
    till.end().await?;
    match scenario {
        Scenario::Refund => counter::give_back(sale, &order_no, stage, till).await?,
        Scenario::Bill => counter::bill_is_checked(&order_no, stage, till).await?,
        _ => {}
    }
    Ok(order_no)
}

/// The story has ended only if everybody says so.
async fn check_end(
    scenario: Scenario,
    sale: &Sale,
    order_no: &str,
    stage: &Stage,
    till: &Till,
) -> Result<(), Failure> {
    let story = &stage.story;
    let held = stage.customer.orders(order_no).await?;
    // An order of which something was given back has a state of its own.
    let paid =
        held.iter().filter(|(_, trade_state)| matches!(trade_state.as_str(), "SUCCESS" | "REFUND")).count();
    for (out_trade_no, trade_state) in &held {
        story.tell(Hop::WechatPay, &format!("its own list: {out_trade_no} {trade_state}"));
    }
    if paid != usize::from(scenario.is_paid()) || held.is_empty() {
        return Err(format!("WeChat Pay's own list holds {paid} payments for {order_no}").into());
    }

    if scenario.is_paid() {
        let receipt = till.ask(&["receipt", order_no]).await?;
        let receipt = receipt.first().ok_or("the till has no receipt")?.to_string();
        let verified = saoma_engine::verify_receipt(&receipt, Some(stage.link.root), true)?;
        let statement = &verified.paid;
        if statement.order_no.as_str() != order_no || statement.payment.amount != sale.amount.minor() {
            return Err("the receipt is of another sale".into());
        }
        if scenario == Scenario::Late && !statement.payment.late {
            return Err("the receipt does not say that the money was late".into());
        }
        if (scenario == Scenario::Refund) == verified.refunds.is_empty() {
            return Err("the receipt and the story differ in what was given back".into());
        }
        story.show(&format!("\n{}\n", crate::command::receipt::printed(&verified)));
        story.tell(Hop::Demo, "the receipt verifies against the merchant's root key");
    } else {
        let unpaid = held.iter().all(|(_, trade_state)| trade_state == "CLOSED");
        let sales = till.ask(&["list", "--tail", order_no]).await?;
        let phase = if scenario == Scenario::Cash { "cash" } else { "closed" };
        if !unpaid || sales.len() != 1 || sales[0]["phase"] != phase {
            return Err(format!("the sale is not {phase} everywhere: {sales:?}").into());
        }
        story.tell(
            Hop::Demo,
            &format!("{phase}, and by the merchant's signed statement nobody can pay it any more"),
        );
    }

    let day = till.ask(&["day"]).await?;
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
