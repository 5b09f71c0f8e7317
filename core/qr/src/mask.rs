//! Which of the eight masks a symbol gets: all of them scored with 64 modules at a time.
//!
//! Any mask makes a valid symbol; the rule (ISO/IEC 18004, "evaluation of masking results") only prefers one that is
//! easy to scan. The `qrcode` crate scores module by module, which is nine tenths of its time. This scores the same
//! rule on rows of bits and so picks the same mask, for symbols of up to 64 modules a side (version 11).

use qrcode::{
    EcLevel,
    canvas::{Canvas, Module},
};

/// The widest symbol whose rows fit one word.
pub(crate) const SIZE_MAX: usize = 64;

/// One word a row; bit x is the module in column x, 1 is dark.
type Rows = [u64; SIZE_MAX];

/// A symbol drawn but for its mask and format information.
pub(crate) struct Unmasked {
    size: usize,
    level: EcLevel,
    dark: Rows,
    /// Which modules a mask may flip: all that belong to no function pattern.
    maskable: Rows,
}

impl Unmasked {
    /// Takes over a canvas of `size` modules a side, at most [`SIZE_MAX`], on which all but the mask is drawn.
    pub(crate) fn from_canvas(canvas: &Canvas, size: u8, level: EcLevel) -> Self {
        let (mut dark, mut maskable) = ([0; SIZE_MAX], [0; SIZE_MAX]);
        for (y, (dark, maskable)) in (0..i16::from(size)).zip(dark.iter_mut().zip(&mut maskable)) {
            for x in 0..i16::from(size) {
                let module = canvas.get(x, y);
                *dark |= u64::from(module.is_dark()) << x;
                *maskable |= u64::from(!matches!(module, Module::Masked(_))) << x;
            }
        }
        Self { size: size.into(), level, dark, maskable }
    }

    /// The rows under the mask of the least penalty, the first of equals.
    pub(crate) fn best(&self) -> Vec<u64> {
        let rows = (0..8_u8)
            .map(|mask| self.under(mask))
            .min_by_key(|rows| penalty(&rows[..self.size]))
            .expect("there are eight masks");
        rows[..self.size].to_vec()
    }

    /// The rows under one mask (0 to 7), with the format information that names it.
    fn under(&self, mask: u8) -> Rows {
        let mut rows = self.dark;
        for (y, row) in rows.iter_mut().enumerate().take(self.size) {
            *row ^= MASKS[usize::from(mask)][y % PERIOD] & self.maskable[y];
        }
        self.draw_format(format_information(self.level, mask), &mut rows);
        rows
    }

    /// Both copies of the format information (ISO/IEC 18004, figure of its placement), bit 0 the least significant.
    fn draw_format(&self, format: u64, rows: &mut Rows) {
        let bit = |i: usize| format >> i & 1;
        let n = self.size;
        for i in 0..15 {
            let beside_top_left = match i {
                0..=5 => (8, i),
                6 | 7 => (8, i + 1),
                8 => (7, 8),
                _ => (14 - i, 8),
            };
            let beside_the_others = if i < 8 { (n - 1 - i, 8) } else { (8, n - 15 + i) };
            for (x, y) in [beside_top_left, beside_the_others] {
                rows[y] |= bit(i) << x;
            }
        }
        // Always dark.
        rows[n - 8] |= 1 << 8;
    }
}

/// Level and mask with their BCH (15, 5) check bits, made never all zero.
fn format_information(level: EcLevel, mask: u8) -> u64 {
    let level = match level {
        EcLevel::L => 0b01,
        EcLevel::M => 0b00,
        EcLevel::Q => 0b11,
        EcLevel::H => 0b10,
    };
    let value = level << 3 | u64::from(mask);
    let check = (0..10).fold(value, |rest, _| (rest << 1) ^ ((rest >> 9) * 0b101_0011_0111));
    (value << 10 | check) ^ 0b101_0100_0001_0010
}

/// The penalty of a masked symbol, one word a row.
fn penalty(rows: &[u64]) -> u32 {
    runs(rows) + blocks(rows) + 40 * finder_lookalikes(rows) + imbalance(rows)
}

/// Five modules alike in a line cost 3, each further one 1.
fn runs(rows: &[u64]) -> u32 {
    let n = rows.len();
    let mut score = 0;
    for &row in rows {
        let alike = alike_right(row, n);
        let fives = starts_of_five(|ahead| alike >> ahead);
        score += run_cost(fives, fives << 1);
    }
    let mut above = 0;
    for five in rows.windows(5) {
        let fives = starts_of_five(|ahead| alike_below(five[ahead], five[ahead + 1], n));
        score += run_cost(fives, above);
        above = fives;
    }
    score
}

/// Where five modules alike begin, if `alike(k)` has a bit wherever the modules k and k + 1 further on are alike.
fn starts_of_five(alike: impl Fn(usize) -> u64) -> u64 {
    alike(0) & alike(1) & alike(2) & alike(3)
}

/// A run of length L has L - 4 starts of five, one of them with none before it; together its cost, L - 2.
fn run_cost(fives: u64, fives_before: u64) -> u32 {
    fives.count_ones() + 2 * (fives & !fives_before).count_ones()
}

/// Four modules alike in a square cost 3; squares may overlap.
fn blocks(rows: &[u64]) -> u32 {
    let n = rows.len();
    let squares = rows.windows(2).map(|pair| {
        (alike_right(pair[0], n) & alike_right(pair[1], n) & alike_below(pair[0], pair[1], n)).count_ones()
    });
    3 * squares.sum::<u32>()
}

/// How often 1011101 stands in a line with four light modules on one side; the quiet zone counts as light.
fn finder_lookalikes(rows: &[u64]) -> u32 {
    let n = rows.len();
    let mut count = 0;
    for row in rows {
        let found = row & !(row >> 1) & row >> 2 & row >> 3 & row >> 4 & !(row >> 5) & row >> 6;
        let dark_before = row << 1 | row << 2 | row << 3 | row << 4;
        let dark_after = row >> 7 | row >> 8 | row >> 9 | row >> 10;
        count += (found & !(dark_before & dark_after)).count_ones();
    }
    let mut with_quiet_zone = [0; SIZE_MAX + 8];
    with_quiet_zone[4..n + 4].copy_from_slice(rows);
    for line in with_quiet_zone[..n + 8].windows(15) {
        let found = line[4] & !line[5] & line[6] & line[7] & line[8] & !line[9] & line[10];
        let dark_before = line[0] | line[1] | line[2] | line[3];
        let dark_after = line[11] | line[12] | line[13] | line[14];
        count += (found & !(dark_before & dark_after)).count_ones();
    }
    count
}

/// Each half per cent that the dark modules are away from half of all costs 1.
fn imbalance(rows: &[u64]) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let all: u32 = u32::try_from(rows.len().pow(2)).expect("64 modules a side at most");
    (200 * dark / all).abs_diff(100)
}

/// A bit wherever a module and its right neighbour are alike, in a row of `n`.
fn alike_right(row: u64, n: usize) -> u64 {
    !(row ^ row >> 1) & ((1 << (n - 1)) - 1)
}

/// A bit wherever a module and the one below it are alike, in rows of `n`.
fn alike_below(row: u64, below: u64, n: usize) -> u64 {
    !(row ^ below) & ((1 << n) - 1)
}

/// After so many rows every mask repeats.
const PERIOD: usize = 12;

/// The masks of ISO/IEC 18004 by number, bit x of row y set where a module is flipped.
const MASKS: [[u64; PERIOD]; 8] = {
    let mut masks = [[0; PERIOD]; 8];
    let mut y = 0;
    while y < PERIOD {
        let mut x = 0;
        while x < SIZE_MAX {
            let flips = [
                (x + y) % 2 == 0,
                y % 2 == 0,
                x % 3 == 0,
                (x + y) % 3 == 0,
                (x / 3 + y / 2) % 2 == 0,
                x * y % 2 + x * y % 3 == 0,
                (x * y % 2 + x * y % 3) % 2 == 0,
                ((x + y) % 2 + x * y % 3) % 2 == 0,
            ];
            let mut mask = 0;
            while mask < 8 {
                if flips[mask] {
                    masks[mask][y] |= 1 << x;
                }
                mask += 1;
            }
            x += 1;
        }
        y += 1;
    }
    masks
};

#[cfg(test)]
mod tests;
