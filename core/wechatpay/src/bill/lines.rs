//! Lines out of one buffer that is used again and again.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use memchr::memchr;

use super::BillError;

/// What is read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Lines of a source, without their ends; the last one may lack its end.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    buffer: Box<[u8]>,
    /// What is read and not yet given out.
    filled: Range<usize>,
    has_ended: bool,
    number: u64,
    line_bytes_max: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, line_bytes_max: usize) -> Self {
        let room = BUFFER_BYTES.max(line_bytes_max.saturating_add(2));
        Self {
            source,
            buffer: vec![0; room].into_boxed_slice(),
            filled: 0..0,
            has_ended: false,
            number: 0,
            line_bytes_max,
        }
    }

    /// The number of the line that was given last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Where in [`Self::bytes`] the next line lies.
    pub(super) fn next(&mut self) -> Result<Option<Range<usize>>, BillError> {
        let mut searched = 0;
        loop {
            let found = &self.buffer[self.filled.clone()];
            if let Some(end) = memchr(b'\n', &found[searched..]) {
                let end = self.filled.start + searched + end;
                let line = self.filled.start..end;
                self.filled.start = end + 1;
                return self.give(line).map(Some);
            }
            if self.has_ended {
                let line = self.filled.clone();
                self.filled.start = self.filled.end;
                return if line.is_empty() { Ok(None) } else { self.give(line).map(Some) };
            }
            searched = found.len();
            // A line end and a carriage return do not count.
            if searched > self.line_bytes_max + 1 {
                return Err(self.too_long());
            }
            self.fill()?;
        }
    }

    /// The bytes of a line that [`Self::next`] gave last.
    pub(super) fn bytes(&self, line: Range<usize>) -> &[u8] {
        &self.buffer[line]
    }

    fn give(&mut self, mut line: Range<usize>) -> Result<Range<usize>, BillError> {
        if self.buffer[line.clone()].last() == Some(&b'\r') {
            line.end -= 1;
        }
        if line.len() > self.line_bytes_max {
            return Err(self.too_long());
        }
        self.number += 1;
        Ok(line)
    }

    fn too_long(&self) -> BillError {
        BillError::LineTooLong { line: self.number + 1, max: self.line_bytes_max }
    }

    fn fill(&mut self) -> Result<(), BillError> {
        if self.filled.start > 0 {
            self.buffer.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
        }
        loop {
            match self.source.read(&mut self.buffer[self.filled.end..]) {
                Ok(0) => self.has_ended = true,
                Ok(count) => self.filled.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            }
            return Ok(());
        }
    }
}
