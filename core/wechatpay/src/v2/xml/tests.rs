use super::*;

fn read(document: &str) -> Result<Fields<'_>, XmlError> {
    Fields::read(ROOT, document.as_bytes())
}

fn refused(document: &str) -> XmlError {
    read(document).unwrap_err()
}

fn fields<'a>(list: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = Fields::new();
    for (name, value) in list {
        fields.set(*name, *value);
    }
    fields
}

#[test]
fn plain_text_cdata_and_entities_are_the_same_value() {
    let plain = read("<xml><body>tea &amp; milk &lt;hot&gt;</body></xml>").unwrap();
    let cdata = read("<xml><body><![CDATA[tea & milk <hot>]]></body></xml>").unwrap();
    let mixed = read("<xml><body>tea<![CDATA[ & ]]>milk &#60;h&#x6F;t&gt;</body></xml>").unwrap();
    assert_eq!(plain.get("body"), Some("tea & milk <hot>"));
    assert_eq!((&cdata, &mixed), (&plain, &plain));
}

#[test]
fn values_are_not_trimmed_and_an_empty_one_is_there() {
    let found =
        read("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<xml >\n <a> b\n</a ><c/><d></d>\r\n</xml>\n")
            .unwrap();
    assert_eq!(found, fields(&[("a", " b\n"), ("c", ""), ("d", "")]));
    assert_eq!(found.get("e"), None);
}

#[test]
fn line_ends_are_read_as_xml_has_them() {
    let found = read("<xml><a>1\r\n2\r3</a><b><![CDATA[4\r5]]></b><c>6&#13;7</c></xml>").unwrap();
    assert_eq!(found, fields(&[("a", "1\n2\n3"), ("b", "4\n5"), ("c", "6\r7")]));
}

#[test]
fn fields_are_sorted_by_bytes_capitals_before_underline_before_small_letters() {
    let found =
        read("<xml><a>1</a><_>2</_><Z>3</Z><coupon_id_10>4</coupon_id_10><coupon_id_2>5</coupon_id_2></xml>");
    let names: Vec<_> = found.as_ref().unwrap().iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Z", "_", "a", "coupon_id_10", "coupon_id_2"]);
}

#[test]
fn a_message_may_begin_with_a_byte_order_mark() {
    assert_eq!(read("\u{feff}<xml><a>1</a></xml>").unwrap().get("a"), Some("1"));
}

#[test]
fn a_document_type_is_refused() {
    assert_eq!(
        refused("<!DOCTYPE foo [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><a>&x;</a></xml>"),
        XmlError::Doctype
    );
    assert_eq!(refused("<?xml version=\"1.0\"?>\n<!DOCTYPE xml><xml><a>1</a></xml>"), XmlError::Doctype);
    assert_eq!(refused("<xml><!DOCTYPE a><a>1</a></xml>"), XmlError::Doctype);
    assert_eq!(refused("<xml><a>1<!doctype a></a></xml>"), XmlError::Doctype);
    assert_eq!(refused("<xml><a>1</a></xml><!DOCTYPE a>"), XmlError::Doctype);
}

#[test]
fn a_processing_instruction_is_refused() {
    for document in [
        "<?xml-stylesheet href=\"a\"?><xml><a>1</a></xml>",
        "<xml><?php echo?><a>1</a></xml>",
        "<xml><a>1<?b?>2</a></xml>",
        "<xml><a>1</a></xml><?b?>",
    ] {
        assert_eq!(refused(document), XmlError::Instruction, "{document}");
    }
}

#[test]
fn only_a_declaration_of_xml_1_0_in_utf_8_is_taken_and_only_first() {
    for document in [
        "<?xml version=\"1.1\"?><xml><a>1</a></xml>",
        "<?xml version=\"1.0\" encoding=\"GBK\"?><xml><a>1</a></xml>",
        "<?xml encoding=\"utf-8\"?><xml><a>1</a></xml>",
        " <?xml version=\"1.0\"?><xml><a>1</a></xml>",
        "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><xml><a>1</a></xml>",
        "<xml><a>1<?xml version=\"1.0\"?></a></xml>",
        "<xml><a>1</a></xml><?xml version=\"1.0\"?>",
    ] {
        assert_eq!(refused(document), XmlError::Declaration, "{document}");
    }
}

#[test]
fn a_comment_never_splits_a_value() {
    for document in [
        "<!-- a --><xml><a>1</a></xml>",
        "<xml><!-- a --><a>1</a></xml>",
        "<xml><total_fee>1<!-- a -->00</total_fee></xml>",
        "<xml><a>1</a></xml><!-- a -->",
    ] {
        assert_eq!(refused(document), XmlError::Comment, "{document}");
    }
}

#[test]
fn an_unknown_entity_is_refused_by_its_field() {
    for entity in ["&nbsp;", "&xxe;", "&AMP;", "&#0;", "&#xD800;", "&#x110000;", "&#;", "&#x;", "&;"] {
        let document = format!("<xml><b>1</b><a>x{entity}</a></xml>");
        assert_eq!(refused(&document), XmlError::Entity { field: "a".to_owned() }, "{entity}");
    }
    assert_eq!(refused("<xml><a>1 & 2</a></xml>"), XmlError::Malformed);
}

#[test]
fn nul_and_other_control_characters_are_refused_also_by_number() {
    for value in ["\0", "\u{1}", "\u{b}", "\u{1f}", "<![CDATA[\0]]>", "&#1;", "&#x1f;"] {
        assert_eq!(refused(&format!("<xml><a>1{value}</a></xml>")), XmlError::Control, "{value:?}");
    }
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let twice = XmlError::Duplicate { field: "total_fee".to_owned() };
    assert_eq!(refused("<xml><total_fee>1</total_fee><b>2</b><total_fee>100</total_fee></xml>"), twice);
    assert_eq!(refused("<xml><total_fee>1</total_fee><total_fee/></xml>"), twice);
    assert!(read("<xml><total_fee>1</total_fee><Total_fee>2</Total_fee></xml>").is_ok());
}

#[test]
fn a_second_root_and_anything_else_after_the_first_are_refused() {
    assert_eq!(refused("<xml><a>1</a></xml><xml><a>2</a></xml>"), XmlError::SecondRoot);
    assert_eq!(refused("<xml/><xml/>"), XmlError::SecondRoot);
    assert_eq!(refused("<xml><a>1</a></xml>OK"), XmlError::Trailing);
    assert_eq!(refused("<xml><a>1</a></xml><![CDATA[]]>"), XmlError::Trailing);
    assert_eq!(refused("<xml><a>1</a></xml>&amp;"), XmlError::Trailing);
    assert_eq!(refused("<xml><a>1</a></xml></xml>"), XmlError::Malformed);
}

#[test]
fn an_element_inside_a_field_is_refused() {
    let nested = XmlError::Nested { field: "a".to_owned() };
    assert_eq!(refused("<xml><a><b>1</b></a></xml>"), nested);
    assert_eq!(refused("<xml><a>1<b/></a></xml>"), nested);
    let deep = format!("<xml>{}{}</xml>", "<a>".repeat(1000), "</a>".repeat(1000));
    assert_eq!(refused(&deep), nested);
}

#[test]
fn text_between_fields_is_refused() {
    for document in ["<xml>x<a>1</a></xml>", "<xml><a>1</a><![CDATA[ ]]></xml>", "<xml>&lt;<a>1</a></xml>"] {
        assert_eq!(refused(document), XmlError::TextBetween, "{document}");
    }
}

#[test]
fn attributes_and_namespaces_are_refused() {
    assert_eq!(
        refused("<xml xmlns=\"urn:a\"><a>1</a></xml>"),
        XmlError::Attribute { element: "xml".to_owned() }
    );
    for document in ["<xml><a b=\"1\">1</a></xml>", "<xml><a b>1</a></xml>", "<xml><a b='1'/></xml>"] {
        assert_eq!(refused(document), XmlError::Attribute { element: "a".to_owned() }, "{document}");
    }
    assert_eq!(refused("<xml><n:a>1</n:a></xml>"), XmlError::Name);
}

#[test]
fn names_that_no_field_has_are_refused() {
    for name in ["金额", "1a", "-a", ".a", "a:b", "a/b", &"a".repeat(NAME_BYTES_MAX + 1)] {
        assert_eq!(refused(&format!("<xml><{name}>1</{name}></xml>")), XmlError::Name, "{name}");
    }
    let longest = "a".repeat(NAME_BYTES_MAX);
    assert!(read(&format!("<xml><{longest}>1</{longest}></xml>")).is_ok());
}

#[test]
fn another_root_is_refused_as_is_what_is_no_xml() {
    for document in [
        "",
        " \n",
        "OK",
        "{\"code\":\"FAIL\"}",
        "<html><body>log in</body></html>",
        "<XML><a>1</a></XML>",
        "<root><a>1</a></root>",
        "x<xml><a>1</a></xml>",
        "<![CDATA[<xml>]]><a>1</a>",
    ] {
        assert_eq!(refused(document), XmlError::Root, "{document}");
    }
    assert_eq!(Fields::read("root", b"<root><a>1</a></root>").unwrap().get("a"), Some("1"));
}

#[test]
fn a_message_that_is_cut_off_anywhere_is_refused() {
    let whole = "<?xml version=\"1.0\"?><xml><a>1</a><body><![CDATA[tea]]></body><c>&amp;</c></xml>";
    assert!(read(whole).is_ok());
    for end in 0..whole.len() {
        let error = refused(&whole[..end]);
        assert!(
            matches!(error, XmlError::Truncated | XmlError::Root | XmlError::Malformed),
            "{error:?} after {}",
            &whole[..end]
        );
    }
    for end in ["<xml>".len(), "<xml><a>".len(), "<xml><a>1".len(), "<xml><a>1</a>".len()] {
        assert_eq!(refused(&"<xml><a>1</a></xml>"[..end]), XmlError::Truncated);
    }
}

#[test]
fn ends_that_do_not_belong_to_their_starts_are_refused() {
    for document in ["<xml><a>1</b></xml>", "<xml><a>1</xml></a>", "<xml><a>1</A></xml>", "</xml>"] {
        assert_eq!(refused(document), XmlError::Malformed, "{document}");
    }
}

#[test]
fn what_is_not_utf_8_is_refused() {
    assert_eq!(Fields::read(ROOT, b"<xml><a>\xb2\xe8</a></xml>"), Err(XmlError::NotUtf8));
}

#[test]
fn the_longest_message_is_read_and_a_longer_one_is_not() {
    let around = "<xml><a></a></xml>".len();
    let longest = format!("<xml><a>{}</a></xml>", "x".repeat(MESSAGE_BYTES_MAX - around));
    assert!(read(&longest).is_ok());
    let longer = format!("{longest} ");
    assert_eq!(refused(&longer), XmlError::TooLarge { bytes: MESSAGE_BYTES_MAX + 1 });
}

#[test]
fn as_many_fields_as_allowed_are_read_and_no_more() {
    let with = |count: usize| {
        let fields: String = (0..count).map(|n| format!("<a{n}>1</a{n}>")).collect();
        format!("<xml>{fields}</xml>")
    };
    assert_eq!(read(&with(FIELDS_MAX)).unwrap().iter().count(), FIELDS_MAX);
    assert_eq!(refused(&with(FIELDS_MAX + 1)), XmlError::TooMany);
}

#[test]
fn what_is_written_reads_back_and_is_cdata_wherever_it_can_be() {
    let given = fields(&[
        ("attach", ""),
        ("body", "tea & <milk>"),
        ("detail", "{\"a\":[[1]]}"),
        ("e", "a]]>b & <c>\r\n"),
    ]);
    let written = given.write(ROOT).unwrap();
    let expected = "<xml><attach><![CDATA[]]></attach><body><![CDATA[tea & <milk>]]></body>\
        <detail><![CDATA[{\"a\":[[1]]}]]></detail><e>a]]&gt;b &amp; &lt;c&gt;&#13;\n</e></xml>";
    assert_eq!(std::str::from_utf8(&written).unwrap(), expected);
    assert_eq!(Fields::read(ROOT, &written).unwrap(), given);
}

#[test]
fn what_xml_cannot_carry_is_not_written() {
    assert_eq!(fields(&[("a", "1\0")]).write(ROOT), Err(XmlError::Control));
    assert_eq!(fields(&[("a b", "1")]).write(ROOT), Err(XmlError::Name));
    assert_eq!(fields(&[("", "1")]).write(ROOT), Err(XmlError::Name));
}

#[test]
fn a_field_that_is_set_again_has_the_later_value() {
    let mut given = fields(&[("b", "1"), ("a", "2")]);
    given.set("b", "3");
    assert_eq!(given, fields(&[("a", "2"), ("b", "3")]));
}

#[test]
fn debug_output_and_errors_have_names_alone() {
    let found = read("<xml><openid>oKB1xYz</openid></xml>").unwrap();
    assert_eq!(format!("{found:?}"), "{\"openid\"}");
    let error = refused("<xml><openid>oKB1xYz&xxe;</openid></xml>");
    assert_eq!(error.to_string(), "the field openid has an unknown entity");
}
