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
    pub(super) fn read(text: impl AsRef<[u8]>) -> Option<Self> {
        let bytes = text.as_ref();
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
}

/// The channel's number of a payment in 96 bits, without loss. Equal ones are equal texts and the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PaymentId([u32; 3]);

/// As many digits as fit; WeChat Pay's numbers have as many.
const ID_DIGITS_MAX: usize = 28;

impl PaymentId {
    /// In place of one that does not fit; equal to none that does.
    pub(super) const ELSEWHERE: Self = Self([0; 3]);

    /// Reads a decimal number of up to 28 digits; none if the text is no such number.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > ID_DIGITS_MAX {
            return None;
        }
        let (first, words) = text.as_rchunks::<8>();
        // A one before the digits keeps the zeros at their beginning.
        let mut value = 1u64;
        for byte in first {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + u64::from(digit);
        }
        let mut value = u128::from(value);
        for word in words {
            value = value * 100_000_000 + u128::from(eight_digits(*word)?);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "taken apart: 29 digits that begin with a one have 96 bits"
        )]
        let parts = [value as u32, (value >> 32) as u32, (value >> 64) as u32];
        Some(Self(parts))
    }
}

/// The value of eight digits, all at once.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const fn each(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let word = u64::from_le_bytes(text);
    let digits = word.wrapping_sub(each(b'0'));
    let are_digits = word & each(0xf0) == each(b'0') && digits.wrapping_add(each(6)) & each(0xf0) == 0;
    // Neighbours are put together: eight digits, four pairs, two fours, one eight.
    let pairs = digits.wrapping_mul(10 * 256 + 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 * 65_536 + 1) >> 16 & 0x0000_ffff_0000_ffff;
    let eight = fours.wrapping_mul((10_000 << 32) + 1) >> 32;
    are_digits.then_some(eight)
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

    #[test]
    fn what_is_no_decimal_number_is_no_payment_id() {
        for text in [
            "",
            "4200001234202608010000000001a",
            "42000012342026080100000000011",
            "420000123420260801000000000/",
            "420000123420260801000000000:",
            " 1",
            "-1",
            "１",
        ] {
            assert_eq!(PaymentId::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn payment_ids_that_differ_only_in_zeros_or_their_length_differ() {
        let texts = [
            "0",
            "00",
            "1",
            "01",
            "10",
            "0000000000000000000000000000",
            "9999999999999999999999999999",
            "4200001234202608010000000001",
            "420000123420260801000000001",
        ];
        let read: Vec<_> = texts.iter().map(|text| PaymentId::read(text.as_bytes()).unwrap()).collect();
        for (at, one) in read.iter().enumerate() {
            assert!(*one != PaymentId::ELSEWHERE && !read[at + 1..].contains(one), "{}", texts[at]);
        }
    }

    proptest! {
        #[test]
        fn payment_ids_are_alike_only_if_their_texts_are(one in "[0-9]{1,28}", change in 0usize..28, digit in "[0-9]") {
            let mut other = one.clone();
            let at = change % one.len();
            other.replace_range(at..=at, &digit);
            let read = |text: &str| PaymentId::read(text.as_bytes()).unwrap();
            prop_assert_eq!(read(&one) == read(&other), one == other);
        }

        #[test]
        fn eight_digits_are_read_as_a_parser_reads_them(text: [u8; 8], number in 0u64..100_000_000) {
            let expected = text.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(&text).unwrap().parse().unwrap());
            prop_assert_eq!(eight_digits(text), expected);
            let text: [u8; 8] = format!("{number:08}").into_bytes().try_into().unwrap();
            prop_assert_eq!(eight_digits(text), Some(number));
        }

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
