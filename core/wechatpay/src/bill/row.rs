//! One row, taken apart: fields stand between a backtick and the next comma and backtick (WeChat Pay protocol B.10.3).

use jiff::{Timestamp, civil, tz::Offset};

use super::{RowError, RowProblem, Yuan, yuan};

/// Most columns of a bill; real ones have up to 29.
pub(super) const COLUMNS_MAX: usize = 64;

const BEIJING: Offset = Offset::constant(8);

/// Where the fields of a row begin. Field `i` ends two bytes before field `i + 1` begins.
#[derive(Debug)]
pub(super) struct Starts {
    at: [u32; COLUMNS_MAX + 1],
    count: usize,
}

impl Starts {
    pub(super) fn new() -> Self {
        Self { at: [0; COLUMNS_MAX + 1], count: 0 }
    }

    /// How many fields the last line had.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Finds the fields of a line. A line never splits on a comma alone, since texts hold them.
    pub(super) fn split(&mut self, line: &[u8], expected: usize) -> Result<(), RowProblem> {
        if line.first() != Some(&b'`') {
            return Err(RowProblem::NoRow);
        }
        let mut count = 1;
        self.at[0] = 1;
        backticks(line, |backtick| {
            if line[backtick] == b'`' && line[backtick - 1] == b',' {
                if let Some(start) = self.at[..expected].get_mut(count) {
                    *start = position(backtick + 1);
                }
                count += 1;
            }
        });
        if count != expected {
            return Err(RowProblem::Fields { found: count, expected });
        }
        self.at[count] = position(line.len() + 2);
        self.count = count;
        Ok(())
    }
}

/// Shows where backticks may be, after the first byte of a line. They are so dense that looking at eight bytes at a time is
/// faster than any search for the next one. An `a` after a backtick may be shown as well.
fn backticks(line: &[u8], mut look: impl FnMut(usize)) {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    const WANTED: u64 = u64::from_le_bytes([b'`'; 8]);
    let (words, rest) = line[1..].as_chunks::<8>();
    let mut at = 1;
    for word in words {
        let differing = u64::from_le_bytes(*word) ^ WANTED;
        // The top bit of each byte that is zero, and perhaps of a one above it.
        let mut zeros = differing.wrapping_sub(ONES) & !differing & TOPS;
        while zeros != 0 {
            look(at + (zeros.trailing_zeros() / 8) as usize);
            zeros &= zeros - 1;
        }
        at += 8;
    }
    for offset in 0..rest.len() {
        look(at + offset);
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a line's length is limited far below four gigabytes")
}

/// One row; it borrows the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) bytes: &'a [u8],
    pub(super) starts: &'a Starts,
}

impl<'a> Row<'a> {
    pub(super) fn field(&self, at: usize) -> &'a [u8] {
        let starts = &self.starts.at;
        &self.bytes[starts[at] as usize..starts[at + 1] as usize - 2]
    }

    pub(super) fn fields(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.starts.count).map(move |at| self.field(at))
    }

    pub(super) fn refused(&self, problem: RowProblem) -> RowError {
        RowError { line: self.line, problem }
    }

    pub(super) fn text(&self, at: usize, name: &'static str) -> Result<&'a str, RowError> {
        std::str::from_utf8(self.field(at)).map_err(|_| self.refused(RowProblem::Text(name)))
    }

    pub(super) fn yuan(&self, at: usize, name: &'static str) -> Result<Yuan, RowError> {
        Yuan::parse(self.field(at)).ok_or_else(|| self.refused(RowProblem::Amount(name)))
    }

    pub(super) fn count(&self, at: usize, name: &'static str) -> Result<u64, RowError> {
        yuan::parse_count(self.field(at)).ok_or_else(|| self.refused(RowProblem::Count(name)))
    }

    pub(super) fn time(&self, at: usize, name: &'static str) -> Result<Timestamp, RowError> {
        time(self.field(at)).ok_or_else(|| self.refused(RowProblem::Time(name)))
    }
}

/// Reads `yyyy-MM-dd HH:mm:ss` in Beijing; old bills write the colons full-width.
fn time(text: &[u8]) -> Option<Timestamp> {
    let mut plain = [0; 19];
    let text = if text.len() == plain.len() {
        text
    } else {
        let [before @ .., s1, s2] = text else { return None };
        let (hour, rest) = before.split_at_checked(13)?;
        let minute = rest.strip_prefix("：".as_bytes())?.strip_suffix("：".as_bytes())?;
        if minute.len() != 2 {
            return None;
        }
        plain[..13].copy_from_slice(hour);
        plain[13] = b':';
        plain[14..16].copy_from_slice(minute);
        plain[16..].copy_from_slice(&[b':', *s1, *s2]);
        &plain
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| text[*at] != *mark) {
        return None;
    }
    let number = |from: usize, until: usize| {
        text[from..until].iter().try_fold(0i16, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit <= 9).then(|| number * 10 + i16::from(digit))
        })
    };
    let small = |from| number(from, from + 2).and_then(|number| i8::try_from(number).ok());
    let time =
        civil::DateTime::new(number(0, 4)?, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, 0)
            .ok()?;
    BEIJING.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_beijings_and_may_have_wide_colons() {
        let expected: Timestamp = "2014-11-10T08:33:45Z".parse().unwrap();
        assert_eq!(time(b"2014-11-10 16:33:45"), Some(expected));
        assert_eq!(time("2014-11-10 16：33：45".as_bytes()), Some(expected));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "0",
            "2014-11-10",
            "2014-11-10 24:00:00",
            "2014-13-10 16:33:45",
            "2014-02-30 16:33:45",
            "2014-11-10T16:33:45",
            "2014-11-10 16：33:45",
            "2014-11-10 16:33:4x",
            "201４-11-1016:33:45",
            "2014-11-10 16：3：045",
        ] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
    }
}
