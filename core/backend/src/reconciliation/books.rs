//! Our side of a day in few bytes: less than 39 for each payment or refund, so that a million fit beside a bill being read.
//!
//! A table of fingerprints leads to where a number may be; what is found there is compared in full.

use std::marker::PhantomData;

use super::number::{Number, PaymentId};

/// An amount that does not fit in an entry; the ledger is asked for it. Far above what is ever charged at once.
const AMOUNT_ELSEWHERE: u32 = u32::MAX;

/// No entry.
const EMPTY: u32 = u32::MAX;

/// How many are looked up at once: enough that waiting for memory is shared, few enough to stay in the nearest cache.
pub(super) const TOGETHER: usize = 32;

/// Packed, since a million of them are held.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(2))]
struct Entry {
    ulid: (u64, u64),
    id: PaymentId,
    amount: u32,
    marks: u16,
}

/// In an entry's marks: the number's tail in 7 bits, and what is known.
const TAIL: u16 = 0x7f;
const SEEN: u16 = 1 << 7;
const PLACE_SHIFT: u32 = 8;
const STATE_SHIFT: u32 = 10;

/// Where a time lies, seen from the bill's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Place {
    /// Well inside.
    Inside = 0,
    /// Inside, within minutes of a midnight.
    Edge = 1,
    /// On another day.
    Outside = 2,
}

/// A payment or refund of the books, found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    at: u32,
    /// Minor units; none if the ledger must be asked.
    pub(super) amount: Option<i64>,
    /// The channel's number of the payment.
    pub(super) id: PaymentId,
    /// Where it lies in time.
    pub(super) place: Place,
    /// A state, in bits of the caller's.
    pub(super) state: u8,
    /// Whether a row of the bill was about it before.
    pub(super) is_seen: bool,
}

/// What leads to a number: numbers with different ones differ, those with the same one may still.
pub(super) trait Fingerprint {
    /// The fingerprint.
    fn of(number: Number) -> u64;
}

/// Well mixed.
#[derive(Debug)]
pub(super) struct Mixed;

impl Fingerprint for Mixed {
    fn of(number: Number) -> u64 {
        let mixed = (number.ulid.1 ^ u64::from(number.tail)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ number.ulid.0).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed ^ mixed >> 32
    }
}

/// Payments, or refunds, of a day: filled, sealed, and then looked up.
#[derive(Debug)]
pub(super) struct Books<F = Mixed> {
    entries: Vec<Entry>,
    /// Open addressing: of each entry its place among the entries in the lower bits, a piece of its fingerprint above.
    slots: Vec<u32>,
    /// How many bits of a slot are the place.
    place_bits: u32,
    fingerprint: PhantomData<F>,
}

impl<F> Default for Books<F> {
    fn default() -> Self {
        Self { entries: Vec::new(), slots: Vec::new(), place_bits: 0, fingerprint: PhantomData }
    }
}

impl<F: Fingerprint> Books<F> {
    /// Adds one. `id` is the channel's number of the payment that must go with it; `state` has six bits.
    pub(super) fn add(&mut self, number: Number, amount: i64, id: &str, place: Place, state: u8) {
        self.entries.push(Entry {
            ulid: number.ulid,
            id: PaymentId::read(id.as_bytes()).unwrap_or(PaymentId::ELSEWHERE),
            amount: u32::try_from(amount).unwrap_or(AMOUNT_ELSEWHERE),
            marks: u16::from(number.tail)
                | (place as u16) << PLACE_SHIFT
                | u16::from(state & 63) << STATE_SHIFT,
        });
    }

    /// Makes them ready to be looked up. Nothing is added afterwards.
    pub(super) fn seal(&mut self) {
        let count = u32::try_from(self.entries.len()).expect("fewer than four thousand million of them");
        self.place_bits = u32::BITS - count.leading_zeros();
        // An eighth stays free.
        self.slots = vec![EMPTY; self.entries.len() + self.entries.len() / 7 + 1];
        for at in 0..count {
            let fingerprint = F::of(self.number(at));
            let mut slot = self.home(fingerprint);
            while self.slots[slot] != EMPTY {
                slot = self.after(slot);
            }
            self.slots[slot] = self.piece(fingerprint) | at;
        }
    }

    /// Where the search for a fingerprint begins.
    fn home(&self, fingerprint: u64) -> usize {
        // The upper half of the fingerprint as a share of the table; the piece in a slot is of the lower half.
        ((fingerprint >> 32).wrapping_mul(self.slots.len() as u64) >> 32) as usize
    }

    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.slots.len() { 0 } else { slot + 1 }
    }

    /// The bits of a slot above the place. No slot in use is [`EMPTY`]: its place is less than the count, which fits.
    #[expect(clippy::cast_possible_truncation, reason = "only a piece of it is wanted")]
    fn piece(&self, fingerprint: u64) -> u32 {
        (fingerprint as u32).checked_shl(self.place_bits).unwrap_or(0)
    }

    fn place_mask(&self) -> u32 {
        1u32.checked_shl(self.place_bits).unwrap_or(0).wrapping_sub(1)
    }

    /// The next entry from a slot on that has this fingerprint, as far as slots tell.
    fn candidate(&self, fingerprint: u64, slot: &mut usize) -> Option<u32> {
        let (piece, mask) = (self.piece(fingerprint), self.place_mask());
        loop {
            let found = self.slots[*slot];
            if found == EMPTY {
                return None;
            }
            *slot = self.after(*slot);
            if found & !mask == piece {
                return Some(found & mask);
            }
        }
    }

    fn number(&self, at: u32) -> Number {
        let entry = self.entries[at as usize];
        Number { ulid: entry.ulid, tail: (entry.marks & TAIL) as u8 }
    }

    /// Finds one by its number. The first of several that nobody saw yet, else the first.
    pub(super) fn find(&self, number: Number) -> Option<Held> {
        if self.slots.is_empty() {
            return None;
        }
        let fingerprint = F::of(number);
        let mut slot = self.home(fingerprint);
        let mut found: Option<Held> = None;
        while let Some(at) = self.candidate(fingerprint, &mut slot) {
            if self.number(at) == number {
                let held = self.held(at);
                if !held.is_seen {
                    return Some(held);
                }
                found = found.or(Some(held));
            }
        }
        found
    }

    /// For each number the first entry that may be its own. It is not compared yet: see [`Self::agree`].
    pub(super) fn candidates(&self, numbers: &[Number]) -> [Option<u32>; TOGETHER] {
        let mut candidates = [None; TOGETHER];
        if self.slots.is_empty() {
            return candidates;
        }
        let mut fingerprints = [(0, 0); TOGETHER];
        let mut touched = 0;
        for (kept, number) in fingerprints.iter_mut().zip(numbers) {
            let fingerprint = F::of(*number);
            *kept = (fingerprint, self.home(fingerprint));
            touched ^= self.slots[kept.1];
        }
        // Now each is near: the processor waited for all of them at once.
        std::hint::black_box(touched);
        let mut touched = 0;
        for (candidate, (fingerprint, home)) in candidates.iter_mut().zip(fingerprints).take(numbers.len()) {
            *candidate = self.candidate(fingerprint, &mut { home });
            touched ^= candidate.map_or(0, |at| self.entries[at as usize].marks);
        }
        std::hint::black_box(touched);
        candidates
    }

    /// Whether an entry is of this number, payment and amount, on this day, and nobody saw it yet; then it is seen now.
    pub(super) fn agree(&mut self, at: u32, number: Number, id: PaymentId, amount: i64) -> bool {
        let is_alike = self.number(at) == number;
        let entry = &mut self.entries[at as usize];
        let is_on_day = entry.marks >> PLACE_SHIFT & 3 != Place::Outside as u16;
        let is_fresh = entry.marks & SEEN == 0;
        let is_it = is_alike
            && is_on_day
            && is_fresh
            && { entry.id } == id
            && id != PaymentId::ELSEWHERE
            && entry.amount != AMOUNT_ELSEWHERE
            && i64::from(entry.amount) == amount;
        if is_it {
            entry.marks |= SEEN;
        }
        is_it
    }

    fn held(&self, at: u32) -> Held {
        let Entry { id, amount, marks, .. } = self.entries[at as usize];
        Held {
            at,
            amount: (amount != AMOUNT_ELSEWHERE).then_some(i64::from(amount)),
            id,
            place: match marks >> PLACE_SHIFT & 3 {
                0 => Place::Inside,
                1 => Place::Edge,
                _ => Place::Outside,
            },
            state: u8::try_from(marks >> STATE_SHIFT).expect("six bits"),
            is_seen: marks & SEEN != 0,
        }
    }

    /// Remembers that a row of the bill was about it.
    pub(super) fn see(&mut self, held: Held) {
        self.entries[held.at as usize].marks |= SEEN;
    }

    /// Those that no row was about.
    pub(super) fn unseen(&self) -> impl Iterator<Item = (Number, Held)> + '_ {
        let count = u32::try_from(self.entries.len()).expect("fewer than four thousand million of them");
        (0..count).map(|at| (self.number(at), self.held(at))).filter(|(_, held)| !held.is_seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::read(text).unwrap()
    }

    fn attempt(at: u32, tail: u32) -> Number {
        number(&format!("01K1HMZZZZZZZZZZZZZZZZZZ{at:02}{tail:02}"))
    }

    /// All numbers have the same one.
    #[derive(Debug)]
    struct Weak;

    impl Fingerprint for Weak {
        fn of(_: Number) -> u64 {
            7
        }
    }

    #[test]
    fn an_entry_has_the_bytes_that_a_million_of_them_may_take() {
        assert_eq!(size_of::<Entry>(), 34);
    }

    fn what_was_added_is_found<F: Fingerprint>(mut books: Books<F>) {
        for at in 0..100 {
            books.add(attempt(at, at), i64::from(at), &format!("42{at:026}"), Place::Edge, 63);
        }
        assert_eq!(books.find(attempt(1, 1)), None, "not before it is sealed");
        assert_eq!(books.candidates(&[attempt(1, 1)]), [None; TOGETHER]);
        books.seal();
        for at in 0..100 {
            let held = books.find(attempt(at, at)).unwrap();
            let (amount, id) = (held.amount, PaymentId::read(format!("42{at:026}").as_bytes()).unwrap());
            assert_eq!(
                (amount, held.id, held.place, held.state, held.is_seen),
                (Some(i64::from(at)), id, Place::Edge, 63, false)
            );
            assert_eq!(books.find(attempt(at, (at + 1) % 100)), None, "another attempt");
        }
        let held = books.find(attempt(42, 42)).unwrap();
        books.see(held);
        assert!(books.find(attempt(42, 42)).unwrap().is_seen);
        assert_eq!(books.unseen().count(), 99);
        assert!(books.unseen().all(|(number, _)| number != attempt(42, 42)));
    }

    #[test]
    fn what_was_added_is_found_and_nothing_else() {
        what_was_added_is_found(Books::<Mixed>::default());
    }

    #[test]
    fn numbers_with_equal_fingerprints_are_told_apart() {
        what_was_added_is_found(Books::<Weak>::default());
        let mut books = Books::<Weak>::default();
        let id = |last: u8| PaymentId::read(&[b'4', b'2', last]).unwrap();
        books.add(attempt(1, 1), 5, "421", Place::Inside, 0);
        books.add(attempt(2, 1), 5, "422", Place::Inside, 0);
        books.seal();
        let candidates = books.candidates(&[attempt(1, 1), attempt(2, 1), attempt(3, 1)]);
        assert_eq!(candidates[..3], [Some(0); 3], "the fingerprint tells nothing");
        assert!(!books.agree(0, attempt(3, 1), id(b'1'), 5), "a number that is not there");
        assert!(!books.agree(0, attempt(2, 1), id(b'2'), 5), "the other's number");
        assert!(books.agree(0, attempt(1, 1), id(b'1'), 5));
        assert!(!books.find(attempt(2, 1)).unwrap().is_seen, "and only that one was seen");
    }

    #[test]
    fn one_agrees_in_number_payment_amount_and_day_and_once() {
        let mut books = Books::<Mixed>::default();
        books.add(attempt(1, 1), 5, "421", Place::Edge, 0);
        books.add(attempt(2, 1), 5, "422", Place::Outside, 0);
        books.add(attempt(3, 1), i64::MAX, "423", Place::Inside, 0);
        books.add(attempt(4, 1), 5, "no-number", Place::Inside, 0);
        books.seal();
        let id = |text: &str| PaymentId::read(text.as_bytes()).unwrap();
        for (at, number, of, amount) in [
            (0, attempt(1, 2), "421", 5),
            (0, attempt(1, 1), "0421", 5),
            (0, attempt(1, 1), "421", 6),
            (1, attempt(2, 1), "422", 5),
            (2, attempt(3, 1), "423", i64::from(u32::MAX)),
            (2, attempt(3, 1), "423", i64::MAX),
        ] {
            assert!(!books.agree(at, number, id(of), amount), "{number:?} {of} {amount}");
        }
        assert!(!books.agree(3, attempt(4, 1), PaymentId::ELSEWHERE, 5), "what does not fit is never alike");
        assert!(books.agree(0, attempt(1, 1), id("421"), 5));
        assert!(!books.agree(0, attempt(1, 1), id("421"), 5), "once");
    }

    #[test]
    fn candidates_lead_to_what_was_added() {
        let mut books = Books::<Mixed>::default();
        for at in 0..100 {
            books.add(attempt(at, 1), 5, "42", Place::Inside, 0);
        }
        books.seal();
        let numbers: Vec<_> = (0..100).rev().map(|at| attempt(at, 1)).collect();
        for some in numbers.chunks(TOGETHER) {
            let candidates = books.candidates(some);
            for (number, candidate) in some.iter().zip(candidates) {
                assert_eq!(books.number(candidate.unwrap()), *number);
            }
            assert!(candidates[some.len()..].iter().all(Option::is_none));
        }
        assert!(books.candidates(&[attempt(1, 2)])[0].is_none_or(|at| books.number(at) != attempt(1, 2)));
    }

    #[test]
    fn of_two_with_one_number_each_is_found_once() {
        let mut books = Books::<Mixed>::default();
        let twice = number("01K1HMZZZZZZZZZZZZZZZZZZZZ01");
        books.add(twice, 1, "a", Place::Inside, 0);
        books.add(twice, i64::MAX, "b", Place::Outside, 0);
        books.seal();
        let first = books.find(twice).unwrap();
        books.see(first);
        let second = books.find(twice).unwrap();
        assert_eq!((first.amount, second.amount, second.place), (Some(1), None, Place::Outside));
        books.see(second);
        assert!(books.find(twice).unwrap().is_seen);
    }

    #[test]
    fn empty_books_have_nothing() {
        let mut books = Books::<Mixed>::default();
        books.seal();
        assert_eq!(books.find(number("01K1HMZZZZZZZZZZZZZZZZZZZZ01")), None);
    }
}
