use super::*;

fn key(text: &str) -> ApiKey {
    ApiKey::new(text.as_bytes()).unwrap()
}

fn signing(sign_type: SignType) -> Signing {
    Signing { key: key("k3y0fTheShopXXXX2026abcdEFGH0199"), sign_type }
}

fn fields<'a>(list: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = Fields::new();
    for (name, value) in list {
        fields.set(*name, *value);
    }
    fields
}

fn order() -> Fields<'static> {
    fields(&[
        ("Zeta", "0"),
        ("appid", "wx1f2e3d4c5b6a7988"),
        ("attach", ""),
        ("body", "绿豆咖啡-拿铁"),
        ("mch_id", "1688001234"),
        ("nonce_str", "Zk3Qp9LmT0vX7rB2"),
        ("notify_url", "https://pay.example.cn/wx/v2/notify"),
        ("out_trade_no", "KB20260801-0007"),
        ("product_id", "latte-01"),
        ("spbill_create_ip", "203.0.113.9"),
        ("total_fee", "1280"),
        ("trade_type", "NATIVE"),
    ])
}

#[test]
fn the_published_sample_signs_as_published() {
    let sample = fields(&[
        ("appid", "wxd930ea5d5a258f4f"),
        ("mch_id", "10000100"),
        ("device_info", "1000"),
        ("body", "test"),
        ("nonce_str", "ibuaiVcKdpRxkhJA"),
    ]);
    let mut signing = Signing { key: key("192006250b4c09247ec02edce69f6a2d"), sign_type: SignType::Md5 };
    assert_eq!(signing.sign(&sample), "9A0A8659F005D6984697E2CA0A9CF3B7");
    signing.sign_type = SignType::HmacSha256;
    assert_eq!(signing.sign(&sample), "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6");
}

#[test]
fn capitals_come_first_zero_is_signed_and_empty_is_not() {
    assert_eq!(signing(SignType::Md5).sign(&order()), "74EF141BDE1884EB9F2B6674EFFCEFE2");
    assert_eq!(
        signing(SignType::HmacSha256).sign(&order()),
        "AC40C74D64ED68CEEC472BA2977698B62C0483824EF1E179E514F8DFC0AE6627"
    );
}

#[test]
fn a_static_code_signs_as_the_protocol_has_it() {
    let code = fields(&[
        ("appid", "wx1f2e3d4c5b6a7988"),
        ("mch_id", "1688001234"),
        ("nonce_str", "Zk3Qp9LmT0vX7rB2"),
        ("product_id", "latte-01"),
        ("time_stamp", "1785549600"),
    ]);
    assert_eq!(signing(SignType::Md5).sign(&code), "25E22485E4483EE9FF677459BBEE4751");
}

#[test]
fn what_is_written_verifies_on_the_other_side_whatever_the_case_of_its_digits() {
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        let signing = signing(sign_type);
        let message = signing.write(order()).unwrap();
        let mut read = Fields::read(ROOT, &message).unwrap();
        assert_eq!(signing.verify(&read), Ok(()));
        let lower = read.get(SIGN).unwrap().to_ascii_lowercase();
        read.set(SIGN, lower);
        assert_eq!(signing.verify(&read), Ok(()));
    }
}

#[test]
fn a_field_changed_added_or_taken_away_breaks_the_signature() {
    let signing = signing(SignType::Md5);
    let mut signed = order();
    signed.set(SIGN, signing.sign(&order()));
    for (name, value) in
        [("total_fee", "1"), ("new_to_us", "1"), ("total_fee", ""), ("body", "绿豆咖啡-拿铁 ")]
    {
        let mut forged = signed.clone();
        forged.set(name, value);
        assert_eq!(signing.verify(&forged), Err(Unsigned::Signature), "{name}={value}");
    }
    signed.set("coupon_fee", "");
    assert_eq!(signing.verify(&signed), Ok(()), "an empty field takes no part");
}

#[test]
fn another_key_is_another_signature() {
    let mut message = order();
    message.set(SIGN, signing(SignType::Md5).sign(&order()));
    let other = Signing { key: key("K3y0fTheShopXXXX2026abcdEFGH0199"), sign_type: SignType::Md5 };
    assert_eq!(other.verify(&message), Err(Unsigned::Signature));
}

#[test]
fn only_the_agreed_algorithm_is_believed() {
    let (md5, hmac) = (signing(SignType::Md5), signing(SignType::HmacSha256));
    let mut message = order();
    message.set(SIGN, md5.sign(&order()));
    assert_eq!(hmac.verify(&message), Err(Unsigned::Length { sign_type: SignType::HmacSha256 }));
    message.set(SIGN, hmac.sign(&order()));
    assert_eq!(md5.verify(&message), Err(Unsigned::Length { sign_type: SignType::Md5 }));
    // A message that names the algorithm with which it is rightly signed is still not of the agreed one.
    let mut named = order();
    named.set(SIGN_TYPE, "MD5");
    named.set(SIGN, md5.sign(&named));
    assert_eq!(md5.verify(&named), Ok(()));
    assert_eq!(hmac.verify(&named), Err(Unsigned::SignType));
    named.set(SIGN_TYPE, "md5");
    named.set(SIGN, md5.sign(&named));
    assert_eq!(md5.verify(&named), Err(Unsigned::SignType));
}

#[test]
fn without_a_signature_or_without_fields_nothing_is_believed() {
    let md5 = signing(SignType::Md5);
    assert_eq!(md5.verify(&order()), Err(Unsigned::Missing));
    let mut message = order();
    message.set(SIGN, "");
    assert_eq!(md5.verify(&message), Err(Unsigned::Missing));
    let mut nothing = fields(&[("attach", "")]);
    nothing.set(SIGN, md5.sign(&Fields::new()));
    assert_eq!(md5.verify(&nothing), Err(Unsigned::Empty));
    assert_eq!(md5.verify(&Fields::new()), Err(Unsigned::Empty));
}

#[test]
fn a_request_that_names_no_algorithm_is_signed_with_md5() {
    assert_eq!(SignType::of_request(&order()), Ok(SignType::Md5));
    assert_eq!(SignType::of_request(&fields(&[(SIGN_TYPE, "")])), Ok(SignType::Md5));
    assert_eq!(SignType::of_request(&fields(&[(SIGN_TYPE, "MD5")])), Ok(SignType::Md5));
    assert_eq!(SignType::of_request(&fields(&[(SIGN_TYPE, "HMAC-SHA256")])), Ok(SignType::HmacSha256));
    assert_eq!(SignType::of_request(&fields(&[(SIGN_TYPE, "RSA")])), Err(Unsigned::SignType));
}

#[test]
fn an_api_key_is_32_visible_characters_and_never_printed() {
    assert_eq!(ApiKey::new(b"short").unwrap_err(), ApiKeyError::Length { bytes: 5 });
    assert_eq!(ApiKey::new(&[b'a'; 33]).unwrap_err(), ApiKeyError::Length { bytes: 33 });
    for wrong in [b' ', b'\n', 0, 0xe4] {
        let mut text = [b'a'; 32];
        text[31] = wrong;
        assert_eq!(ApiKey::new(&text).unwrap_err(), ApiKeyError::Characters);
    }
    assert_eq!(format!("{:?}", signing(SignType::Md5)), "Signing { key: ApiKey(…), sign_type: Md5 }");
}
