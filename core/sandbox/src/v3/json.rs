//! Request bodies, read as strictly as WeChat Pay reads them: no unknown members, no null, no member twice, integers
//! that are integers, text without emoji or control characters (WeChat Pay protocol A.2).

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::refusal::{Place, Refusal};

/// JSON with its members in order and its integers told from other numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A fraction, an exponent, or an integer beyond 64 bits.
    OtherNumber(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|error| {
            let text = String::from_utf8_lossy(body);
            Refusal::parameter(Place::Body, "", &text, &format!("请求体不是合法的JSON：{error}"))
        })
    }

    /// The value as text, for an error's details.
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.to_value().to_string(),
        }
    }

    /// The same as an ordinary JSON value, whose members have no order.
    pub(crate) fn to_value(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Boolean(is) => (*is).into(),
            Self::Integer(number) => (*number).into(),
            Self::OtherNumber(text) | Self::Text(text) => text.as_str().into(),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_value()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;

        impl<'de> Visitor<'de> for Reads {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, is: bool) -> Result<Json, E> {
                Ok(Json::Boolean(is))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
                Ok(Json::Integer(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
                Ok(i64::try_from(number)
                    .map_or_else(|_| Json::OtherNumber(number.to_string()), Json::Integer))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
                Ok(Json::OtherNumber(number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut read = Vec::new();
                while let Some(item) = items.next_element()? {
                    read.push(item);
                }
                Ok(Json::Array(read))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut read = Vec::new();
                let mut names = BTreeSet::new();
                while let Some((name, value)) = members.next_entry::<String, Json>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format_args!("member {name} is there twice")));
                    }
                    read.push((name, value));
                }
                Ok(Json::Object(read))
            }
        }

        deserializer.deserialize_any(Reads)
    }
}

/// The members of one object, all of them known.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    pointer: String,
    members: &'a [(String, Json)],
}

/// One value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    pointer: String,
    value: &'a Json,
}

impl<'a> Members<'a> {
    /// The members of a body, which must be an object with no other members than the known ones.
    pub(crate) fn of_body(body: &'a Json, known: &[&str]) -> Result<Self, Refusal> {
        Field { pointer: String::new(), value: body }.object(known)
    }

    /// A member that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<Field<'a>, Refusal> {
        self.optional(name).ok_or_else(|| {
            let pointer = format!("{}/{name}", self.pointer);
            Refusal::parameter(Place::Body, &pointer, "", "此字段为必填项")
        })
    }

    /// A member that may be there.
    pub(crate) fn optional(&self, name: &str) -> Option<Field<'a>> {
        let (_, value) = self.members.iter().find(|(other, _)| other == name)?;
        Some(Field { pointer: format!("{}/{name}", self.pointer), value })
    }
}

impl<'a> Field<'a> {
    /// An object with no other members than the known ones, and none of them null.
    pub(crate) fn object(&self, known: &[&str]) -> Result<Members<'a>, Refusal> {
        let Json::Object(members) = self.value else {
            return Err(self.wrong("类型错误，应为对象"));
        };
        for (name, value) in members {
            let pointer = format!("{}/{name}", self.pointer);
            if !known.contains(&name.as_str()) {
                return Err(Refusal::unknown_member(Place::Body, &pointer, &value.shown()));
            }
            if *value == Json::Null {
                return Err(Refusal::parameter(Place::Body, &pointer, "null", "值不能为null"));
            }
        }
        Ok(Members { pointer: self.pointer.clone(), members })
    }

    /// Text of so many characters.
    pub(crate) fn text(&self, min: usize, max: usize) -> Result<&'a str, Refusal> {
        let Json::Text(text) = self.value else {
            return Err(self.wrong("类型错误，应为字符串"));
        };
        let count = text.chars().count();
        if count < min {
            return Err(self.out_of_range(&format!("字符串长度不能小于{min}")));
        }
        if count > max {
            return Err(self.out_of_range(&format!("字符串长度不能大于{max}")));
        }
        if text.chars().any(|c| c.len_utf8() > 3) {
            return Err(self.wrong("含有UTF-8编码超过三字节的字符（如表情符号）"));
        }
        if text.chars().any(char::is_control) {
            return Err(self.wrong("含有不可见字符"));
        }
        Ok(text)
    }

    /// Text of so many characters, all of them allowed ones.
    pub(crate) fn text_of(
        &self,
        min: usize,
        max: usize,
        allowed: fn(u8) -> bool,
    ) -> Result<&'a str, Refusal> {
        let text = self.text(min, max)?;
        if text.bytes().all(allowed) { Ok(text) } else { Err(self.wrong("含有不允许的字符")) }
    }

    /// One of these texts.
    pub(crate) fn one_of(&self, allowed: &[&str]) -> Result<&'a str, Refusal> {
        let text = self.text(0, usize::MAX)?;
        if allowed.contains(&text) {
            Ok(text)
        } else {
            Err(self.wrong(&format!("枚举值错误，应为{}之一", allowed.join("、"))))
        }
    }

    /// An integer, not smaller than `min`.
    pub(crate) fn integer(&self, min: i64) -> Result<i64, Refusal> {
        let Json::Integer(number) = *self.value else {
            return Err(self.wrong("类型错误，应为整数"));
        };
        if number < min { Err(self.out_of_range(&format!("值低于最小值 {min}"))) } else { Ok(number) }
    }

    pub(crate) fn boolean(&self) -> Result<bool, Refusal> {
        match *self.value {
            Json::Boolean(is) => Ok(is),
            _ => Err(self.wrong("类型错误，应为布尔值")),
        }
    }

    /// The items of a list of at least so many.
    pub(crate) fn items(&self, min: usize) -> Result<Vec<Field<'a>>, Refusal> {
        let Json::Array(items) = self.value else {
            return Err(self.wrong("类型错误，应为数组"));
        };
        if items.len() < min {
            return Err(self.out_of_range(&format!("数组长度不能小于{min}")));
        }
        let at = |(index, value)| Field { pointer: format!("{}/{index}", self.pointer), value };
        Ok(items.iter().enumerate().map(at).collect())
    }

    /// The value as it is.
    pub(crate) fn value(&self) -> serde_json::Value {
        self.value.to_value()
    }

    /// The refusal of this value for an issue.
    pub(crate) fn wrong(&self, issue: &str) -> Refusal {
        Refusal::parameter(Place::Body, &self.pointer, &self.value.shown(), issue)
    }

    fn out_of_range(&self, issue: &str) -> Refusal {
        Refusal::range(Place::Body, &self.pointer, &self.value.shown(), issue)
    }
}
