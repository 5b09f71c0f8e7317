//! An independent reader (rqrr) for pictures, how each output becomes a picture, and what befalls pictures in the field.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "turning a picture by an angle is no money"
)]

/// A square grey picture.
pub struct Picture {
    pub side: usize,
    pub grey: Vec<u8>,
}

impl Picture {
    pub fn of_png(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut rgb).unwrap();
        assert_eq!((frame.color_type, frame.width), (png::ColorType::Rgb, frame.height));
        let grey = rgb.chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect();
        Self { side: frame.width as usize, grey }
    }

    pub fn of_rgba(pixels: &[u8], side_px: u32) -> Self {
        let side = side_px as usize;
        assert_eq!(pixels.len(), side * side * 4);
        assert!(pixels.chunks_exact(4).all(|p| p[3] == 255), "opaque");
        Self { side, grey: pixels.chunks_exact(4).map(|p| luma(p[0], p[1], p[2])).collect() }
    }

    /// Draws an SVG of one rectangle and one path of `M x y h n v1 h-n z`; anything else in it is a failure.
    pub fn of_svg(svg: &str) -> Self {
        let attribute = |element: &str, name: &str| {
            let inside = svg.split_once(&format!("<{element} ")).unwrap().1.split_once('>').unwrap().0;
            inside.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0.to_owned()
        };
        assert_eq!(svg.matches('<').count(), 4, "svg, rect, path, /svg");
        let side: usize = attribute("svg", "width").parse().unwrap();
        assert_eq!(attribute("svg", "height"), attribute("svg", "width"));
        let units: usize = attribute("svg", "viewBox")
            .strip_prefix("0 0 ")
            .unwrap()
            .split_once(' ')
            .unwrap()
            .0
            .parse()
            .unwrap();
        assert_eq!(attribute("svg", "viewBox"), format!("0 0 {units} {units}"));
        assert_eq!(
            (attribute("rect", "width"), attribute("rect", "height")),
            (units.to_string(), units.to_string())
        );

        let mut dark = vec![false; units * units];
        for run in attribute("path", "d").split_terminator('z') {
            let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (width, back) = rest.split_once("v1h-").unwrap();
            assert_eq!(width, back);
            let [x, y, width] = [x, y, width].map(|number| number.parse::<usize>().unwrap());
            dark[y * units + x..][..width].fill(true);
        }
        let (ink, ground) = (hex_luma(&attribute("path", "fill")), hex_luma(&attribute("rect", "fill")));
        let at = |px: usize| px * units / side;
        let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        Self {
            side,
            grey: pixels.map(|(x, y)| if dark[at(y) * units + at(x)] { ink } else { ground }).collect(),
        }
    }

    /// What a terminal shows, a square of `module_px` pixels for each half character. `text` and `ground` are the
    /// terminal's own colours, which count wherever the output sets none.
    pub fn of_terminal(shown: &str, text: u8, ground: u8, module_px: usize) -> Self {
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for line in shown.lines() {
            let (mut ink, mut paper) = (text, ground);
            let (mut upper, mut lower) = (Vec::new(), Vec::new());
            let mut characters = line.chars();
            while let Some(character) = characters.next() {
                let (top, bottom) = match character {
                    '\x1b' => {
                        assert_eq!(characters.next(), Some('['));
                        let codes: String = characters.by_ref().take_while(|&c| c != 'm').collect();
                        (ink, paper) = sgr(&codes, ink, paper, text, ground);
                        continue;
                    }
                    '█' => (ink, ink),
                    '▀' => (ink, paper),
                    '▄' => (paper, ink),
                    ' ' => (paper, paper),
                    other => panic!("{other:?} in the terminal output"),
                };
                upper.push(top);
                lower.push(bottom);
            }
            assert_eq!((ink, paper), (text, ground), "the terminal's colours are back at the end of a line");
            rows.extend([upper, lower]);
        }
        // Around the code the terminal shows its ground.
        let side = rows.len().max(rows[0].len()) + 8;
        let mut grey = vec![ground; side * side];
        for (y, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), rows[0].len());
            grey[(y + 4) * side + 4..][..row.len()].copy_from_slice(row);
        }
        Self { side, grey }.enlarged(module_px)
    }

    fn enlarged(&self, factor: usize) -> Self {
        let side = self.side * factor;
        let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        Self { side, grey: pixels.map(|(x, y)| self.grey[y / factor * self.side + x / factor]).collect() }
    }

    /// Turned about its centre on a larger white ground, each pixel mixed from four.
    pub fn turned(&self, degrees: f64) -> Self {
        let side = self.side * 3 / 2;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (from_centre, to_centre) = (side as f64 / 2.0, self.side as f64 / 2.0);
        let pixel = |x: f64, y: f64| {
            let inside = |v: f64| v >= 0.0 && v < self.side as f64;
            if inside(x) && inside(y) {
                f64::from(self.grey[y as usize * self.side + x as usize])
            } else {
                255.0
            }
        };
        let mut grey = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let (dx, dy) = (x as f64 + 0.5 - from_centre, y as f64 + 0.5 - from_centre);
                let (u, v) = (dx * cos + dy * sin + to_centre - 0.5, dy * cos - dx * sin + to_centre - 0.5);
                let (fu, fv) = (u - u.floor(), v - v.floor());
                let (u, v) = (u.floor(), v.floor());
                let above = pixel(u, v) * (1.0 - fu) + pixel(u + 1.0, v) * fu;
                let below = pixel(u, v + 1.0) * (1.0 - fu) + pixel(u + 1.0, v + 1.0) * fu;
                grey.push((above * (1.0 - fv) + below * fv) as u8);
            }
        }
        Self { side, grey }
    }

    /// Out of focus: each pixel the mean of those up to `radius` away, three times over, which is near a Gaussian.
    pub fn blurred(&self, radius: usize) -> Self {
        let mut grey = self.grey.clone();
        for _ in 0..3 {
            for (step, line) in [(1, self.side), (self.side, 1)] {
                let sharp = grey.clone();
                for (at, pixel) in grey.iter_mut().enumerate() {
                    let (place, start) = (at / step % self.side, at / line % self.side * line);
                    let near = place.saturating_sub(radius)..(place + radius + 1).min(self.side);
                    let sum: u32 = near.clone().map(|p| u32::from(sharp[start + p * step])).sum();
                    *pixel = (sum / near.len() as u32) as u8;
                }
            }
        }
        Self { side: self.side, grey }
    }

    /// As a grey PNG, for readers of files.
    pub fn to_png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.side as u32, self.side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&self.grey).unwrap();
        writer.finish().unwrap();
        file
    }

    /// What the reader finds in the picture: every code it sees, or why it cannot read it.
    pub fn read(&self) -> Vec<Result<String, String>> {
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(self.side, self.side, |x, y| {
            self.grey[y * self.side + x]
        });
        let grids = seen.detect_grids();
        grids.iter().map(|grid| grid.decode().map(|(_, text)| text).map_err(|e| e.to_string())).collect()
    }
}

fn sgr(codes: &str, ink: u8, paper: u8, text: u8, ground: u8) -> (u8, u8) {
    let codes: Vec<u8> = codes.split(';').map(|code| code.parse().unwrap()).collect();
    let (mut ink, mut paper, mut rest) = (ink, paper, codes.as_slice());
    while let [layer, after @ ..] = rest {
        let colour;
        (colour, rest) = match after {
            [5, index @ 16..=231, after @ ..] => {
                let channel = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
                let cube = index - 16;
                (luma(channel(cube / 36), channel(cube / 6 % 6), channel(cube % 6)), after)
            }
            [2, red, green, blue, after @ ..] => (luma(*red, *green, *blue), after),
            after => (0, after),
        };
        match layer {
            0 => (ink, paper) = (text, ground),
            38 => ink = colour,
            48 => paper = colour,
            other => panic!("SGR {other}"),
        }
    }
    (ink, paper)
}

fn hex_luma(colour: &str) -> u8 {
    let channel = |at: usize| u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
    luma(channel(1), channel(3), channel(5))
}

fn luma(red: u8, green: u8, blue: u8) -> u8 {
    ((299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000) as u8
}
