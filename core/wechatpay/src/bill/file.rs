//! A bill's bytes: plain or gzip, told apart by their beginning, and hashed on the way (WeChat Pay protocol B.10.2).

use std::{
    fmt,
    io::{self, Chain, Cursor, Read, Write},
    str::FromStr,
};

use flate2::{read::MultiGzDecoder, write::MultiGzDecoder as Unpacker};
use sha1::{Digest, Sha1};

/// What a gzip file begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads a file as it is, or unpacked if it is gzip. Memory stays constant whatever the file unpacks to.
#[derive(Debug)]
pub struct Uncompressed<R>(Content<R>);

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

#[derive(Debug)]
enum Content<R> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
}

impl<R: Read> Uncompressed<R> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(mut source: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(GZIP_MAGIC.len());
        source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut head)?;
        let is_gzip = head == GZIP_MAGIC;
        let whole = Cursor::new(head).chain(source);
        Ok(Self(if is_gzip {
            Content::Gzip(Box::new(MultiGzDecoder::new(whole)))
        } else {
            Content::Plain(whole)
        }))
    }
}

impl<R: Read> Read for Uncompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Content::Plain(whole) => whole.read(buffer),
            Content::Gzip(unpacked) => unpacked.read(buffer),
        }
    }
}

/// Passes bytes through and hashes them. Around [`Uncompressed`], it hashes what `hash_value` is about.
#[derive(Debug)]
pub struct Hashing<R> {
    source: R,
    sha1: Sha1,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    /// Hashes what is read through it from now on.
    pub fn new(source: R) -> Self {
        Self { source, sha1: Sha1::new(), bytes: 0 }
    }

    /// The hash of all bytes that were read, and how many they were.
    pub fn finish(self) -> (Sha1Hash, u64) {
        (Sha1Hash(self.sha1.finalize().into()), self.bytes)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.sha1.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Hashes a file while it comes in, unpacked if it is gzip: the other way round than [`Hashing`], for a file that is written
/// and not read.
#[derive(Debug, Default)]
pub struct Received(Incoming);

#[derive(Debug, Default)]
enum Incoming {
    /// Too little came to tell.
    #[default]
    Nothing,
    /// One byte came that may begin a gzip file.
    Begun,
    Plain(Sink),
    Gzip(Box<Unpacker<Sink>>),
}

#[derive(Debug, Default)]
struct Sink {
    sha1: Sha1,
    bytes: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sha1.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Received {
    /// The hash of everything that came, unpacked, and how many bytes that were.
    ///
    /// # Errors
    /// When it was gzip and is broken or cut off.
    pub fn finish(self) -> io::Result<(Sha1Hash, u64)> {
        let sink = match self.0 {
            Incoming::Nothing => Sink::default(),
            Incoming::Begun => begun(&[])?,
            Incoming::Plain(sink) => sink,
            Incoming::Gzip(unpacker) => unpacker.finish()?,
        };
        Ok((Sha1Hash(sink.sha1.finalize().into()), sink.bytes))
    }
}

/// A plain file whose first byte is a gzip's.
fn begun(rest: &[u8]) -> io::Result<Sink> {
    let mut sink = Sink::default();
    sink.write_all(&GZIP_MAGIC[..1])?;
    sink.write_all(rest)?;
    Ok(sink)
}

impl Write for Received {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let unpacker = || {
            let mut unpacker = Box::new(Unpacker::new(Sink::default()));
            unpacker.write_all(&GZIP_MAGIC[..1]).map(|()| unpacker)
        };
        self.0 = match std::mem::take(&mut self.0) {
            Incoming::Nothing if bytes[0] == GZIP_MAGIC[0] => {
                self.0 = Incoming::Begun;
                return Ok(1);
            }
            Incoming::Begun if bytes[0] == GZIP_MAGIC[1] => Incoming::Gzip(unpacker()?),
            Incoming::Begun => Incoming::Plain(begun(&[])?),
            Incoming::Nothing => Incoming::Plain(Sink::default()),
            going => going,
        };
        match &mut self.0 {
            Incoming::Plain(sink) => sink.write_all(bytes)?,
            Incoming::Gzip(unpacker) => unpacker.write_all(bytes)?,
            Incoming::Nothing | Incoming::Begun => {}
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// SHA-1 of an uncompressed bill. It guards against damage; that it is WeChat Pay's word is proven by the signed answer
/// that brought it (WeChat Pay protocol A.5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha1Hash([u8; 20]);

impl Sha1Hash {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha1::digest(bytes).into())
    }
}

impl FromStr for Sha1Hash {
    type Err = &'static str;

    /// Forty hexadecimal digits, in either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let problem = "must be 40 hexadecimal digits";
        let mut hash = [0; 20];
        if text.len() != 40 || !text.is_ascii() {
            return Err(problem);
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(problem);
            let value = digit(digits[0])? * 16 + digit(digits[1])?;
            *byte = u8::try_from(value).map_err(|_| problem)?;
        }
        Ok(Self(hash))
    }
}

impl fmt::Display for Sha1Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
