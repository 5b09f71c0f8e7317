//! `saoma qr`: a code drawn in the terminal, or written as PNG or SVG.

use std::path::Path;

use saoma_qr::{Code, Style, Terminal};

use crate::args::QrArgs;
use crate::outcome::{Failure, Outcome};
use crate::output::{self, Output};

pub(crate) fn run(args: &QrArgs, out: Output) -> Result<Outcome, Failure> {
    let code = Code::new(&args.text, args.level.parse()?)?;
    let mut style = Style::default()
        .with_colours(args.dark.parse()?, args.light.parse()?)?
        .with_quiet_zone(args.quiet_zone)?;
    if let Some(side) = args.side {
        style = style.with_side_px(side)?;
    }
    let Some(file) = &args.out else {
        out.say(&serde_json::json!({ "modules": code.size() }), || drawn(&code, &style));
        return Ok(Outcome::Done);
    };
    let bytes = match file.extension().and_then(|extension| extension.to_str()) {
        Some("png") => code.to_png(&style)?,
        Some("svg") => code.to_svg(&style)?.into_bytes(),
        _ => return Err(format!("--out: {} must end in .png or .svg", file.display()).into()),
    };
    write(file, &bytes)?;
    out.say(&serde_json::json!({ "file": file, "bytes": bytes.len() }), || {
        format!("wrote {}", file.display())
    });
    Ok(Outcome::Done)
}

/// A code as text: with colours of its own on a terminal, plain elsewhere.
pub(crate) fn drawn(code: &Code, style: &Style) -> String {
    let terminal = if output::stdout_is_terminal() { Terminal::Ansi } else { Terminal::PlainOnDark };
    code.to_terminal(style, terminal).trim_end_matches('\n').to_owned()
}

/// Writes a picture for others to open, and names it when that fails.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()).into())
}
