//! Strict reading of requests: a wrong field is refused by its name.

use serde::de::DeserializeOwned;

/// Which field of a body was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct FieldError {
    /// Path of the field, such as `lines[0].amount`; `body` for the whole.
    pub field: String,
    /// What is wrong and what is expected.
    pub detail: String,
}

impl FieldError {
    /// An error about one field.
    pub fn new(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self { field: field.into(), detail: detail.to_string() }
    }
}

/// Reads a JSON body whose type refuses unknown fields.
///
/// # Errors
/// Names the field that is missing, unknown, given twice, or of a wrong type or value.
pub fn read_request<T: DeserializeOwned>(body: &[u8]) -> Result<T, FieldError> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(FieldError::new("body", "must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let detail = error.inner().to_string();
        let field = match (path.as_str(), named_by_serde(&detail)) {
            _ if !error.inner().is_data() => "body".to_owned(),
            (".", Some(name)) => name.to_owned(),
            (".", None) => "body".to_owned(),
            (_, Some(name)) => format!("{path}.{name}"),
            (_, None) => path,
        };
        FieldError { field, detail }
    })?;
    json.end().map_err(|error| FieldError::new("body", error))?;
    Ok(value)
}

/// The path of a missing or doubled field ends at what holds it; the field's own name stands in the message alone.
fn named_by_serde(detail: &str) -> Option<&str> {
    let name = detail.strip_prefix("missing field `").or_else(|| detail.strip_prefix("duplicate field `"))?;
    name.split('`').next()
}
