//! Numbers of attempts and refunds in few bytes, without loss: a million of them are held and compared in whole.

/// The number of an attempt or a refund made here. Equal numbers are equal texts and the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The 128 bits of the first 26 characters.
    pub(super) ulid: (u64, u64),
    /// The two digits after them; [`NO_TAIL`] where there are none.
    pub(super) tail: u8,
}

/// A number of 26 characters alone, as a refund has it.
pub(super) const NO_TAIL: u8 = 127;

const NOT_A_DIGIT: u8 = 0xff;

/// What each character of Crockford's base 32 stands for, in its one spelling.
const DIGITS: [u8; 256] = {
    let mut digits = [NOT_A_DIGIT; 256];
    let letters = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut at = 0;
    while at < letters.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are 32 of them")]
        let digit = at as u8;
        digits[letters[at] as usize] = digit;
        at += 1;
    }
    digits
};

impl Number {
    /// Reads the text of a number; none if no number made here is written so.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let tail = match bytes.get(26..)? {
            [] => NO_TAIL,
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => (tens - b'0') * 10 + (ones - b'0'),
            _ => return None,
        };
        Self::of(bytes, tail)
    }

    /// The number of an order's attempt.
    pub(super) fn of_attempt(order_no: &str, attempt: u8) -> Option<Self> {
        if order_no.len() == 26 && attempt < 100 { Self::of(order_no.as_bytes(), attempt) } else { None }
    }

    fn of(bytes: &[u8], tail: u8) -> Option<Self> {
        if bytes[0] > b'7' {
            return None;
        }
        // 26 digits of five bits, of which the first has three: the 14th is shared by the two halves.
        let mut wrong = 0;
        let mut fold = |half: &[u8]| {
            half.iter().fold(0u64, |value, byte| {
                let digit = DIGITS[usize::from(*byte)];
                wrong |= digit;
                value << 5 | u64::from(digit & 31)
            })
        };
        let (upper, middle, lower) = (fold(&bytes[..13]), fold(&bytes[13..14]), fold(&bytes[14..26]));
        if wrong & 0x80 != 0 {
            return None;
        }
        Some(Self { ulid: (upper << 1 | middle >> 4, middle << 60 | lower), tail })
    }

    /// The text again.
    pub(super) fn text(self) -> String {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let wide = u128::from(self.ulid.0) << 64 | u128::from(self.ulid.1);
        let mut text = String::with_capacity(28);
        for digit in (0..26).rev() {
            text.push(char::from(LETTERS[(wide >> (digit * 5) & 31) as usize]));
        }
        if self.tail != NO_TAIL {
            text.push_str(&format!("{:02}", self.tail));
        }
        text
    }

    /// Well mixed, for a table.
    pub(super) fn mixed(self) -> u64 {
        let mixed = (self.ulid.1 ^ u64::from(self.tail)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ self.ulid.0).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }
}

/// A fingerprint of a text: two texts with different ones differ.
pub(super) fn fingerprint(text: &str) -> u32 {
    let mix = |mixed: u64, word: u64| (mixed ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mixed = words.iter().fold(text.len() as u64, |mixed, word| mix(mixed, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let mixed = mix(mixed, rest);
    (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_not_made_here_is_no_number() {
        for text in [
            "",
            "KB20260801-0007",
            "01K1HMZZZZZZZZZZZZZZZZZZZ",
            "01K1HMZZZZZZZZZZZZZZZZZZZZ1",
            "01K1HMZZZZZZZZZZZZZZZZZZZZ1x",
            "81K1HMZZZZZZZZZZZZZZZZZZZZ01",
            "01K1HMIZZZZZZZZZZZZZZZZZZZ01",
            "01k1hmzzzzzzzzzzzzzzzzzzzz01",
            "01K1HMZZZZZZZZZZZZZZZZZZZZ001",
            "01K1HMZZZZZZZZZZZZZZZZZ中01",
            "01K1HMZZZZZZZZZZZZZZZZZZZ中",
        ] {
            assert_eq!(Number::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_and_written_without_loss(text in "[0-7][0-9A-HJKMNP-TV-Z]{25}([0-9]{2})?") {
            prop_assert_eq!(Number::read(&text).unwrap().text(), text);
        }

        #[test]
        fn no_text_panics(text: String) {
            if let Some(number) = Number::read(&text) {
                prop_assert_eq!(number.text(), text);
            }
        }
    }
}
