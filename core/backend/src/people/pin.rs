//! PINs: kept as slow, salted hashes, and tried only so often.

use argon2::{Algorithm, Argon2, Params, Version};
use saoma_contract::{Pin, Time};
use subtle::ConstantTimeEq as _;

use crate::clock::Random;
use crate::ledger::{PinHash, Tries};

/// What a hash costs (the least that OWASP advises for Argon2id). Each hash keeps its own, so that these may grow.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// How many wrong PINs of one person are taken before the first wait.
pub(super) const OF_PERSON: u32 = 5;

/// How many wrong PINs on one device, whoever is named.
pub(super) const ON_DEVICE: u32 = 10;

/// The first wait; each wrong PIN after it doubles it, up to a day.
const WAIT_MS: i64 = 60_000;
const WAIT_MS_MAX: i64 = 24 * 60 * 60 * 1000;

/// After how long without a wrong PIN the former ones are forgotten.
const FORGOTTEN_MS: i64 = 24 * 60 * 60 * 1000;

/// Hashes a PIN with a fresh salt. Takes tens of milliseconds.
pub(super) fn hash(pin: &Pin, random: &dyn Random) -> PinHash {
    let mut made = PinHash { memory_kib: MEMORY_KIB, passes: PASSES, salt: random.bytes(), hash: [0; 32] };
    made.hash = derive(pin, &made).expect("our own costs are within Argon2's limits");
    made
}

/// Whether it is the PIN of this hash. Takes tens of milliseconds.
pub(super) fn is_right(pin: &Pin, kept: &PinHash) -> bool {
    derive(pin, kept).is_some_and(|given| given.ct_eq(&kept.hash).into())
}

fn derive(pin: &Pin, costs: &PinHash) -> Option<[u8; 32]> {
    let params = Params::new(costs.memory_kib, costs.passes, 1, Some(32)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    argon2.hash_password_into(pin.expose().as_bytes(), &costs.salt, &mut hash).ok()?;
    Some(hash)
}

/// Takes one more try before it is known whether it is right; without one, until when to wait.
pub(super) fn take(tries: Option<Tries>, free: u32, now: Time) -> Result<Tries, Time> {
    let known = tries.filter(|tries| {
        let waited_until = tries.until.unwrap_or(tries.last_at);
        now.ms_since(waited_until.max(tries.last_at)) < FORGOTTEN_MS
    });
    if let Some(until) = known.and_then(|tries| tries.until).filter(|until| *until > now) {
        return Err(until);
    }
    let wrong = known.map_or(0, |tries| tries.wrong).saturating_add(1);
    let until = wrong.checked_sub(free).map(|over| {
        let wait_ms = WAIT_MS.checked_shl(over.min(20)).unwrap_or(WAIT_MS_MAX).min(WAIT_MS_MAX);
        now.plus_ms(wait_ms)
    });
    Ok(Tries { wrong, last_at: now, until })
}

/// Gives a try back that turned out right; none when nothing wrong is left.
pub(super) fn give_back(tries: Tries, free: u32) -> Option<Tries> {
    let wrong = tries.wrong.checked_sub(1).filter(|wrong| *wrong > 0)?;
    Some(Tries { wrong, until: tries.until.filter(|_| wrong >= free), ..tries })
}

/// How many more wrong PINs are taken before a wait.
pub(super) fn left(tries: &Tries, free: u32) -> u32 {
    free.saturating_sub(tries.wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    fn start() -> Time {
        Time::from_unix_ms(1_785_549_600_000)
    }

    #[test]
    fn a_pin_is_known_by_its_hash_and_no_two_hashes_are_the_same() {
        let pin: Pin = "2580".parse().unwrap();
        let kept = hash(&pin, &SystemRandom);
        assert!(is_right(&pin, &kept));
        assert!(!is_right(&"2581".parse().unwrap(), &kept));
        assert_ne!(kept.hash, hash(&pin, &SystemRandom).hash, "each has its own salt");
        assert_eq!(format!("{kept:?}"), "PinHash(..)");
        let damaged = PinHash { memory_kib: 0, ..kept };
        assert!(!is_right(&pin, &damaged));
    }

    #[test]
    fn after_five_wrong_pins_each_further_one_waits_twice_as_long() {
        let mut tries = None;
        for number in 1..=5 {
            let taken = take(tries, OF_PERSON, start()).unwrap();
            assert_eq!((taken.wrong, left(&taken, OF_PERSON)), (number, 5 - number));
            tries = Some(taken);
        }
        let mut now = start();
        for wait_s in [60, 120, 240, 480] {
            let until = take(tries, OF_PERSON, now).unwrap_err();
            assert_eq!(until.ms_since(now), wait_s * 1000);
            now = until;
            tries = Some(take(tries, OF_PERSON, now).unwrap());
        }
        for _ in 0..40 {
            now = take(tries, OF_PERSON, now).unwrap_err();
            tries = Some(take(tries, OF_PERSON, now).unwrap());
        }
        assert_eq!(take(tries, OF_PERSON, now).unwrap_err().ms_since(now), WAIT_MS_MAX, "a day at most");
    }

    #[test]
    fn a_day_without_a_wrong_pin_forgets_the_former_ones() {
        let four = Tries { wrong: 4, last_at: start(), until: None };
        assert_eq!(take(Some(four), OF_PERSON, start().plus_ms(FORGOTTEN_MS)).unwrap().wrong, 1);
        assert_eq!(take(Some(four), OF_PERSON, start().plus_ms(FORGOTTEN_MS - 1)).unwrap().wrong, 5);
    }

    #[test]
    fn a_right_pin_gives_its_try_back() {
        let ten = take(Some(Tries { wrong: 9, last_at: start(), until: None }), ON_DEVICE, start()).unwrap();
        assert!(ten.until.is_some());
        let back = give_back(ten, ON_DEVICE).unwrap();
        assert_eq!((back.wrong, back.until), (9, None));
        assert_eq!(give_back(Tries { wrong: 1, ..back }, ON_DEVICE), None);
    }
}
