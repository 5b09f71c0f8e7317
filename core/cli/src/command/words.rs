//! A sale in a sentence for the person at the terminal.

use saoma_contract::Amount;
use saoma_engine::wording::Language;
use saoma_engine::{PhaseWord, SaleView};

/// Where a sale stands.
pub(crate) fn of_sale(sale: &SaleView) -> String {
    let state = match sale.phase {
        PhaseWord::Draft => "rung up and kept; it goes out by itself",
        PhaseWord::WaitingForPerson => "rung up too long ago to go out by itself; decide: send it or drop it",
        PhaseWord::Sending => "being sent; do not ring it up again",
        PhaseWord::Awaiting => "waiting for the customer to pay",
        PhaseWord::Checking => "checking whether it was paid",
        PhaseWord::Refreshing => "a fresh code is being made",
        PhaseWord::Closing => "no longer offered; checking whether it was paid",
        PhaseWord::Closed => "closed: not paid, and nobody can pay it any more",
        PhaseWord::Paid if sale.late => "PAID late, after it was withdrawn",
        PhaseWord::Paid => "PAID",
        PhaseWord::Rejected => "refused; ring it up anew",
        PhaseWord::Joined => "another order is open for the same thing",
        PhaseWord::Dropped => "dropped, never sent",
        PhaseWord::Ready => "waiting for the customer's payment code to be scanned; nothing was charged",
        PhaseWord::Charging => "the payment code was sent; whether it was charged is being asked",
        PhaseWord::Paying => "the customer is entering the password",
        PhaseWord::Cash => "cash, as the cashier noted it",
        PhaseWord::CashUnproven => "cash, code may still be paid",
        PhaseWord::Unknown => "in a state this version does not know; please update",
    };
    let amount = Amount::print_minor(sale.amount, sale.currency);
    let mut words = format!("{amount} {} …{}: {state}", sale.currency, sale.tail);
    if let Some(other) = &sale.other {
        words.push_str(&format!(
            " ({} …{})",
            Amount::print_minor(other.amount, sale.currency),
            other.order_no.tail()
        ));
    }
    if sale.mismatch {
        words.push_str("; ALARM: money came that does not match, a person must look");
    }
    for money in &sale.mismatches {
        let print = |minor| Amount::print_minor(minor, money.currency);
        words.push_str(&format!(
            "; {} {} came as {} ({}), {} left to give back",
            print(money.amount),
            money.currency,
            money.transaction_id,
            money.mismatch.as_deref().unwrap_or_default(),
            print(money.left),
        ));
    }
    if let Some(notice) = &sale.notice {
        words.push_str(&format!(" ({})", notice.detail));
    }
    if let Some(trouble) = &sale.trouble {
        words.push_str(&format!(" (still trying: {trouble})"));
    }
    for refund in &sale.refunds {
        let said = Language::English.refund(refund, sale.as_of);
        words.push_str(&format!("; {} {}", refund.refund_no, said.trim_end_matches('.')));
    }
    if !sale.live {
        words.push_str(" [test]");
    }
    words
}
