//! The committed OpenAPI document is the one that the types give.
#![allow(clippy::unwrap_used, reason = "a test")]

mod pinned;

#[test]
fn the_committed_openapi_document_is_current() {
    let mut text = saoma_contract::openapi::document().to_pretty_json().unwrap();
    text.push('\n');
    pinned::assert_pinned("openapi.json", &text);
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = serde_json::to_value(saoma_contract::openapi::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut open = vec![&document];
    let mut references = 0;
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Object(members) => {
                if let Some(serde_json::Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').expect("all references are local");
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                    references += 1;
                }
                open.extend(members.values());
            }
            serde_json::Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(references > 30, "only {references} references: the document is not whole");
}
