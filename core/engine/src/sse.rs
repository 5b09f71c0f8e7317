//! Server-sent events, parsed as they come: chunks may split anywhere, lines and events are bounded.

/// One event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// Its name; `message` if it had none.
    pub name: String,
    /// Its id, if it had one.
    pub id: Option<String>,
    /// Its data lines, joined by line feeds.
    pub data: String,
}

/// The stream sent more than one event may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {BYTES_MAX} bytes")]
pub struct EventTooLong;

const BYTES_MAX: usize = 256 * 1024;

/// Turns chunks into events (WHATWG HTML §9.2.6). `retry` fields are left aside: the till has its own back-off.
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    event: SseEvent,
    has_data: bool,
    after_cr: bool,
}

impl SseParser {
    /// Takes the next chunk and gives the events it completes.
    ///
    /// # Errors
    /// If a line or an event grows beyond its bound; the stream must then be dropped.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<Vec<SseEvent>, EventTooLong> {
        let mut events = Vec::new();
        for &byte in chunk {
            let ends_crlf = byte == b'\n' && std::mem::take(&mut self.after_cr);
            if ends_crlf {
                continue;
            }
            self.after_cr = byte == b'\r';
            if byte == b'\n' || byte == b'\r' {
                let line = std::mem::take(&mut self.line);
                events.extend(self.take_line(&line));
            } else {
                self.line.push(byte);
            }
            if self.line.len() + self.event.data.len() > BYTES_MAX {
                return Err(EventTooLong);
            }
        }
        Ok(events)
    }

    fn take_line(&mut self, line: &[u8]) -> Option<SseEvent> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then(|| SseEvent {
                name: if event.name.is_empty() { "message".to_owned() } else { event.name },
                ..event
            });
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "id" => self.event.id = Some(value.to_owned()),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            // A comment (an empty field name) keeps the connection alive; anything else is for other readers.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = ": hello\n\nevent: order\nid: c1\ndata: {\"a\":\ndata: 1}\n\r\n\nid:c2\rdata:咖啡\r\n\r\n: beat\n\nevent: end\ndata: {}\n\n";

    fn expected() -> Vec<SseEvent> {
        let event = |name: &str, id: Option<&str>, data: &str| SseEvent {
            name: name.to_owned(),
            id: id.map(str::to_owned),
            data: data.to_owned(),
        };
        vec![
            event("order", Some("c1"), "{\"a\":\n1}"),
            event("message", Some("c2"), "咖啡"),
            event("end", None, "{}"),
        ]
    }

    #[test]
    fn events_are_read_whole() {
        assert_eq!(SseParser::default().feed(STREAM.as_bytes()).unwrap(), expected());
    }

    #[test]
    #[allow(clippy::double_ended_iterator_last, reason = "each chunk must be fed")]
    fn an_endless_line_is_refused() {
        let mut parser = SseParser::default();
        let chunk = vec![b'x'; 100_000];
        assert_eq!((0..3).map(|_| parser.feed(&chunk)).last(), Some(Err(EventTooLong)));
    }

    #[test]
    fn endless_data_is_refused() {
        let mut parser = SseParser::default();
        let line = format!("data: {}\n", "x".repeat(10_000));
        assert!((0..30).any(|_| parser.feed(line.as_bytes()).is_err()));
    }

    proptest! {
        #[test]
        fn chunks_may_split_anywhere(cuts in proptest::collection::vec(0usize..STREAM.len(), 0..20)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut parser = SseParser::default();
            let mut events = Vec::new();
            for pair in cuts.windows(2) {
                events.extend(parser.feed(&STREAM.as_bytes()[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(events, expected());
        }
    }
}
