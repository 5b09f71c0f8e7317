//! One target behind libFuzzer, named by `SAOMA_FUZZ_TARGET`; without it, the targets are listed. Its seeds are written into the
//! folder that `SAOMA_FUZZ_SEEDS` names before libFuzzer reads them, and its words beside it as a dictionary. An input is borne
//! within the same memory as in the deterministic run; libFuzzer itself watches the time.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;
use saoma_fuzz::{TARGETS, Target, campaign};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fuzz_target!(
    init: {
        let Ok(name) = std::env::var("SAOMA_FUZZ_TARGET") else {
            TARGETS.iter().for_each(|target| println!("{}", target.name));
            std::process::exit(0);
        };
        let target = saoma_fuzz::target(&name).expect("SAOMA_FUZZ_TARGET names a target");
        let folder = std::env::var_os("SAOMA_FUZZ_SEEDS").expect("SAOMA_FUZZ_SEEDS names a folder");
        begin(target, Path::new(&folder)).expect("the folder for seeds can be written");
        TARGET.set(target).expect("it begins once");
    },
    |input: &[u8]| {
        let target = TARGET.get().expect("it has begun");
        if input.len() <= target.input_bytes_max {
            let taken = campaign::memory_taken(target, input);
            assert!(taken <= target.memory_bytes_max, "{} takes {taken} bytes of memory", target.name);
        }
    }
);

fn begin(target: &Target, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(folder.join(format!("{number:04}")), seed)?;
        // What it builds once is not the first input's memory.
        campaign::memory_taken(target, seed);
    }
    let escaped = |word: &str| word.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let lines: String = target.words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
    std::fs::write(folder.with_extension("words"), lines)
}
