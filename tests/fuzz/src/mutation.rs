//! New input out of good input: bits, bytes, numbers, words, pieces and whole halves changed, as chance has it.

use saoma_chance::Chance;

/// What programs stumble over, in any language.
const WORDS: [&str; 22] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483648",
    "-9223372036854775808",
    "9223372036854775807",
    "18446744073709551616",
    "1e309",
    "0.1",
    "null",
    "[]",
    "{}",
    "\"\"",
    "\0",
    "\r\n",
    "\u{feff}",
    "\u{202e}",
    "😀",
    "%00",
    "../",
];

/// One input made from these.
///
/// # Panics
/// If there is no seed at all.
#[must_use]
pub fn mutated(seeds: &[Vec<u8>], words: &[&str], bytes_max: usize, chance: &mut Chance) -> Vec<u8> {
    let mut input = chance.one_of(seeds).clone();
    loop {
        change(&mut input, seeds, words, bytes_max, chance);
        input.truncate(bytes_max);
        if chance.below(2) == 0 {
            return input;
        }
    }
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], bytes_max: usize, chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let until = at + chance.below(input.len() - at + 1).min(64);
    match chance.below(12) {
        0 => input.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
        1 => input.iter_mut().skip(at).take(1).for_each(|byte| *byte = chance.byte()),
        2 => drop(input.splice(at..at, [chance.byte()])),
        3 => drop(input.drain(at..until)),
        4 => {
            let piece = input[at..until].to_vec();
            input.splice(at..at, piece);
        }
        5 => {
            let word = word(words, chance);
            input.splice(at..at, word.bytes());
        }
        6 => {
            let word = word(words, chance);
            input.splice(at..until, word.bytes());
        }
        7 => number(input, at, chance),
        8 => input.truncate(at),
        9 => {
            let other = chance.one_of(seeds);
            let from = chance.below(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        10 => {
            let piece = input[at..until].to_vec();
            let to = chance.below(input.len() + 1);
            input.splice(to..to, piece);
        }
        // Seldom something far too long: a piece again and again.
        _ if chance.below(8) == 0 => {
            let piece = input[at..until].to_vec();
            let times = bytes_max / piece.len().max(1);
            let times = 1 + chance.below(times.max(1));
            input.splice(at..at, piece.iter().copied().cycle().take(piece.len() * times));
        }
        _ => {
            let word = word(words, chance).repeat(1 + chance.below(200));
            input.splice(at..at, word.bytes());
        }
    }
}

fn word<'a>(words: &[&'a str], chance: &mut Chance) -> &'a str {
    let at = chance.below(words.len() + WORDS.len());
    words.get(at).or_else(|| WORDS.get(at - words.len())).copied().unwrap_or("")
}

/// Puts another number in the place of the first one behind a place.
fn number(input: &mut Vec<u8>, at: usize, chance: &mut Chance) {
    let Some(from) = input[at..].iter().position(u8::is_ascii_digit).map(|from| at + from) else { return };
    let digits = input[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let new = match chance.below(3) {
        0 => WORDS[chance.below(10)].to_owned(),
        1 => (chance.number() % 1000).to_string(),
        _ => chance.number().to_string(),
    };
    input.splice(from..from + digits, new.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_input_and_another_seed_another() {
        let seeds = [b"{\"amount\":1280}".to_vec(), b"12.80".to_vec()];
        let made = |seed| {
            let mut chance = Chance::new(seed);
            (0..50).map(|_| mutated(&seeds, &["amount"], 4096, &mut chance)).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().all(|input| input.len() <= 4096));
    }
}
