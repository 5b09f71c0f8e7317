//! A code as SVG: one rectangle for the ground, one path of runs for the dark modules.

use crate::{Code, Error, Style};

impl Code {
    /// The code as an SVG document, a user unit a module.
    ///
    /// # Errors
    /// [`Error::TooSmall`] or [`Error::TooLarge`] if this code does not fit the size the style asks for.
    pub fn to_svg(&self, style: &Style) -> Result<String, Error> {
        let side_px = style.layout(self.size())?.side_px;
        let margin = u32::from(style.quiet_zone());
        let side = u32::from(self.size()) + 2 * margin;
        let (dark, light) = (style.dark(), style.light());
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side_px}\" height=\"{side_px}\" \
             viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"{light}\"/><path fill=\"{dark}\" d=\""
        );
        // A run takes about 14 bytes; a row has about a run for every four modules.
        svg.reserve(4 * usize::from(self.size()).pow(2) + 16);
        for y in 0..self.size() {
            for run in self.runs(y) {
                svg.push('M');
                push_number(&mut svg, margin + u32::from(run.start));
                svg.push(' ');
                push_number(&mut svg, margin + u32::from(y));
                svg.push('h');
                push_number(&mut svg, u32::from(run.end - run.start));
                svg.push_str("v1h-");
                push_number(&mut svg, u32::from(run.end - run.start));
                svg.push('z');
            }
        }
        svg.push_str("\"/></svg>\n");
        Ok(svg)
    }
}

/// Some thousand numbers below 1000 go into one picture: the formatting machinery would take most of the time.
fn push_number(svg: &mut String, number: u32) {
    for (unit, at_least) in [(100, 100), (10, 10), (1, 0)] {
        if number >= at_least {
            svg.push(char::from_digit(number / unit % 10, 10).expect("a digit is below ten"));
        }
    }
}
