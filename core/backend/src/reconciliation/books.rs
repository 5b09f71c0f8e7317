//! Our side of a day in few bytes: about 34 for each payment or refund, so that a million fit beside a bill being read.

use super::number::{Number, fingerprint};

/// An amount that does not fit in an entry; the ledger is asked for it. Far above what is ever charged at once.
const AMOUNT_ELSEWHERE: u32 = u32::MAX;

/// No entry.
const EMPTY: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Entry {
    ulid: (u64, u64),
    amount: u32,
    other: u32,
}

/// What is told of an entry beside its number and amount: its tail in 7 bits, what is known in the rest.
#[derive(Clone, Copy, Debug)]
struct Marks(u16);

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
    /// A fingerprint of the number that goes with it.
    pub(super) other: u32,
    /// Where it lies in time.
    pub(super) place: Place,
    /// A state, in bits of the caller's.
    pub(super) state: u8,
    /// Whether a row of the bill was about it before.
    pub(super) is_seen: bool,
}

/// Payments, or refunds, of a day: filled, sealed, and then looked up.
#[derive(Debug, Default)]
pub(super) struct Books {
    entries: Vec<Entry>,
    marks: Vec<Marks>,
    slots: Vec<u32>,
}

impl Books {
    /// Adds one. `other` is the number that must go with it; `state` has six bits.
    pub(super) fn add(&mut self, number: Number, amount: i64, other: &str, place: Place, state: u8) {
        let amount = u32::try_from(amount).unwrap_or(AMOUNT_ELSEWHERE);
        self.entries.push(Entry { ulid: number.ulid, amount, other: fingerprint(other) });
        let marks =
            u16::from(number.tail) | (place as u16) << PLACE_SHIFT | u16::from(state & 63) << STATE_SHIFT;
        self.marks.push(Marks(marks));
    }

    /// Makes them ready to be looked up. Nothing is added afterwards.
    pub(super) fn seal(&mut self) {
        let slots = (self.entries.len() * 3 / 2 + 1).next_power_of_two();
        self.slots = vec![EMPTY; slots];
        for at in 0..self.entries.len() {
            let mut slot = self.first_slot(self.number(at));
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (slots - 1);
            }
            self.slots[slot] = u32::try_from(at).expect("fewer than four thousand million of them");
        }
    }

    fn first_slot(&self, number: Number) -> usize {
        // The upper bits are the well mixed ones; there is at least one slot, so the shift is at most 63.
        let bits = self.slots.len().trailing_zeros();
        usize::try_from(number.mixed().checked_shr(64 - bits).unwrap_or(0))
            .expect("as many bits as slots have")
    }

    fn number(&self, at: usize) -> Number {
        Number { ulid: self.entries[at].ulid, tail: tail(self.marks[at]) }
    }

    /// Finds one by its number. The first of several that nobody saw yet, else the first.
    pub(super) fn find(&self, number: Number) -> Option<Held> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = self.first_slot(number);
        let mut found: Option<Held> = None;
        while self.slots[slot] != EMPTY {
            let at = self.slots[slot] as usize;
            if self.entries[at].ulid == number.ulid && tail(self.marks[at]) == number.tail {
                let held = self.held(at);
                if !held.is_seen {
                    return Some(held);
                }
                found = found.or(Some(held));
            }
            slot = (slot + 1) & mask;
        }
        found
    }

    fn held(&self, at: usize) -> Held {
        let (entry, Marks(marks)) = (self.entries[at], self.marks[at]);
        Held {
            at: u32::try_from(at).expect("fewer than four thousand million of them"),
            amount: (entry.amount != AMOUNT_ELSEWHERE).then_some(i64::from(entry.amount)),
            other: entry.other,
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
        self.marks[held.at as usize].0 |= SEEN;
    }

    /// Those that no row was about.
    pub(super) fn unseen(&self) -> impl Iterator<Item = (Number, Held)> + '_ {
        (0..self.entries.len()).map(|at| (self.number(at), self.held(at))).filter(|(_, held)| !held.is_seen)
    }
}

fn tail(Marks(marks): Marks) -> u8 {
    u8::try_from(marks & 0x7f).expect("seven bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::read(text).unwrap()
    }

    #[test]
    fn an_entry_has_the_bytes_that_a_million_of_them_may_take() {
        assert_eq!(size_of::<Entry>() + size_of::<Marks>(), 26);
    }

    #[test]
    fn what_was_added_is_found_and_nothing_else() {
        let mut books = Books::default();
        let base = "01K1HMZZZZZZZZZZZZZZZZZZ";
        for at in 0..1000u32 {
            let text = format!("{base}{at:02}{:02}", at % 100).chars().take(28).collect::<String>();
            if at < 100 {
                books.add(number(&text), i64::from(at), &text, Place::Edge, 63);
            }
        }
        assert_eq!(books.find(number("01K1HMZZZZZZZZZZZZZZZZZZ0101")), None, "not before it is sealed");
        books.seal();
        for at in 0..100u32 {
            let held = books.find(number(&format!("{base}{at:02}{at:02}"))).unwrap();
            assert_eq!(
                (held.amount, held.place, held.state, held.is_seen),
                (Some(i64::from(at)), Place::Edge, 63, false)
            );
            assert_eq!(
                books.find(number(&format!("{base}{at:02}{:02}", (at + 1) % 100))),
                None,
                "another attempt"
            );
        }
        let held = books.find(number(&format!("{base}4242"))).unwrap();
        books.see(held);
        assert!(books.find(number(&format!("{base}4242"))).unwrap().is_seen);
        assert_eq!(books.unseen().count(), 99);
        assert!(books.unseen().all(|(number, _)| number.text() != format!("{base}4242")));
    }

    #[test]
    fn of_two_with_one_number_each_is_found_once() {
        let mut books = Books::default();
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
        let mut books = Books::default();
        books.seal();
        assert_eq!(books.find(number("01K1HMZZZZZZZZZZZZZZZZZZZZ01")), None);
    }
}
