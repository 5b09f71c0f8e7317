//! The frame that all bills share: header, rows, summary header, summary (WeChat Pay protocol B.10.3).

use std::io::Read;

use super::{
    BillError, RowError,
    header::Header,
    lines::Lines,
    row::{Row, Starts},
};

/// How much a bill may ask of its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest line in bytes, 1 to 16 MiB. Real rows have some hundred.
    pub line_bytes_max: usize,
    /// Most rows.
    pub rows_max: u64,
}

impl Default for Limits {
    /// 64 KiB a line, fifty million rows.
    fn default() -> Self {
        Self { line_bytes_max: 64 * 1024, rows_max: 50_000_000 }
    }
}

/// More than this is not taken as a limit for lines.
const LINE_BYTES_MAX_MAX: usize = 16 * 1024 * 1024;

/// A bill between its first line and its last.
#[derive(Debug)]
pub(super) struct Table<R> {
    lines: Lines<R>,
    pub(super) header: Header,
    starts: Starts,
    rows: u64,
    rows_max: u64,
    ended: bool,
    summary_line: Vec<u8>,
}

/// What comes next in a bill.
pub(super) enum Next<'a> {
    Row(Row<'a>),
    /// The summary's header and its line; the bill ends here.
    Summary(Header, Row<'a>),
    /// The summary was given before.
    End,
}

const BOM: &[u8] = "\u{feff}".as_bytes();

impl<R: Read> Table<R> {
    pub(super) fn open(source: R, limits: Limits) -> Result<Self, BillError> {
        let mut lines = Lines::new(source, limits.line_bytes_max.min(LINE_BYTES_MAX_MAX));
        let first = lines.next()?.ok_or(BillError::NoBill("it is empty"))?;
        let first = lines.bytes(first);
        let first = first.strip_prefix(BOM).unwrap_or(first);
        match first.first() {
            None => return Err(BillError::NoBill("its first line is empty")),
            Some(b'`') => return Err(BillError::NoBill("it begins with a row instead of a header")),
            Some(b'<') => return Err(BillError::NoBill("it begins with < as XML and HTML do")),
            Some(b'{') => return Err(BillError::NoBill("it begins with { as JSON does")),
            Some(_) => {}
        }
        let header = Header::read(lines.number(), first)?;
        Ok(Self {
            lines,
            header,
            starts: Starts::new(),
            rows: 0,
            rows_max: limits.rows_max,
            ended: false,
            summary_line: Vec::new(),
        })
    }

    /// The next part. A row that is refused leaves the reading at the row after it.
    pub(super) fn next(&mut self) -> Result<Next<'_>, BillError> {
        if self.ended {
            return Ok(Next::End);
        }
        let Some(range) = self.lines.next()? else { return Err(self.cut_off()) };
        let line = self.lines.number();
        match self.lines.bytes(range.clone()).first() {
            Some(b'`') => {}
            // A header of the summary, if the rest of the file can be one. Only its rows begin with a backtick.
            Some(_) => return self.summary(range),
            None => {
                return if self.lines.next()?.is_none() { Err(self.cut_off()) } else { Err(no_row(line)) };
            }
        }
        self.rows += 1;
        if self.rows > self.rows_max {
            return Err(BillError::TooManyRows { line, max: self.rows_max });
        }
        let bytes = self.lines.bytes(range);
        self.starts.split(bytes, self.header.texts.len()).map_err(|problem| RowError { line, problem })?;
        Ok(Next::Row(Row { line, bytes, starts: &self.starts }))
    }

    fn summary(&mut self, header: std::ops::Range<usize>) -> Result<Next<'_>, BillError> {
        let line = self.lines.number();
        let header = self.lines.bytes(header);
        if !header.starts_with("总".as_bytes()) && !header.starts_with("资金流水总".as_bytes()) {
            return Err(no_row(line));
        }
        let header = Header::read(line, header)?;
        let Some(range) = self.lines.next()? else { return Err(self.cut_off()) };
        let line = self.lines.number();
        let bytes = self.lines.bytes(range).to_vec();
        self.ended = true;
        while let Some(rest) = self.lines.next()? {
            if !rest.is_empty() {
                return Err(BillError::AfterSummary { line: self.lines.number() });
            }
        }
        self.summary_line = bytes;
        self.starts
            .split(&self.summary_line, header.texts.len())
            .map_err(|problem| BillError::Summary(RowError { line, problem }))?;
        Ok(Next::Summary(header, Row { line, bytes: &self.summary_line, starts: &self.starts }))
    }

    fn cut_off(&mut self) -> BillError {
        self.ended = true;
        BillError::CutOff { line: self.lines.number() }
    }
}

fn no_row(line: u64) -> BillError {
    RowError { line, problem: super::RowProblem::NoRow }.into()
}
