//! A code as pixels: RGBA into a buffer that is used again, and PNG.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::{Code, Error, Rgb, Style, style::Layout};

impl Code {
    /// Draws the code as opaque RGBA, four bytes a pixel, row after row from the top, into a buffer that is resized to
    /// fit and overwritten. Give the same buffer again: the first touch of fresh memory costs more than the drawing.
    /// Answers the pixels a side.
    ///
    /// # Errors
    /// [`Error::TooSmall`] or [`Error::TooLarge`] if this code does not fit the size the style asks for.
    pub fn to_rgba(&self, style: &Style, pixels: &mut Vec<u8>) -> Result<u32, Error> {
        let layout = style.layout(self.size())?;
        let side = in_memory(layout.side_px);
        pixels.resize(4 * side * side, 0);
        let light_row = rgba(style.light()).repeat(side);
        let dark = rgba(style.dark());
        self.draw(layout, &light_row, pixels, |row, start, end| {
            for pixel in row[4 * start..4 * end].chunks_exact_mut(4) {
                pixel.copy_from_slice(&dark);
            }
        });
        Ok(layout.side_px)
    }

    /// The code as a PNG file with a palette of the two colours, one bit a pixel.
    ///
    /// # Errors
    /// [`Error::TooSmall`] or [`Error::TooLarge`] if this code does not fit the size the style asks for.
    pub fn to_png(&self, style: &Style) -> Result<Vec<u8>, Error> {
        let layout = style.layout(self.size())?;
        let side = in_memory(layout.side_px);
        let light_row = vec![0; side.div_ceil(8)];
        let mut pixels = vec![0; light_row.len() * side];
        self.draw(layout, &light_row, &mut pixels, set_bits);

        let mut file = Vec::with_capacity(8 * 1024);
        let mut encoder = Encoder::new(&mut file, layout.side_px, layout.side_px);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::One);
        encoder.set_palette([style.light(), style.dark()].map(|c| [c.red, c.green, c.blue]).concat());
        encoder.set_compression(Compression::Fast);
        // Most rows are the same as the one above.
        encoder.set_filter(Filter::Up);
        let written = encoder
            .write_header()
            .and_then(|mut png| png.write_image_data(&pixels).and_then(|()| png.finish()));
        written.expect("memory takes every write, and the pixels fit the header");
        Ok(file)
    }

    /// Fills a picture row by row: `light_row` everywhere, and `darken(row, start, end)` for every run of dark pixels.
    fn draw(
        &self,
        layout: Layout,
        light_row: &[u8],
        picture: &mut [u8],
        darken: impl Fn(&mut [u8], usize, usize),
    ) {
        let (module, margin) = (in_memory(layout.module_px), in_memory(layout.margin_px));
        let (top, rest) = picture.split_at_mut(margin * light_row.len());
        let (code, bottom) = rest.split_at_mut(usize::from(self.size()) * module * light_row.len());
        for row in top.chunks_exact_mut(light_row.len()).chain(bottom.chunks_exact_mut(light_row.len())) {
            row.copy_from_slice(light_row);
        }
        for (y, rows) in (0..self.size()).zip(code.chunks_exact_mut(module * light_row.len())) {
            let (first, others) = rows.split_at_mut(light_row.len());
            first.copy_from_slice(light_row);
            for run in self.runs(y) {
                let [start, end] = [run.start, run.end].map(|x| margin + usize::from(x) * module);
                darken(first, start, end);
            }
            for row in others.chunks_exact_mut(light_row.len()) {
                row.copy_from_slice(first);
            }
        }
    }
}

/// Sets the bits `start..end` of a row, counted from the most significant of its first byte; at least one.
fn set_bits(row: &mut [u8], start: usize, end: usize) {
    let (first, last) = (start / 8, (end - 1) / 8);
    let (head, tail) = (0xff >> (start % 8), 0xff << (7 - (end - 1) % 8));
    if first == last {
        row[first] |= head & tail;
    } else {
        row[first] |= head;
        row[first + 1..last].fill(0xff);
        row[last] |= tail;
    }
}

fn rgba(colour: Rgb) -> [u8; 4] {
    [colour.red, colour.green, colour.blue, 0xff]
}

fn in_memory(px: u32) -> usize {
    usize::try_from(px).expect("a picture has at most 4096 pixels a side")
}
