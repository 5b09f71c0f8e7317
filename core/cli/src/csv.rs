//! CSV for spreadsheets: RFC 4180, UTF-8 with a byte order mark, and no text that a spreadsheet would take for a formula.

use std::io::{self, Write};

/// Writes rows.
pub(crate) struct CsvWriter<W> {
    out: W,
}

impl<W: Write> CsvWriter<W> {
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all("\u{feff}".as_bytes())?;
        Ok(Self { out })
    }

    pub(crate) fn row<T: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = T>) -> io::Result<()> {
        for (at, field) in fields.into_iter().enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            self.field(field.as_ref())?;
        }
        self.out.write_all(b"\r\n")
    }

    fn field(&mut self, text: &str) -> io::Result<()> {
        let guard = if is_formula(text) { "'" } else { "" };
        if text.contains([',', '"', '\r', '\n']) {
            write!(self.out, "\"{guard}{}\"", text.replace('"', "\"\""))
        } else {
            write!(self.out, "{guard}{text}")
        }
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What a spreadsheet would calculate. A negative number is one to it as well, and harmless.
fn is_formula(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'@' | b'\t' | b'\r') => true,
        Some(b'-') => !text[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(fields: &[&str]) -> String {
        let mut bytes = Vec::new();
        let mut csv = CsvWriter::new(&mut bytes).unwrap();
        csv.row(fields).unwrap();
        csv.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(
            written(&["a", "b,c", "d\"e", "f\r\ng", ""]),
            "\u{feff}a,\"b,c\",\"d\"\"e\",\"f\r\ng\",\r\n"
        );
    }

    #[test]
    fn what_a_spreadsheet_would_calculate_stays_text() {
        assert_eq!(
            written(&["=1+1", "+86", "-0.02", "-1+1", "@a", "=a,b"]),
            "\u{feff}'=1+1,'+86,-0.02,'-1+1,'@a,\"'=a,b\"\r\n"
        );
    }
}
