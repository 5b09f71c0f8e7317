//! Amounts as they are spoken: every digit, zero and fen in words, so that no speech engine has to guess.

/// Yuan and fen of an amount of CNY as a cashier in China says it: `十二元八角`, `一百零五元`, `三元零五分`.
pub(super) fn chinese(minor: u64) -> String {
    let (yuan, jiao, fen) = (minor / 100, minor / 10 % 10, minor % 10);
    let mut spoken = String::new();
    if yuan > 0 || minor == 0 {
        spoken.push_str(&chinese_count(yuan));
        spoken.push('元');
    }
    if jiao > 0 {
        spoken.push(measured(jiao));
        spoken.push('角');
    }
    if fen > 0 {
        if jiao == 0 && yuan > 0 {
            spoken.push('零');
        }
        spoken.push(measured(fen));
        spoken.push('分');
    }
    spoken
}

/// The same in English: `twelve yuan, eighty fen`.
pub(super) fn english(minor: u64) -> String {
    let (yuan, fen) = (minor / 100, minor % 100);
    match (yuan, fen) {
        (_, 0) => format!("{} yuan", english_count(yuan)),
        (0, _) => format!("{} fen", english_count(fen)),
        _ => format!("{} yuan, {} fen", english_count(yuan), english_count(fen)),
    }
}

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn digit(value: u64) -> char {
    DIGITS[usize::try_from(value % 10).expect("one digit")]
}

/// A digit before a measure word: two of something is 两.
fn measured(value: u64) -> char {
    if value == 2 { '两' } else { digit(value) }
}

/// A whole number below a million million, in groups of four digits as Chinese counts.
fn chinese_count(number: u64) -> String {
    const GROUPS: [(u64, &str); 3] = [(100_000_000, "亿"), (10_000, "万"), (1, "")];
    if number == 0 {
        return DIGITS[0].to_string();
    }
    let mut spoken = String::new();
    let mut skipped = false;
    for (place, unit) in GROUPS {
        let group = number / place % 10_000;
        if group == 0 {
            skipped = true;
            continue;
        }
        if !spoken.is_empty() && (skipped || group < 1_000) {
            spoken.push('零');
        }
        let leads = spoken.is_empty();
        group_spoken(group, leads, &mut spoken);
        spoken.push_str(unit);
        skipped = false;
    }
    spoken
}

/// Up to four digits; only what leads the whole number may say 十二 for 一十二 and 两 for a lone 二.
fn group_spoken(group: u64, leads: bool, spoken: &mut String) {
    let (thousands, hundreds, tens, ones) = (group / 1_000, group / 100 % 10, group / 10 % 10, group % 10);
    if thousands > 0 {
        spoken.push(measured(thousands));
        spoken.push('千');
    }
    if hundreds > 0 {
        spoken.push(measured(hundreds));
        spoken.push('百');
    } else if thousands > 0 && !group.is_multiple_of(100) {
        spoken.push('零');
    }
    if tens > 0 {
        if !(leads && group < 20) {
            spoken.push(digit(tens));
        }
        spoken.push('十');
    } else if hundreds > 0 && ones > 0 {
        spoken.push('零');
    }
    if ones > 0 {
        spoken.push(if leads && group < 10 { measured(ones) } else { digit(ones) });
    }
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

fn english_count(number: u64) -> String {
    let word = |table: &[&str], at: u64| table[usize::try_from(at).expect("a digit or two")].to_owned();
    let with_rest = |head: String, rest: u64, joint: &str| {
        if rest == 0 { head } else { format!("{head}{joint}{}", english_count(rest)) }
    };
    match number {
        0..20 => word(&SMALL, number),
        20..100 => with_rest(word(&TENS, number / 10), number % 10, "-"),
        100..1_000 => with_rest(format!("{} hundred", english_count(number / 100)), number % 100, " "),
        1_000..1_000_000 => {
            with_rest(format!("{} thousand", english_count(number / 1_000)), number % 1_000, " ")
        }
        _ => with_rest(format!("{} million", english_count(number / 1_000_000)), number % 1_000_000, " "),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{chinese, english};

    /// What a listener makes of Chinese: hears digits and units from left to right and adds up.
    fn heard(spoken: &str) -> u64 {
        let (mut fen, mut group, mut whole, mut last) = (0, 0, 0, 0);
        for word in spoken.chars() {
            match word {
                '零' => last = 0,
                '两' => last = 2,
                '十' => (group, last) = (group + 10 * last.max(1), 0),
                '百' => (group, last) = (group + 100 * last, 0),
                '千' => (group, last) = (group + 1_000 * last, 0),
                '万' => (whole, group, last) = ((whole + group + last) * 10_000, 0, 0),
                '元' => (fen, whole, group, last) = (fen + 100 * (whole + group + last), 0, 0, 0),
                '角' => (fen, last) = (fen + 10 * last, 0),
                '分' => (fen, last) = (fen + last, 0),
                digit => last = 1 + u64::try_from("一二三四五六七八九".find(digit).unwrap() / 3).unwrap(),
            }
        }
        assert_eq!((whole, group, last), (0, 0, 0), "something is left over in {spoken}");
        fen
    }

    /// The same for English.
    fn heard_in_english(spoken: &str) -> u64 {
        let value = |word: &str| {
            let small = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
                         sixteen seventeen eighteen nineteen";
            let tens = "twenty thirty forty fifty sixty seventy eighty ninety";
            let small = small.split_whitespace().zip(0u64..).find(|(name, _)| *name == word);
            let tens = tens.split_whitespace().zip(2u64..).find(|(name, _)| *name == word);
            small.map(|(_, value)| value).or(tens.map(|(_, value)| 10 * value))
        };
        let (mut fen, mut whole, mut group) = (0, 0, 0);
        for word in spoken.split([' ', ',', '-']).filter(|word| !word.is_empty()) {
            match word {
                "hundred" => group *= 100,
                "thousand" => (whole, group) = (whole + 1_000 * group, 0),
                "yuan" => (fen, whole, group) = (fen + 100 * (whole + group), 0, 0),
                "fen" => (fen, whole, group) = (fen + whole + group, 0, 0),
                word => group += value(word).unwrap_or_else(|| panic!("{word} in {spoken}")),
            }
        }
        fen
    }

    #[test]
    fn amounts_are_said_as_a_cashier_says_them() {
        let said = [
            (1, "一分"),
            (2, "两分"),
            (5, "五分"),
            (10, "一角"),
            (20, "两角"),
            (99, "九角九分"),
            (100, "一元"),
            (200, "两元"),
            (205, "两元零五分"),
            (250, "两元五角"),
            (1000, "十元"),
            (1005, "十元零五分"),
            (1200, "十二元"),
            (1280, "十二元八角"),
            (1285, "十二元八角五分"),
            (2000, "二十元"),
            (2200, "二十二元"),
            (10_000, "一百元"),
            (10_200, "一百零二元"),
            (11_000, "一百一十元"),
            (11_200, "一百一十二元"),
            (20_000, "两百元"),
            (22_200, "两百二十二元"),
            (100_100, "一千零一元"),
            (101_000, "一千零一十元"),
            (110_000, "一千一百元"),
            (200_000, "两千元"),
            (1_000_000, "一万元"),
            (1_000_200, "一万零二元"),
            (1_001_000, "一万零一十元"),
            (1_010_000, "一万零一百元"),
            (1_100_000, "一万一千元"),
            (2_000_000, "两万元"),
            (10_000_000, "十万元"),
            (10_001_001, "十万零一十元零一分"),
            (12_000_000, "十二万元"),
            (12_345_678, "十二万三千四百五十六元七角八分"),
            (99_999_999, "九十九万九千九百九十九元九角九分"),
            (1_000_000_000, "一千万元"),
        ];
        for (minor, words) in said {
            assert_eq!(chinese(minor), words, "{minor}");
        }
    }

    #[test]
    fn in_english_too() {
        let said = [
            (1, "one fen"),
            (80, "eighty fen"),
            (100, "one yuan"),
            (105, "one yuan, five fen"),
            (1280, "twelve yuan, eighty fen"),
            (2_100, "twenty-one yuan"),
            (11_900, "one hundred nineteen yuan"),
            (100_100, "one thousand one yuan"),
            (99_999_999, "nine hundred ninety-nine thousand nine hundred ninety-nine yuan, ninety-nine fen"),
            (1_000_000_000, "ten million yuan"),
        ];
        for (minor, words) in said {
            assert_eq!(english(minor), words, "{minor}");
        }
    }

    #[test]
    fn the_smallest_amounts_are_heard_right_one_by_one() {
        for minor in 1..=12_000 {
            assert_eq!(heard(&chinese(minor)), minor);
            assert_eq!(heard_in_english(&english(minor)), minor);
        }
    }

    proptest! {
        #[test]
        fn whoever_hears_an_amount_hears_that_amount(minor in 1u64..=99_999_999) {
            let spoken = chinese(minor);
            prop_assert_eq!(heard(&spoken), minor, "{}", spoken);
            prop_assert!(!spoken.contains("零零") && !spoken.contains("零元") && !spoken.starts_with('零'), "{}", spoken);
            prop_assert_eq!(heard_in_english(&english(minor)), minor);
        }
    }
}
