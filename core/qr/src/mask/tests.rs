use proptest::prelude::*;
use qrcode::{QrCode, Version, bits, canvas::MaskPattern, ec};

use super::*;

const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];

const PATTERNS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

fn unmasked(text: &[u8], level: EcLevel) -> (Canvas, Unmasked) {
    let bits = bits::encode_auto(text, level).unwrap();
    let version = bits.version();
    let (words, check_words) = ec::construct_codewords(&bits.into_bytes(), version, level).unwrap();
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&words, &check_words);
    let unmasked = Unmasked::from_canvas(&canvas, u8::try_from(version.width()).unwrap(), level);
    (canvas, unmasked)
}

fn as_modules(rows: &[u64]) -> Vec<bool> {
    let columns = 0..rows.len();
    rows.iter().flat_map(|row| columns.clone().map(move |x| row >> x & 1 == 1)).collect()
}

fn crates_modules(canvas: Canvas) -> Vec<bool> {
    canvas.into_colors().into_iter().map(|colour| colour == qrcode::Color::Dark).collect()
}

#[test]
fn under_every_mask_the_symbol_is_the_crates_in_every_version_and_level() {
    for version in 1..=11 {
        for level in LEVELS {
            // As many bytes as the version holds: its bits but the header of 12 or 20.
            let bits_max = bits::Bits::new(Version::Normal(version)).max_len(level).unwrap();
            let text: Vec<u8> = (0..(bits_max - if version < 10 { 12 } else { 20 }) / 8)
                .map(|i| b"pay?&"[i * i % 5])
                .collect();
            let (canvas, unmasked) = unmasked(&text, level);
            assert_eq!(unmasked.size, usize::try_from(Version::Normal(version).width()).unwrap());
            for (mask, pattern) in (0..).zip(PATTERNS) {
                let mut theirs = canvas.clone();
                theirs.apply_mask(pattern);
                let ours = as_modules(&unmasked.under(mask)[..unmasked.size]);
                assert!(ours == crates_modules(theirs), "version {version} {level:?} mask {mask}");
            }
        }
    }
}

proptest! {
    #[test]
    fn the_mask_chosen_is_the_one_the_crate_chooses(
        text in proptest::collection::vec(0_u8..128, 1..120), level in proptest::sample::select(LEVELS.as_slice()),
    ) {
        let (_, unmasked) = unmasked(&text, level);
        let theirs = QrCode::with_error_correction_level(&text, level).unwrap();
        prop_assert_eq!(as_modules(&unmasked.best()), crates_modules_of(&theirs));
    }

    #[test]
    fn the_penalty_is_that_of_counting_module_by_module(
        rows in (21_usize..=61).prop_flat_map(|n| proptest::collection::vec(any::<u64>().prop_map(move |r| r >> (64 - n)), n)),
        // Long runs and finder lookalikes are rare in noise.
        stripes in proptest::collection::vec((any::<prop::sample::Index>(), 0_u64..=0b111_1111_1111, 0_usize..50), 0..12),
    ) {
        let mut rows = rows;
        let n = rows.len();
        for (row, bits, shift) in stripes {
            let row = row.index(n);
            let window = 0b111_1111_1111 << shift & ((1 << n) - 1);
            rows[row] = rows[row] & !window | bits << shift & window;
        }
        prop_assert_eq!(penalty(&rows), counted_penalty(&as_modules(&rows), n));
    }
}

fn crates_modules_of(code: &QrCode) -> Vec<bool> {
    code.to_colors().into_iter().map(|colour| colour == qrcode::Color::Dark).collect()
}

#[test]
fn a_finder_lookalike_at_the_edge_counts_once_for_its_quiet_zone() {
    let n = 21;
    let finder = 0b101_1101;
    for (row, count) in [
        (finder, 1),
        (finder << (n - 7), 1),
        (finder << 4, 1),
        (finder << 4 | 0b1000, 1),
        (finder << 4 | 0b1000 | 1 << 12, 0),
    ] {
        let mut rows = vec![0; n];
        rows[10] = row;
        assert_eq!(finder_lookalikes(&rows), count, "{row:021b}");
        let columns: Vec<u64> = (0..n).map(|y| (row >> y & 1) << 10).collect();
        assert_eq!(finder_lookalikes(&columns), count, "upright {row:021b}");
    }
}

/// The rule as the standard words it, one module after the other, except that the share of dark modules counts in
/// steps of half a per cent.
fn counted_penalty(modules: &[bool], n: usize) -> u32 {
    let across = (0..n).map(|y| (0..n).map(|x| modules[y * n + x]).collect::<Vec<_>>());
    let down = (0..n).map(|x| (0..n).map(|y| modules[y * n + x]).collect::<Vec<_>>());
    let lines: u32 = across.chain(down).map(|line| counted_runs(&line) + 40 * counted_finders(&line)).sum();
    let mut squares = 0;
    for y in 0..n - 1 {
        for x in 0..n - 1 {
            let corner = modules[y * n + x];
            let others = [modules[y * n + x + 1], modules[(y + 1) * n + x], modules[(y + 1) * n + x + 1]];
            squares += u32::from(others.iter().all(|&other| other == corner));
        }
    }
    let dark = modules.iter().filter(|&&dark| dark).count();
    let half_per_cents = u32::try_from(dark * 200 / (n * n)).unwrap();
    lines + 3 * squares + half_per_cents.abs_diff(100)
}

fn counted_runs(line: &[bool]) -> u32 {
    let runs = line.chunk_by(|a, b| a == b).map(<[bool]>::len).filter(|&len| len >= 5);
    runs.map(|len| u32::try_from(len - 2).unwrap()).sum()
}

fn counted_finders(line: &[bool]) -> u32 {
    let mut count = 0;
    for at in 0..=line.len() - 7 {
        let light = |from: usize, to: usize| line[from..to.min(line.len())].iter().all(|&dark| !dark);
        let found = line[at..at + 7] == [true, false, true, true, true, false, true];
        count += u32::from(found && (light(at.saturating_sub(4), at) || light(at + 7, at + 11)));
    }
    count
}
