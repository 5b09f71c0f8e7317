//! The till on the phone: sales, journal, outbox, ladder, stream and receipts.
