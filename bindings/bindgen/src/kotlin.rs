//! Makes Kotlin sources (and any other language's that UniFFI knows but Swift) out of a built library.

fn main() {
    uniffi::uniffi_bindgen_main();
}
