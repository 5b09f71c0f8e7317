//! The sentences in English.

use super::{Span, Words};
use crate::sale::{PhaseWord, RefundWord};

pub(super) struct English;

impl Words for English {
    fn joined(&self, sentences: &[String]) -> String {
        sentences.join(" ")
    }

    fn title(&self, phase: PhaseWord) -> &'static str {
        match phase {
            PhaseWord::Draft => "Kept, not sent yet",
            PhaseWord::WaitingForPerson => "Waiting for you",
            PhaseWord::Sending => "Sending",
            PhaseWord::Awaiting => "Waiting for payment",
            PhaseWord::Checking => "Checking",
            PhaseWord::Refreshing => "Making a fresh code",
            PhaseWord::Closing => "Cancelling",
            PhaseWord::Closed => "Closed",
            PhaseWord::Paid => "Paid",
            PhaseWord::Rejected => "Refused",
            PhaseWord::Joined => "Open already",
            PhaseWord::Dropped => "Dropped",
            PhaseWord::Unknown => "Update needed",
            PhaseWord::Ready => "Scan the customer's code",
            PhaseWord::Charging => "Charging",
            PhaseWord::Paying => "Customer enters the password",
            PhaseWord::Cash => "Cash",
            PhaseWord::CashUnproven => "Cash, code may still be paid",
        }
    }

    fn late_title(&self) -> &'static str {
        "Late money"
    }

    fn mismatch_title(&self) -> &'static str {
        "Money does not match"
    }

    fn sentence(&self, phase: PhaseWord) -> &'static str {
        match phase {
            PhaseWord::Draft => {
                "Rung up and kept on this phone; it goes out by itself once there is a network. Do not ring it up again."
            }
            PhaseWord::WaitingForPerson => {
                "Rung up too long ago to go out by itself. Decide: send it or drop it."
            }
            PhaseWord::Sending => "Being sent, and not answered yet. Do not ring it up again.",
            PhaseWord::Awaiting => {
                "Waiting for the customer, who scans the code with WeChat. Hand nothing over until the money is here."
            }
            PhaseWord::Checking => {
                "The code is off the screen; whether money came is being checked. Hand nothing over, and do not ring it up again."
            }
            PhaseWord::Refreshing => "The old code is off the screen, and a fresh one is being made.",
            PhaseWord::Closing => {
                "No longer offered; whether money came all the same is being checked. Wait for that before you ring it up again."
            }
            PhaseWord::Closed => "Not paid, and nobody can pay it any more.",
            PhaseWord::Paid => "The money is here, with a receipt.",
            PhaseWord::Rejected => "Refused before any code was made. Ring it up anew.",
            PhaseWord::Joined => "Not made: another sale is open for the same thing.",
            PhaseWord::Dropped => "Dropped before it was ever sent; nobody can pay it.",
            PhaseWord::Unknown => {
                "In a state that this version does not know. Take it neither for money nor for none, and update this app."
            }
            PhaseWord::Ready => {
                "Ask the customer for the payment code in WeChat and scan it. Nothing was charged so far."
            }
            PhaseWord::Charging => {
                "The customer's code was sent; whether it was charged is being asked. Do not scan again, and hand nothing over."
            }
            PhaseWord::Paying => {
                "The customer is asked for the password in WeChat. Wait; do not scan again, and hand nothing over."
            }
            PhaseWord::Cash => "Cash, as the cashier noted it. No code of this sale can be paid any more.",
            PhaseWord::CashUnproven => {
                "Cash, as the cashier noted it. The code that was made may still be paid; if that happens, this till says so."
            }
        }
    }

    fn paid(&self, amount: &str) -> String {
        format!("{amount} is here, with a receipt.")
    }

    fn late(&self, amount: &str) -> String {
        format!(
            "{amount} is here, but it came after the sale was withdrawn, or more than once. Look into it, then hand over or refund."
        )
    }

    fn late_beside_cash(&self, amount: &str) -> String {
        format!("{amount} came by the code although cash was taken: paid twice. Give one of them back.")
    }

    fn scan_again(&self, seconds: u64) -> String {
        format!(
            "The code before this one cannot be closed yet, so this one was not charged. Scan again in {seconds} s, or take cash."
        )
    }

    fn refund(&self, amount: &str, state: &str) -> String {
        format!("Refund of {amount}: {state}")
    }

    fn refund_state(&self, state: RefundWord) -> &'static str {
        match state {
            RefundWord::Asked => "kept on this phone, not answered yet. Do not ask for it again.",
            RefundWord::Requested => "waits for a manager.",
            RefundWord::Declined => "a manager said no.",
            RefundWord::Queued => "waits for its turn.",
            RefundWord::Sending => "being sent; not known yet whether WeChat Pay took it.",
            RefundWord::Processing => "taken by WeChat Pay, on its way; not given back yet.",
            RefundWord::Done => "given back.",
            RefundWord::Closed => "WeChat Pay gave up, the money is still here. It can be asked for anew.",
            RefundWord::Abnormal => {
                "the customer's account cannot take it. A person in charge must see to it at WeChat Pay; do not ask for it anew."
            }
            RefundWord::Refused => "not taken, the money is still here.",
            RefundWord::Unknown => "in a state that this version does not know. Update this app.",
        }
    }

    fn refund_waits(&self, seconds: u64) -> String {
        format!("waits {seconds} s for its turn, since parts of one sale keep a minute between them.")
    }

    fn refunded_title(&self, amount: &str) -> String {
        format!("Given back {amount}")
    }

    fn refunded_result(&self, tail: &str, amount: &str) -> String {
        format!("Sale …{tail}: {amount} was given back, with a receipt.")
    }

    fn refunded_aloud(&self, amount: &str) -> String {
        format!("Refund done, {amount}")
    }

    fn refund_failed_title(&self) -> &'static str {
        "Refund not done"
    }

    fn refund_failed_result(&self, tail: &str, amount: &str, state: &str) -> String {
        format!("Sale …{tail}, refund of {amount}: {state}")
    }

    fn refund_failed_aloud(&self, amount: &str, tail: &str) -> String {
        format!("Attention, the refund of {amount} was not done, sale {}.", spelled(tail))
    }

    fn mismatch(&self) -> &'static str {
        "ALARM: money came that does not match this sale, so it is frozen. Hand nothing over; a person in charge must look."
    }

    fn other(&self, tail: &str, amount: &str, same_amount: bool) -> String {
        let first = format!("It is …{tail} over {amount}: use that one and do not collect twice.");
        if same_amount { first } else { format!("{first} The amounts differ: look before you collect.") }
    }

    fn because(&self, detail: &str) -> String {
        format!("Reason: {}.", detail.trim_end_matches('.'))
    }

    fn trouble(&self) -> &'static str {
        "The backend cannot be reached about it just now; the till keeps trying."
    }

    fn test_money(&self) -> &'static str {
        "Test: play money."
    }

    fn paid_title(&self, amount: &str) -> String {
        format!("Paid {amount}")
    }

    fn paid_result(&self, tail: &str, amount: &str, by_wechat: bool) -> String {
        let road = if by_wechat { " by WeChat" } else { "" };
        format!("Sale …{tail}: {amount} is here{road}, with a receipt.")
    }

    fn late_result(&self, tail: &str, amount: &str) -> String {
        format!(
            "Sale …{tail}: {amount} came after the sale was withdrawn, or more than once. Look into it, then hand over or refund."
        )
    }

    fn mismatch_result(&self, tail: &str, asked: &str) -> String {
        format!(
            "Sale …{tail} over {asked}: money came that does not match it, so it is frozen. Hand nothing over; a person in charge \
             must look."
        )
    }

    fn yuan_aloud(&self, minor: u64) -> String {
        super::aloud::english(minor)
    }

    fn paid_aloud(&self, amount: &str, by_wechat: bool) -> String {
        if by_wechat { format!("WeChat payment, {amount}") } else { format!("Payment, {amount}") }
    }

    fn late_aloud(&self, amount: &str) -> String {
        format!("Attention, late money, {amount}. Please look into it.")
    }

    fn mismatch_aloud(&self, tail: &str) -> String {
        format!("Alarm! Money does not match sale {}. Hand nothing over.", spelled(tail))
    }

    fn test(&self, words: &str) -> String {
        format!("Test: {words}")
    }

    fn bad_input(&self, field: &str, detail: &str) -> String {
        let name = field_name(field).unwrap_or(field);
        let place = super::line_no(field).map(|no| format!(" of line {no}")).unwrap_or_default();
        // Some reasons begin with the field's own name.
        let reason = detail.strip_prefix(name).map_or(detail, str::trim_start);
        format!("Check the {name}{place}: {}.", reason.trim_end_matches('.'))
    }

    fn code(&self, code: &str) -> Option<&'static str> {
        Some(match code {
            "bad_input" | "bad_request" => "Something that was entered is wrong. Correct it and try again.",
            "closed" => "The till is closed. Open the app again.",
            "conflict" | "other_bytes" => {
                "This number stands for another sale already. Go back and ring it up anew."
            }
            "feature_missing" => "The merchant's backend cannot do this. Ask whoever runs it to update it.",
            "key_failed" | "key_store" => {
                "The phone's key store does not sign. Unlock the phone and try again; if that does not help, pair it again."
            }
            "no_receipt" => "There is no receipt: nothing proves that money came.",
            "not_found" => "There is no such sale here. Check the number.",
            "not_paired" => "This till is not paired yet. Scan a pairing code first.",
            "other_merchant" => {
                "This till keeps the sales of another merchant. Install the app anew, or use another phone, for this one."
            }
            "read_only" => "This till may only be looked at. Pair it again to sell.",
            "too_many_unproven" | "too_many_open_orders" => {
                "Too many sales are open. Wait for them or cancel some, then ring this one up."
            }
            "order_paid" => "The money for this sale is here already; it cannot be changed.",
            "order_ended" => "This sale has ended. Ring it up anew.",
            "order_ending" => "This sale is being ended already. Wait for the proof.",
            "not_last_attempt" => "This sale has a newer code by now. Look at it again, then decide.",
            "attempts_exhausted" => "This sale has had its 99 codes. Cancel it and ring it up anew.",
            "not_answered_yet" => "This sale has not been answered yet. Wait a moment and try again.",
            "order_frozen" => {
                "This sale is frozen, since money came that does not match. A person in charge must look first."
            }
            "order_in_cash" => "This sale was paid in cash. To undo that, give the cash back as a refund.",
            "order_charging" => {
                "The customer's code is being charged. Wait for the outcome; do not scan again."
            }
            "order_by_code" => "This sale is paid by the customer's code. Scan that.",
            "not_charged" => "The payment code was not used, and nothing was charged. Scan a fresh one.",
            "attempt_closing" => {
                "The code before this one cannot be closed yet, so this one was not charged. Wait and scan again, or take cash."
            }
            "method_unavailable" => "The merchant's account does not offer this way to pay. Use another.",
            "payment_unknown" => "No such payment came for this sale.",
            "refund_over_rest" => {
                "That is more than is left of this payment, counting what is on its way back."
            }
            "refund_parts_exhausted" => {
                "This sale's money was given back in 50 parts already; no more can be."
            }
            "refund_too_old" => "This payment is more than a year old; WeChat Pay gives it back no more.",
            "refund_decided" => "This refund was decided already. Look at the sale again.",
            "session_ended" => "Your sign-in has ended. Sign in again; what was asked for goes on then.",
            "sign_in_required" => "The merchant wants a person signed in for this. Sign in first.",
            "pin_wrong" => "The PIN is wrong. Try again.",
            "pin_locked" => "Too many wrong PINs. Wait before you try again, or ask a manager for a new one.",
            "person_exists" => "That id stands for another person already. Take another.",
            "rule" => "A rule that guards the merchant's money forbids this.",
            "needs_manager" => "This needs a manager: one signs in here, or says yes elsewhere.",
            "other_key" => {
                "These records belong to another device key. Use the key they were made with; if it is lost, confirm that and pair this till again."
            }
            "key_lost" => {
                "The phone's key for this till is gone. Confirm that, and pair this till again with a new one."
            }
            "key_locked" => "The phone's key store is locked. Unlock the phone and open the app again.",
            "key_replaced" => "The old key was lost and a new one is in use. Pair this till again to sell.",
            "shift_open" => "A shift is open already. Close it first.",
            "no_shift" => "No shift is open, or there is none of that number.",
            "unreachable" => {
                "The backend cannot be reached. What was rung up is kept and goes on by itself; check the network."
            }
            "untrusted" => {
                "The backend could not prove that it is the merchant's own. Nothing of it was taken; call whoever runs it."
            }
            "body_too_large" => "That is too much at once. Make it shorter and try again.",
            "signature_invalid" => {
                "The backend did not accept this till's signature. If it stays so, pair it again."
            }
            "device_unknown" => "The backend does not know this till. Pair it again to sell.",
            "device_revoked" => "This till was locked out by the merchant. Pair it again to sell.",
            "clock_skew" => "The phone's clock was off; the till has corrected itself. Try again.",
            "journal_forked" => {
                "This till was restored or copied from another. So that nothing is sent twice it is read-only: pair it again."
            }
            "forbidden" => "This till has no right to do that. Ask the person in charge.",
            "business_key_open" => {
                "Another sale is open for the same thing. Use that one; do not collect twice."
            }
            "rate_limited" => "Too many requests just now. Wait a moment and try again.",
            "resync" => "The till is catching up with the backend. Try again in a moment.",
            "pairing_refused" => {
                "The pairing code was used already, has run out, or is wrong. Have a new one shown and scan that."
            }
            "unavailable" => "The backend cannot do this just now. Try again in a moment.",
            "internal" => {
                "Something went wrong inside. Try again; if it stays so, report it with the diagnosis."
            }
            "no_transport" => "This app was built without a way to the network. Install a correct build.",
            "storage_in_use" => "This till is open elsewhere on this device. Close it there first.",
            "storage_newer" => "These records were written by a later version. Update the app.",
            "storage_foreign" => {
                "The file in the till's place belongs to another program. Choose another place."
            }
            "storage_damaged" => {
                "The till's records are damaged, so it does not sell. Close the app and open it again: it saves what can be read."
            }
            "storage_full" => "The phone's storage is full, so nothing new can be written. Free some space.",
            "storage_failed" => {
                "The phone's storage cannot be used. Start the phone again; if it stays so, have it looked at."
            }
            "clock_wrong" => "The phone's clock is wrong. Set date and time to automatic.",
            "salvaged" => "The till's records were damaged and have been salvaged. Pair it again to sell.",
            _ => return None,
        })
    }

    fn channel_code(&self, code: &str) -> Option<&'static str> {
        Some(match code {
            "NO_AUTH" | "APPID_MCHID_NOT_MATCH" | "MCH_NOT_EXISTS" | "MCH_NOT_EXIST" => {
                "WeChat Pay has not opened this way of collecting for the merchant. Tell the person in charge."
            }
            "ACCOUNT_ERROR" | "REQUEST_BLOCKED" => {
                "WeChat Pay has restricted the merchant's account. Tell the person in charge."
            }
            "RULE_LIMIT" => {
                "A rule or limit of WeChat Pay forbids this amount now. Collect it in another way."
            }
            "AUTHCODEEXPIRE" | "AUTH_CODE_EXPIRE" | "AUTH_CODE_ERROR" | "AUTH_CODE_INVALID" => {
                "The customer's code was not good any more. Ask for a fresh one and scan again."
            }
            "NOTENOUGH" | "NOT_ENOUGH" => "The customer's balance is not enough. Ask for another way to pay.",
            "TRADE_ERROR" => "WeChat Pay refused this trade.",
            "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED" => {
                "WeChat Pay has too many requests just now. Wait a moment."
            }
            _ => return None,
        })
    }

    fn unknown_code(&self, code: &str) -> String {
        format!(
            "It was not done, for a reason this version has no words for ({code}). Try again, or update the app."
        )
    }

    fn clock_wrong(&self, by: Span, ahead: bool) -> String {
        let by = match by {
            Span::Minutes(1) => "1 minute".to_owned(),
            Span::Minutes(minutes) => format!("{minutes} minutes"),
            Span::Hours(hours) => format!("{hours} hours"),
            Span::Days(days) => format!("{days} days"),
        };
        let side = if ahead { "fast" } else { "slow" };
        format!("The phone's clock is {by} {side}. Set date and time to automatic.")
    }

    fn unpaired(&self) -> &'static str {
        "Not paired yet: scan a pairing code."
    }

    fn offline(&self, has_network: bool, open: Option<&str>) -> String {
        let why = if has_network { "The backend cannot be reached" } else { "No network" };
        match open {
            None => format!("{why}. Sales can be rung up; they go out later by themselves."),
            Some(open) => format!("{why}. {open}"),
        }
    }

    fn open(&self, count: u32, sum: &str) -> String {
        let sales = if count == 1 { "1 sale".to_owned() } else { format!("{count} sales") };
        format!("{sales}, {sum}, not proven yet.")
    }

    fn drafts_waiting(&self, count: u32) -> String {
        match count {
            1 => "1 old draft waits: send it or drop it.".to_owned(),
            count => format!("{count} old drafts wait: send or drop each."),
        }
    }

    fn history(&self, word: &str) -> Option<&'static str> {
        Some(match word {
            "rung_up" => "Rung up",
            "wanted" => "Something was asked for by a person",
            "released" => "Let go out by a person",
            "calling" => "Being sent",
            "not_sent" => "Did not leave the phone",
            "told" => "The backend answered",
            "refused" => "The backend refused",
            "missing" => "The backend did not know it",
            "dropped" => "Dropped by a person",
            "cash_taken" => "Taken in cash",
            "not_charged" => "The payment code was not used",
            "refund_asked" => "A refund was asked for",
            "decided" => "A manager decided a refund",
            "accepted" => "A manager kept late money",
            _ => return None,
        })
    }

    fn salvage(&self, whole: usize, in_parts: usize, entries_lost: u64) -> String {
        format!(
            "The till's records were damaged. {whole} sales were saved whole, {in_parts} in parts, and {entries_lost} entries are \
             lost. The damaged file was kept. Compare with the merchant's own list, and pair this till again before it sells."
        )
    }

    fn sealed_away(&self, unproven: usize) -> String {
        format!(
            "The earlier records were sealed with a key that is gone and cannot be read; their file was kept. {unproven} sales in it were \
             not proven paid or closed: look them up in the merchant's own list. Pair this till again before it sells."
        )
    }
}

/// Letter by letter, so that it is not read as a word.
fn spelled(tail: &str) -> String {
    tail.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

fn field_name(field: &str) -> Option<&'static str> {
    Some(match super::last_part(field) {
        "amount" => "amount",
        "description" => "description",
        "note" => "note",
        "reference" => "reference",
        "lines" => "lines",
        "business_key" => "waybill or table number",
        "life_s" => "life of the code",
        "link" => "pairing code",
        "device_name" => "name of this till",
        "limit" => "length of the page",
        "tail" => "end of the number",
        "date" => "date",
        "order_no" | "after" => "sale's number",
        "attempt" => "code's number",
        "folder" => "folder",
        "code" | "auth_code" => "payment code",
        "reason" => "reason",
        "transaction_id" => "payment's number",
        "channel" => "way of payment",
        "person" => "person",
        "pin" => "PIN",
        "least_amount" => "least amount that is said",
        "from_minute" => "beginning of the quiet hours",
        "until_minute" => "end of the quiet hours",
        "finding" => "the finding's id",
        "float" => "cash in the drawer",
        "counted" => "cash that was counted",
        "until" => "last day",
        _ => return None,
    })
}
