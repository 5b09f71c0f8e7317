//! `saoma till`: a plain terminal till against any backend.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use saoma_contract::{Amount, Currency, OrderNo};
use saoma_engine::{
    Clock as _, DraftChoice, ListFilter, NewSale, Page, PageQuery, Parts, PhaseWord, ReqwestTransport,
    SaleView, SealingKey, Settings, SqliteStorage, StorageOn, SystemClock, SystemEntropy, Till,
    open_key_file,
};
use saoma_qr::{Code, EcLevel, Style};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

use super::{books, counter, qr, words};
use crate::args::{SalesOf, TillArgs, TillCommand};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(args: TillArgs, out: Output) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let command = checked(args.command)?;
        let settings = Settings { key_was_lost: args.key_was_lost, ..Settings::default() };
        let till = open(&args.state, settings, out).await?;
        let outcome = perform(&till, command, out).await;
        till.close().await;
        outcome
    });
    // A thread that still waits for standard input does not hold up the end.
    runtime.shutdown_background();
    outcome
}

/// What can be refused before anything is opened.
fn checked(command: TillCommand) -> Result<TillCommand, Failure> {
    let amount = match &command {
        TillCommand::Charge { amount, .. } => Some(amount),
        TillCommand::Refund { amount, .. } => amount.as_ref(),
        _ => None,
    };
    amount.map(|amount| Amount::parse(amount, Currency::CNY)).transpose()?;
    Ok(command)
}

async fn open(state: &Path, settings: Settings, out: Output) -> Result<Till, Failure> {
    let failed = |error: std::io::Error| format!("--state {}: {error}", state.display());
    std::fs::create_dir_all(state).map_err(failed)?;
    let signer = open_key_file(&state.join("device-key.pem"), &SystemEntropy)?;
    let clock = SystemClock::new();
    let sealing = SealingKey::new(&signer.sealing_secret());
    let (database, lost) = (state.join("till.db"), settings.key_was_lost);
    let (storage, salvage) =
        SqliteStorage::open_or_salvage(&database, &sealing, &signer, clock.wall(), lost)?;
    if let Some(salvage) = salvage {
        out.error(&salvage.to_string().into());
    }
    let parts = Parts {
        clock: Arc::new(clock),
        entropy: Arc::new(SystemEntropy),
        transport: Arc::new(ReqwestTransport::new()),
        signer: Arc::new(signer),
        storage: StorageOn::Thread(Box::new(storage)),
    };
    Ok(Till::open(parts, settings).await?)
}

async fn perform(till: &Till, command: TillCommand, out: Output) -> Result<Outcome, Failure> {
    match command {
        TillCommand::Pair { link, name } => {
            let bundle = till.pair(&link, &name).await?.bundle;
            let (merchant, store) = (&bundle.merchant, &bundle.store);
            let test = if merchant.live { "" } else { ", a test account: play money" };
            let value = json!({
                "device": bundle.device, "merchant": merchant.id, "merchant_name": merchant.name, "store": store.id,
                "live": merchant.live,
            });
            out.say(&value, || {
                format!("paired with {}, {}{test}, as {}", merchant.name, store.name, bundle.device)
            });
            Ok(Outcome::Done)
        }
        TillCommand::Charge { amount, description, note, reference, business_key, life, png, cash, scan } => {
            let amount = Amount::parse(&amount, Currency::CNY)?.minor();
            let sale = NewSale {
                amount,
                description,
                note,
                reference,
                business_key,
                life_s: life,
                in_cash: cash,
                by_code: scan,
                ..NewSale::default()
            };
            let order_no = till.new_order_no();
            till.charge(&order_no, sale).await?;
            if scan {
                till.scan(&order_no, None, counter::secret_line("payment code")?).await?;
            }
            follow(till, &order_no, png, out).await
        }
        TillCommand::Watch { order: Some(order), png } => {
            follow(till, &find(till, &order).await?, png, out).await
        }
        TillCommand::Watch { order: None, .. } => watch_all(till, out).await,
        TillCommand::List { tail, filter, limit } => list(till, tail, filter, limit, out).await,
        TillCommand::Decide { order, drop } => {
            let choice = drop.map_or(DraftChoice::Send, |reason| DraftChoice::Drop { reason });
            let sale = till.decide_draft(&find(till, &order).await?, choice).await?;
            say(&sale, out);
            Ok(Outcome::Done)
        }
        TillCommand::Day { date, backend: false } => books::day(till, date.as_deref(), out).await,
        TillCommand::Day { date, backend: true } => books::day_at_backend(till, date.as_deref(), out).await,
        TillCommand::Settle { date, finding, reason } => {
            books::settle(till, &date, &finding, &reason, out).await
        }
        TillCommand::Receipt { order } => {
            let receipt = till.receipt(&find(till, &order).await?).await?;
            out.say(&receipt, || receipt.to_json());
            Ok(Outcome::Done)
        }
        TillCommand::Cash { .. }
        | TillCommand::Refund { .. }
        | TillCommand::Approve { .. }
        | TillCommand::Accept { .. }
        | TillCommand::People
        | TillCommand::SignIn { .. }
        | TillCommand::SignOut
        | TillCommand::Shift { .. }
        | TillCommand::Export { .. }
        | TillCommand::Slip { .. } => counter::perform(till, command, out).await,
        TillCommand::Diagnosis => {
            let diagnosis = till.diagnosis().await?;
            out.say(&diagnosis, || fields(&serde_json::to_value(&diagnosis).unwrap_or_default()));
            Ok(Outcome::Done)
        }
    }
}

/// Fields a line each, as people read them.
fn fields(value: &Value) -> String {
    let lines = value.as_object().into_iter().flatten().map(|(name, value)| format!("{name:<18} {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn say(sale: &SaleView, out: Output) {
    let words = words::of_sale(sale);
    let mut value = serde_json::to_value(sale).unwrap_or_default();
    value["words"] = words.clone().into();
    out.say(&value, || words);
}

/// A sale by its whole number, or by its end when only one sale ends so.
pub(super) async fn find(till: &Till, text: &str) -> Result<OrderNo, Failure> {
    if let Ok(order_no) = text.parse() {
        return Ok(order_no);
    }
    let mut page = till.search(text).await?;
    match (page.sales.pop(), page.sales.pop()) {
        (Some(only), None) => Ok(only.order_no),
        (None, _) => Err(format!("no sale ends with {text:?}").into()),
        _ => Err(format!("several sales end with {text:?}; give more of the number").into()),
    }
}

fn ending(phase: PhaseWord) -> Option<Outcome> {
    match phase {
        PhaseWord::Paid | PhaseWord::Cash => Some(Outcome::Done),
        PhaseWord::Closed | PhaseWord::Rejected | PhaseWord::Joined | PhaseWord::Dropped => {
            Some(Outcome::NotPaid)
        }
        PhaseWord::WaitingForPerson | PhaseWord::Unknown => Some(Outcome::Unknown),
        _ => None,
    }
}

/// Follows one sale to its end; lines typed meanwhile act on it.
async fn follow(
    till: &Till,
    order_no: &OrderNo,
    png: Option<PathBuf>,
    out: Output,
) -> Result<Outcome, Failure> {
    till.on_screen(Some(order_no.clone())).await?;
    let mut watch = till.watch(order_no).await?;
    let mut typed = Some(BufReader::new(tokio::io::stdin()).lines());
    let mut drawn = None;
    loop {
        let sale = watch.borrow_and_update().clone();
        say(&sale, out);
        let code = sale.code.as_ref().map(|shown| shown.code.text.clone());
        if let Some(text) = code.clone().filter(|_| code != drawn) {
            show(&text, png.as_deref(), out)?;
        }
        drawn = code;
        if let Some(outcome) = ending(sale.phase) {
            told(till, order_no).await?;
            return Ok(outcome);
        }
        tokio::select! {
            biased;
            changed = watch.changed() => changed?,
            word = next_line(&mut typed) => act(till, &sale, &word, out).await,
        }
    }
}

fn show(code: &str, png: Option<&Path>, out: Output) -> Result<(), Failure> {
    let code = Code::new(code, EcLevel::M)?;
    out.tell(&format!("\n{}\n", qr::drawn(&code, &Style::default())));
    match png {
        Some(file) => qr::write(file, &code.to_png(&Style::default().with_side_px(512)?)?),
        None => Ok(()),
    }
}

/// What was said of money was said here: it need not come again.
async fn told(till: &Till, order_no: &OrderNo) -> Result<(), Failure> {
    for result in till.results().into_iter().filter(|result| result.order_no == *order_no) {
        till.acknowledge(&result.key).await?;
    }
    Ok(())
}

/// The next line typed; never, once standard input has ended.
async fn next_line(typed: &mut Option<Lines<BufReader<Stdin>>>) -> String {
    if let Some(lines) = typed
        && let Ok(Some(line)) = lines.next_line().await
    {
        return line;
    }
    *typed = None;
    std::future::pending().await
}

/// Does what was typed. A refusal is told, and the sale goes on.
async fn act(till: &Till, sale: &SaleView, word: &str, out: Output) {
    let order_no = &sale.order_no;
    let done = match word.trim() {
        "" => return,
        "cancel" => till.cancel(order_no, sale.attempt).await,
        "refresh" => till.refresh(order_no, sale.attempt).await,
        "check" => till.check_now(order_no).await,
        "cash" => till.take_cash(order_no).await,
        code if code.len() == 18 => till.scan(order_no, sale.last_attempt, code.to_owned()).await,
        other => {
            return out.error(
                &format!("{other:?} is none of cancel, refresh, check, cash and a payment code").into(),
            );
        }
    };
    if let Err(refused) = done {
        out.error(&refused.into());
    }
}

/// Tells every sale's changes until none may still be paid.
async fn watch_all(till: &Till, out: Output) -> Result<Outcome, Failure> {
    let mut all = till.watch_all().await?;
    while till.diagnosis().await?.unproven_count > 0 {
        let Some(sale) = all.next().await else { break };
        say(&sale, out);
        if ending(sale.phase).is_some() {
            told(till, &sale.order_no).await?;
        }
    }
    Ok(Outcome::Done)
}

async fn list(
    till: &Till,
    tail: Option<String>,
    filter: Option<SalesOf>,
    limit: u32,
    out: Output,
) -> Result<Outcome, Failure> {
    let filter = filter.map(|filter| match filter {
        SalesOf::Open => ListFilter::Open,
        SalesOf::Unanswered => ListFilter::Unanswered,
        SalesOf::Answered => ListFilter::Answered,
        SalesOf::Paid => ListFilter::Paid,
        SalesOf::Closed => ListFilter::Closed,
        SalesOf::Void => ListFilter::Void,
        SalesOf::Alarmed => ListFilter::Alarmed,
        SalesOf::ForManager => ListFilter::ForManager,
        SalesOf::Refunding => ListFilter::Refunding,
    });
    let (mut left, mut after) = (limit, None);
    while left > 0 {
        let query = PageQuery {
            after: after.take(),
            tail: tail.clone(),
            filter,
            limit: Some(left.min(100)),
            ..PageQuery::default()
        };
        let Page { sales, more, .. } = till.list(query).await?;
        for sale in &sales {
            say(sale, out);
        }
        left = left.saturating_sub(u32::try_from(sales.len()).unwrap_or(u32::MAX));
        after = sales.last().map(|sale| sale.order_no.clone());
        if !more {
            break;
        }
    }
    Ok(Outcome::Done)
}
