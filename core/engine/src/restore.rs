//! From the journal back to sales: the fold that opening, looking up and checking all use.

use saoma_contract::statement::TrustedKeys;
use saoma_contract::{PublicKey, SignedOrder, Time};

use crate::journal::{Entry, SaleRecord};
use crate::sale::{Fact, Phase, Sale};
use crate::store::{Filter, SaleRow, StorageError};

/// A sale as its entries tell it, and when the backend last spoke of it.
pub struct Folded {
    /// The sale.
    pub sale: Sale,
    /// When the backend last said something new.
    pub heard_at: Option<Time>,
    /// What happened, oldest first.
    pub history: Vec<SaleRecord>,
}

/// Folds a sale's entries; every signature in them is verified again.
///
/// # Errors
/// If the entries are not what this till wrote.
pub fn fold(
    entries: &[Entry],
    keys: &TrustedKeys,
    device: &PublicKey,
) -> Result<Option<Folded>, StorageError> {
    let mut folded: Option<Folded> = None;
    for entry in entries {
        let damaged =
            |detail: String| StorageError::Damaged { detail: format!("entry {}: {detail}", entry.seq) };
        let record: SaleRecord =
            serde_json::from_str(&entry.body).map_err(|error| damaged(error.to_string()))?;
        match (&mut folded, &record.fact) {
            (None, Fact::RungUp { order }) => {
                let order =
                    SignedOrder::verify(order.clone(), device).map_err(|error| damaged(error.to_string()))?;
                folded = Some(Folded { sale: Sale::rung_up(order), heard_at: None, history: vec![record] });
            }
            (Some(folded), fact) => {
                let fact = fact.clone().verified(keys).map_err(|error| damaged(error.to_string()))?;
                folded.sale = folded.sale.applied(&fact, record.at);
                if matches!(fact, Fact::Told { .. } | Fact::Refused { .. } | Fact::Missing) {
                    folded.heard_at = Some(record.at);
                }
                folded.history.push(record);
            }
            // What came before was lost with damage; without the signed order there is no sale to tell of.
            (None, _) => {}
        }
    }
    Ok(folded)
}

/// A sale as the projection keeps it.
pub fn row(sale: &Sale) -> SaleRow {
    let body = sale.order().body();
    SaleRow {
        order_no: body.order_no.clone(),
        filter: match sale.phase() {
            Phase::Unanswered => Filter::Unanswered,
            Phase::Answered { .. } => Filter::Answered,
            Phase::Closed(_) => Filter::Closed,
            Phase::Paid(_) => Filter::Paid,
            Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => Filter::Void,
        },
        open: sale.is_open(),
        amount: body.amount,
        currency: body.currency,
        made_at: body.made_at,
    }
}
