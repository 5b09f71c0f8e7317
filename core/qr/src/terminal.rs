//! A code as text for a terminal: two modules above each other in one half block character.

use crate::{Code, Rgb, Style};

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Terminal {
    /// ANSI colours, set for every character, so that the code can be scanned whatever the terminal's own colours are.
    Ansi,
    /// Characters only, for light text on a dark ground: the light modules are drawn. The style's colours do not apply.
    PlainOnDark,
    /// Characters only, for dark text on a light ground: the dark modules are drawn. The style's colours do not apply.
    PlainOnLight,
}

impl Code {
    /// The code as lines of half blocks, each ended by a line feed. It takes `size + 2 * quiet_zone` columns and half
    /// as many lines, rounded up; a half line left over at the bottom is light. The style's size does not apply.
    #[must_use]
    pub fn to_terminal(&self, style: &Style, terminal: Terminal) -> String {
        let colours = match terminal {
            Terminal::Ansi => format!("\x1b[{};{}m", sgr(3, style.dark()), sgr(4, style.light())),
            Terminal::PlainOnDark | Terminal::PlainOnLight => String::new(),
        };
        let reset = if colours.is_empty() { "\n" } else { "\x1b[0m\n" };
        let drawn = terminal != Terminal::PlainOnDark;
        let margin = i16::from(style.quiet_zone());
        let span = -margin..i16::from(self.size()) + margin;
        let module = |x: i16, y: i16| match (u8::try_from(x), u8::try_from(y)) {
            (Ok(x), Ok(y)) => self.is_dark(x, y),
            _ => false,
        };
        let mut lines = String::new();
        for y in span.clone().step_by(2) {
            lines.push_str(&colours);
            lines.extend(span.clone().map(|x| match (module(x, y) == drawn, module(x, y + 1) == drawn) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            lines.push_str(reset);
        }
        lines
    }
}

/// The colour as a parameter of Select Graphic Rendition; layer 3 is the text, 4 the ground.
///
/// Colours of the 6 × 6 × 6 cube, which terminals share and themes leave alone, are taken from it: not every terminal
/// knows the form with 24 bits.
fn sgr(layer: u8, colour: Rgb) -> String {
    let Rgb { red, green, blue } = colour;
    let in_cube = |channel: u8| (0_u8..).zip([0, 95, 135, 175, 215, 255]).find(|&(_, c)| c == channel);
    match (in_cube(red), in_cube(green), in_cube(blue)) {
        (Some((red, _)), Some((green, _)), Some((blue, _))) => {
            format!("{layer}8;5;{}", 16 + 36 * red + 6 * green + blue)
        }
        _ => format!("{layer}8;2;{red};{green};{blue}"),
    }
}
