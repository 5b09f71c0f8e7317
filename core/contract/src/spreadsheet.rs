//! What both ends keep to when they write tables for spreadsheets.

/// What a spreadsheet needs at the beginning of a file to read UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text that a spreadsheet takes for text: what could begin a formula, and digits too many to be kept as a number, get an
/// apostrophe before them.
pub fn harmless(text: &str) -> String {
    let begins_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let long_number = text.len() > 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    if begins_formula || long_number { format!("'{text}") } else { text.to_owned() }
}
