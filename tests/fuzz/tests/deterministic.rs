//! Every target over its seeds and as many inputs made from them as fit into a few seconds; the same ones each time.
//! `SAOMA_FUZZ_SEED` makes others, `SAOMA_FUZZ_TIMES` so many times as many.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "the whole crate is tests")]

use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;
use saoma_fuzz::campaign::{self, Harm, Tally};
use saoma_fuzz::{TARGETS, Target};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is counted for the whole process, so the campaigns take turns.
static TURN: Mutex<()> = Mutex::new(());

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

fn bears_everything(name: &str) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let target = saoma_fuzz::target(name).unwrap();
    let executions = target.executions * number("SAOMA_FUZZ_TIMES", 1);
    match campaign::run(target, number("SAOMA_FUZZ_SEED", 1).into(), executions) {
        Ok(Tally { executions, memory_bytes_max }) => {
            println!("{name}: {executions} inputs, at most {} KiB for one", memory_bytes_max / 1024);
        }
        Err(found) => {
            let kept = found.keep().unwrap();
            panic!("{found}\nkept in {}", kept.display());
        }
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test] fn $name() { bears_everything(stringify!($name)); })*

        #[test]
        fn every_target_is_run_here() {
            let all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, [$(stringify!($name)),*]);
        }
    };
}

targets! {
    v3_answers
    v3_notifications
    v2_xml
    bills
    api
    request_signatures
    statements
    codes
    amounts
    journal
    events
    config
}

fn planted(run: fn(&[u8])) -> &'static Target {
    Box::leak(Box::new(Target {
        name: "planted",
        seeds: || vec![b"a good input".to_vec()],
        words: &["bad"],
        input_bytes_max: 1024,
        memory_bytes_max: 1 << 20,
        executions: 0,
        run,
    }))
}

fn found(run: fn(&[u8])) -> Harm {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    campaign::run(planted(run), 1, 2_000).unwrap_err().harm
}

#[test]
fn an_input_that_panics_or_takes_too_much_is_found() {
    let panics = |input: &[u8]| assert!(!input.windows(3).any(|three| three == b"bad"), "planted");
    assert_eq!(found(panics), Harm::Panic);
    let takes = |input: &[u8]| {
        let is_bad = input.windows(3).any(|three| three == b"bad");
        drop(std::hint::black_box(vec![1_u8; if is_bad { 2 << 20 } else { 1 << 10 }]));
    };
    assert!(matches!(found(takes), Harm::Memory(2_097_152..3_000_000)));
}
