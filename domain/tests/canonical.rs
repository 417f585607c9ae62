//! One spelling of every document, held to the vectors of RFC 8785.

use ehia_domain::{
    canonical::{LARGEST, Spelt, bytes, bytes_with, sha256, sound},
    text::Path,
    workflow::definition::Workflow,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn spelt(value: &Value) -> String {
    String::from_utf8(bytes(value).unwrap()).unwrap()
}

/// RFC 8785, section 3.2.2, without its 1E30, which is refused here.
#[test]
fn literals_strings_and_numbers_are_spelt_as_in_the_rfc() {
    let sample = r#"{
        "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = concat!(
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"#,
        r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    assert_eq!(spelt(&serde_json::from_str(sample).unwrap()), expected);
}

/// As when all of it is spelt at once, wherever the members stand among the others.
#[test]
fn a_document_is_spelt_alike_with_members_that_were_spelt_before() {
    let sample = json!({ "b": [1, 2], "\u{20ac}": "Euro", "\u{1f600}": { "z": 1, "a": null }, "form": "x", "\u{fb33}": 2 });
    let all = sample.as_object().unwrap();
    let keys: Vec<&String> = all.keys().collect();
    for chosen in 0..1_u32 << keys.len() {
        let is_member = |key: &String| chosen >> keys.iter().position(|one| *one == key).unwrap() & 1 == 1;
        let members: Vec<(&str, Spelt)> = keys
            .iter()
            .filter(|key| is_member(key))
            .map(|key| (key.as_str(), Spelt::of(&all[*key]).unwrap()))
            .collect();
        let members: Vec<(&str, &Spelt)> = members.iter().map(|(key, spelt)| (*key, spelt)).collect();
        let own = all
            .iter()
            .filter(|(key, _)| !is_member(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        assert_eq!(bytes_with(&Value::Object(own), &members).unwrap(), bytes(&sample).unwrap(), "{chosen:b}");
    }
    let twice = bytes_with(&sample, &[("form", &Spelt::default())]).unwrap_err();
    assert_eq!((twice.code.as_str(), twice.path), ("INVALID", Path::of(["form"])));
    let unsound = json!({ "n": [LARGEST + 1] });
    assert_eq!(bytes_with(&unsound, &[]).unwrap_err().path, Path::of(["n", "0"]));
    let odd = json!({ "a\"\\\n\u{7f}": { "b\t": "\u{1}" }, "form": {} });
    assert_eq!(bytes_with(&odd, &[]).unwrap(), bytes(&odd).unwrap());
    assert_eq!(bytes_with(&json!({}), &[]).unwrap(), b"{}");
    for refused in [json!({ "a\0b": 1 }), json!({ "a": { "\0": 1 } })] {
        assert_eq!(bytes_with(&refused, &[]).unwrap_err(), bytes(&refused).unwrap_err());
    }
    for hollow in [json!([]), json!(null), json!("x")] {
        assert_eq!(bytes_with(&hollow, &[]).unwrap_err().code, "INVALID", "{hollow}");
    }
}

/// A copy of a definition may be changed, and is then spelt as it says.
#[test]
fn what_a_definition_keeps_of_how_it_is_spelt_is_not_copied() {
    let shipped = Workflow::shipped("ehia", 1).unwrap();
    assert_eq!(shipped.spelt().unwrap(), &Spelt::of(shipped).unwrap());
    let mut copy = shipped.clone();
    assert_eq!(&copy, shipped);
    copy.title = "Another".into();
    assert_eq!(copy.spelt().unwrap(), &Spelt::of(&copy).unwrap());
    assert_ne!(copy.spelt().unwrap(), shipped.spelt().unwrap());
}

/// RFC 8785, section 3.2.3: keys by their UTF-16 code units.
#[test]
fn keys_are_sorted_as_in_the_rfc() {
    let sample = r#"{
        "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let spelt = spelt(&serde_json::from_str(sample).unwrap());
    let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
    let places: Vec<usize> = order.iter().map(|word| spelt.find(word).unwrap()).collect();
    assert!(places.is_sorted(), "{spelt}");
}

/// RFC 8785, appendix B, as far as it lies within 2^53.
#[test]
fn numbers_are_spelt_as_in_the_rfc() {
    for (bits, expected) in [
        (0x0000_0000_0000_0000_u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        assert_eq!(spelt(&json!(f64::from_bits(bits))), expected);
    }
}

#[test]
fn the_largest_integer_is_kept_and_the_next_refused() {
    assert_eq!(LARGEST, (1 << 53) - 1);
    for kept in [json!(LARGEST), json!(-LARGEST), json!(0), json!(9_007_199_254_740_991.0)] {
        assert!(bytes(&kept).is_ok(), "{kept}");
    }
    let refused = [
        json!(LARGEST + 1),
        json!(-LARGEST - 1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e30),
        json!(-1e300),
    ];
    for number in refused {
        let violation = sound(&json!({"a": [1, {"b": number}]}), &Path::of(["answers"])).unwrap_err();
        assert_eq!(violation.path, Path::of(["answers", "a", "1", "b"]), "{number}");
        assert!(bytes(&number).is_err(), "{number}");
    }
}

#[test]
fn u_0000_is_refused_in_text_and_in_keys() {
    let violation = sound(&json!({"a": ["x", "a\0b"]}), &Path::default()).unwrap_err();
    assert_eq!(violation.path, Path::of(["a", "1"]));
    assert_eq!(sound(&json!({"a": {"\0": 1}}), &Path::default()).unwrap_err().path, Path::of(["a"]));
    assert!(bytes(&json!("\u{1}")).is_ok());
}

#[test]
fn a_map_whose_keys_are_no_text_is_refused() {
    let map = std::collections::BTreeMap::from([(vec![1], 1)]);
    assert!(bytes(&map).is_err());
}

/// FIPS 180-2, appendix B.1.
#[test]
fn the_digest_is_sha_256_in_lower_case() {
    assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

proptest! {
    #[test]
    fn what_is_spelt_is_read_back_and_spelt_the_same(text in ".{0,20}", number in -1000_i64..1000, fraction in -1.0_f64..1.0) {
        let document = json!({"text": text.replace('\0', ""), "number": number, "fraction": fraction, "list": [null, true]});
        let once = bytes(&document).unwrap();
        let read: Value = serde_json::from_slice(&once).unwrap();
        prop_assert_eq!(bytes(&read).unwrap(), once);
    }
}
