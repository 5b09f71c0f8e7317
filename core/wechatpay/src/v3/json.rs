//! Parsing JSON with errors that name the field by its path and never repeat a value, since values may be personal.

use serde::de::DeserializeOwned;
use thiserror::Error;

/// A JSON body that does not have the shape WeChat Pay documents.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {problem}")]
pub struct JsonError {
    /// Where, such as `promotion_detail[0].amount`; a single dot for the whole.
    pub path: String,
    /// What is wrong there, such as `missing` or `expected i64`.
    pub problem: String,
}

impl JsonError {
    pub(super) fn new(path: &str, problem: &str) -> Self {
        Self { path: path.to_owned(), problem: problem.to_owned() }
    }
}

pub(super) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let parent = error.path().to_string();
        let inner = error.into_inner();
        if !inner.is_data() {
            return JsonError::new(".", "not whole JSON");
        }
        let text = inner.to_string();
        let field = |prefix: &str| {
            let name = text.strip_prefix(prefix)?.split('`').next()?;
            Some(match parent.as_str() {
                "." => name.to_owned(),
                parent => format!("{parent}.{name}"),
            })
        };
        if let Some(path) = field("missing field `") {
            return JsonError::new(&path, "missing");
        }
        if let Some(path) = field("duplicate field `") {
            return JsonError::new(&path, "there twice");
        }
        // serde writes "invalid type: string \"…\", expected i64 at line 1 column 7", of which only the end is free of
        // values; this crate's own types write "must …".
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        let problem = match text.rsplit_once("expected ") {
            _ if text.starts_with("must ") => text.to_owned(),
            Some((_, expected)) => format!("expected {expected}"),
            None => "malformed".to_owned(),
        };
        JsonError::new(&parent, &problem)
    })?;
    json.end().map_err(|_| JsonError::new(".", "something follows the JSON"))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[allow(dead_code)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[allow(dead_code)]
        total: i64,
    }

    fn problem(json: &str) -> String {
        from_slice::<Outer>(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_the_path_of_the_field() {
        assert_eq!(problem(r"{}"), "inner: missing");
        assert_eq!(problem(r#"{"inner":[{"total":1},{}]}"#), "inner[1].total: missing");
        assert_eq!(problem(r#"{"inner":[{"total":1,"total":2}]}"#), "inner[0].total: there twice");
        assert_eq!(problem(r#"{"inner":[{"total":1.5}]}"#), "inner[0].total: expected i64");
        assert_eq!(problem(r#"{"inner":[{"total":null}]}"#), "inner[0].total: expected i64");
    }

    #[test]
    fn an_error_never_repeats_a_value() {
        let text = problem(r#"{"inner":[{"total":"oKB1xYz, expected secret"}]}"#);
        assert_eq!(text, "inner[0].total: expected i64");
    }

    #[test]
    fn broken_or_overfull_json_is_refused() {
        assert_eq!(problem(r#"{"inner":["#), ".: not whole JSON");
        assert_eq!(problem(""), ".: not whole JSON");
        assert_eq!(problem(r#"{"inner":[]}x"#), ".: something follows the JSON");
    }
}
