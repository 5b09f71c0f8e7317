//! The XML of API v2: one flat document, read strictly and written plainly (WeChat Pay protocol C.1, E.4).
//!
//! A message is a root element with one element per field and text in it. Whatever else XML can do is refused here, since
//! every bit of it has been used to deceive a reader: document types and entities (to read files), comments (to split a
//! value), a name that comes twice (to show one value to the signature and another one to the merchant).

use std::{borrow::Cow, fmt};

use quick_xml::{
    Reader,
    escape::partial_escape,
    events::{BytesDecl, BytesRef, BytesStart, Event},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// The root of every message but the sealed part of a refund notification.
pub const ROOT: &str = "xml";

/// Longest message that is read, in bytes. Real ones have a few kilobytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Most fields that a message may have. A page of ten refunds with several coupons each has about 300.
pub const FIELDS_MAX: usize = 1000;

/// About how long a field is with its tags, to make room for all at once.
const FIELD_BYTES: usize = 40;

/// Longest name of a field, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// The fields of a message: sorted by name, no name twice. Values are as they are after XML was taken off.
///
/// Values may be personal or secret, so that debug output has the names alone.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields<'a> {
    sorted: Vec<Field<'a>>,
}

type Field<'a> = (Cow<'a, str>, Cow<'a, str>);

impl<'a> Fields<'a> {
    /// No fields yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a whole document with this root.
    ///
    /// # Errors
    /// When it is anything but a root with one element per field and text in each; see [`XmlError`].
    pub fn read(root: &str, document: &'a [u8]) -> Result<Self, XmlError> {
        if document.len() > MESSAGE_BYTES_MAX {
            return Err(XmlError::TooLarge { bytes: document.len() });
        }
        let text = std::str::from_utf8(document).map_err(|_| XmlError::NotUtf8)?;
        if document.iter().any(|byte| is_forbidden(*byte)) {
            return Err(XmlError::Control);
        }
        let mut document = Document { reader: Reader::from_str(text) };
        let mut fields = Vec::with_capacity(text.len() / FIELD_BYTES);
        if document.enter(root)? {
            while let Some(field) = document.field()? {
                if fields.len() == FIELDS_MAX {
                    return Err(XmlError::TooMany);
                }
                fields.push(field);
            }
        }
        document.end()?;
        fields.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        if let Some(pair) = fields.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(XmlError::Duplicate { field: pair[0].0.clone().into_owned() });
        }
        Ok(Self { sorted: fields })
    }

    /// Writes a document with this root that [`Self::read`] reads back as these fields. It is wiped when dropped, since
    /// requests carry payment codes.
    ///
    /// # Errors
    /// When a name is none, or a value holds a control character, which XML cannot carry.
    pub fn write(&self, root: &str) -> Result<Zeroizing<Vec<u8>>, XmlError> {
        let around = "<><![CDATA[]]></>".len();
        let fields: usize =
            self.sorted.iter().map(|(name, value)| 2 * name.len() + value.len() + around).sum();
        let mut document = Zeroizing::new(Vec::with_capacity(fields + 2 * root.len() + "<></>".len()));
        let mut put =
            |parts: &[&str]| parts.iter().for_each(|part| document.extend_from_slice(part.as_bytes()));
        put(&["<", root, ">"]);
        for (name, value) in &self.sorted {
            checked_name(name)?;
            if value.bytes().any(is_forbidden) {
                return Err(XmlError::Control);
            }
            // A reader of XML takes a bare carriage return for a line feed.
            if value.contains("]]>") || value.contains('\r') {
                let escaped = partial_escape(&**value).replace('\r', "&#13;");
                put(&["<", name, ">", &escaped, "</", name, ">"]);
            } else {
                put(&["<", name, "><![CDATA[", value, "]]></", name, ">"]);
            }
        }
        put(&["</", root, ">"]);
        Ok(document)
    }

    /// The value of a field; it may be empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.place(name).ok()?;
        Some(&self.sorted[place].1)
    }

    /// Puts a field in, in the place of one of the same name.
    pub fn set(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let field = (name.into(), value.into());
        match self.place(&field.0) {
            Ok(place) => self.sorted[place] = field,
            Err(place) => self.sorted.insert(place, field),
        }
    }

    /// Names and values, in the order in which they are signed: by the bytes of the name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sorted.iter().map(|(name, value)| (&**name, &**value))
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(found, _)| (**found).cmp(name))
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// A document while it is read.
struct Document<'a> {
    reader: Reader<&'a [u8]>,
}

impl<'a> Document<'a> {
    /// Everything up to the root, and into it. Gives whether there is anything in it.
    fn enter(&mut self, root: &str) -> Result<bool, XmlError> {
        let mut is_first = true;
        loop {
            match self.next()? {
                Event::Decl(declaration) if is_first => check_declaration(&declaration)?,
                Event::Text(text) if is_blank(&text) => {}
                Event::Start(start) => return check_root(&start, root).map(|()| true),
                Event::Empty(start) => return check_root(&start, root).map(|()| false),
                Event::Decl(_) => return Err(XmlError::Declaration),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Eof => {
                    return Err(XmlError::Root);
                }
                other => return Err(refusal(&other)),
            }
            is_first = false;
        }
    }

    /// The next field of the root, if there is one.
    fn field(&mut self) -> Result<Option<Field<'a>>, XmlError> {
        loop {
            match self.next()? {
                Event::Text(text) if is_blank(&text) => {}
                Event::Start(start) => {
                    let name = field_name(&start)?;
                    let value = self.value(&name)?;
                    return Ok(Some((name.into(), value)));
                }
                Event::Empty(start) => return Ok(Some((field_name(&start)?.into(), Cow::Borrowed("")))),
                Event::End(_) => return Ok(None),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => return Err(XmlError::TextBetween),
                Event::Eof => return Err(XmlError::Truncated),
                other => return Err(refusal(&other)),
            }
        }
    }

    /// The text of a field, up to its end.
    fn value(&mut self, name: &str) -> Result<Cow<'a, str>, XmlError> {
        let mut value = Cow::Borrowed("");
        loop {
            let part = match self.next()? {
                Event::Text(text) => xml_lines(text.into_inner()),
                Event::CData(text) => xml_lines(text.into_inner()),
                Event::GeneralRef(reference) => Cow::Owned(character(&reference, name)?.to_string()),
                Event::End(_) => return Ok(value),
                Event::Start(_) | Event::Empty(_) => return Err(XmlError::Nested { field: name.to_owned() }),
                Event::Eof => return Err(XmlError::Truncated),
                other => return Err(refusal(&other)),
            };
            if value.is_empty() {
                value = part;
            } else {
                value.to_mut().push_str(&part);
            }
        }
    }

    /// Everything after the root: nothing but blanks.
    fn end(&mut self) -> Result<(), XmlError> {
        loop {
            match self.next()? {
                Event::Text(text) if is_blank(&text) => {}
                Event::Eof => return Ok(()),
                Event::Start(_) | Event::Empty(_) => return Err(XmlError::SecondRoot),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => return Err(XmlError::Trailing),
                other => return Err(refusal(&other)),
            }
        }
    }

    fn next(&mut self) -> Result<Event<'a>, XmlError> {
        self.reader.read_event().map_err(|error| match error {
            quick_xml::Error::Syntax(_) => XmlError::Truncated,
            _ => XmlError::Malformed,
        })
    }
}

/// Why an event is refused that belongs nowhere in a message.
fn refusal(event: &Event<'_>) -> XmlError {
    match event {
        Event::DocType(_) => XmlError::Doctype,
        Event::PI(_) => XmlError::Instruction,
        Event::Comment(_) => XmlError::Comment,
        Event::Decl(_) => XmlError::Declaration,
        _ => XmlError::Malformed,
    }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    let is_1_0 = declaration.version().is_ok_and(|version| version == "1.0");
    let is_utf8 = match declaration.encoding() {
        None => true,
        Some(encoding) => encoding.is_ok_and(|encoding| encoding.eq_ignore_ascii_case("utf-8")),
    };
    if is_1_0 && is_utf8 { Ok(()) } else { Err(XmlError::Declaration) }
}

fn check_root(start: &BytesStart<'_>, root: &str) -> Result<(), XmlError> {
    if start.name().as_ref() != root {
        return Err(XmlError::Root);
    }
    if !is_blank(start.attributes_raw()) {
        return Err(XmlError::Attribute { element: root.to_owned() });
    }
    Ok(())
}

fn field_name(start: &BytesStart<'_>) -> Result<String, XmlError> {
    let name = checked_name(start.name().into_inner())?.to_owned();
    if is_blank(start.attributes_raw()) { Ok(name) } else { Err(XmlError::Attribute { element: name }) }
}

/// A name as fields of API v2 have them: ASCII letters, digits, `_`, `-` and `.`, not beginning with a digit, `-` or `.`.
fn checked_name(name: &str) -> Result<&str, XmlError> {
    let is_name = name.len() <= NAME_BYTES_MAX
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if is_name { Ok(name) } else { Err(XmlError::Name) }
}

/// The character of a reference: one of the five that XML knows by name, or one by its number.
fn character(reference: &BytesRef<'_>, field: &str) -> Result<char, XmlError> {
    let unknown = || XmlError::Entity { field: field.to_owned() };
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => {
            let character = reference.resolve_char_ref().map_err(|_| unknown())?.ok_or_else(unknown)?;
            let is_forbidden = u8::try_from(character).is_ok_and(is_forbidden);
            if is_forbidden { Err(XmlError::Control) } else { Ok(character) }
        }
    }
}

/// Line ends as every reader of XML takes them: CR LF and a bare CR are a line feed (XML 1.0, section 2.11).
fn xml_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.as_bytes().contains(&b'\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// The control characters that XML cannot hold, NUL first.
fn is_forbidden(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Why a document is not a message of API v2. No value is ever repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    /// Longer than [`MESSAGE_BYTES_MAX`].
    #[error("the message has {bytes} bytes, more than {MESSAGE_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("the message is not UTF-8")]
    NotUtf8,
    /// NUL or another control character that XML cannot hold, as it is or by its number.
    #[error("the message holds NUL or another control character")]
    Control,
    /// A declaration in another place than the very beginning, or of something else than XML 1.0 in UTF-8.
    #[error("the XML declaration is not at the beginning, or is not of XML 1.0 in UTF-8")]
    Declaration,
    /// A document type.
    #[error("the message has a document type")]
    Doctype,
    /// A processing instruction.
    #[error("the message has a processing instruction")]
    Instruction,
    /// A comment.
    #[error("the message has a comment")]
    Comment,
    /// Something else than the expected root: HTML, another kind of message, nothing at all.
    #[error("the message does not begin with the expected root")]
    Root,
    /// An attribute, or a namespace.
    #[error("the element {element} has attributes")]
    Attribute {
        /// The element.
        element: String,
    },
    /// A name that no field has.
    #[error(
        "a field's name is not 1 to {NAME_BYTES_MAX} letters, digits, _, - or ., or begins with none of the first"
    )]
    Name,
    /// An element inside a field: deeper than two levels.
    #[error("the field {field} has elements in it")]
    Nested {
        /// The field.
        field: String,
    },
    /// Text that stands between the fields.
    #[error("text stands between the fields")]
    TextBetween,
    /// An entity that is not one of XML's own five, or a number that is no character.
    #[error("the field {field} has an unknown entity")]
    Entity {
        /// The field.
        field: String,
    },
    /// Two fields of one name.
    #[error("the field {field} is there twice")]
    Duplicate {
        /// The field.
        field: String,
    },
    /// More than [`FIELDS_MAX`] fields.
    #[error("the message has more than {FIELDS_MAX} fields")]
    TooMany,
    /// It ends too early.
    #[error("the message is cut off")]
    Truncated,
    /// A second root.
    #[error("a second root follows the message")]
    SecondRoot,
    /// Something else after the root.
    #[error("something follows the message")]
    Trailing,
    /// Not well-formed in another way, such as an end that does not belong to its start.
    #[error("the message is not well-formed XML")]
    Malformed,
}

#[cfg(test)]
mod tests;
