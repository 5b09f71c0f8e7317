//! Times on the wire: RFC 3339 with an offset; written in Beijing time and whole seconds (WeChat Pay protocol A.2,
//! B.2.3).

use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

const BEIJING: Offset = Offset::constant(8);

/// A time with any offset, with or without fractions of a second.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom("must be an RFC 3339 time"))
}

pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let time = Timestamp::from_second(time.as_second()).expect("a time less its fraction is a time");
    serializer.collect_str(&time.display_with_offset(BEIJING))
}

/// A time that may be missing, null or empty.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, Error, Serializer, Timestamp};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            Some(text) if !text.is_empty() => {
                text.parse().map(Some).map_err(|_| D::Error::custom("must be an RFC 3339 time"))
            }
            _ => Ok(None),
        }
    }

    pub(in super::super) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }
}
