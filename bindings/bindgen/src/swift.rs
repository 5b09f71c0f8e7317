//! Makes Swift sources, the C header and its module map out of a built library.

fn main() {
    uniffi::uniffi_bindgen_swift();
}
