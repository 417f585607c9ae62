//! Amounts are whole pence, spelt as decimal text.

use ehia_domain::{
    canonical::LARGEST,
    proposal::{Money, Proposal},
};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn amounts_are_read_in_pounds_with_at_most_two_places() {
    for (text, pence, printed) in [
        ("21500000.00", 2_150_000_000, "21500000.00"),
        ("0", 0, "0.00"),
        ("-0", 0, "0.00"),
        ("1", 100, "1.00"),
        ("1.5", 150, "1.50"),
        ("0.05", 5, "0.05"),
        ("-0.05", -5, "-0.05"),
        ("-12.34", -1234, "-12.34"),
        ("007", 700, "7.00"),
        ("90071992547409.91", LARGEST, "90071992547409.91"),
        ("-90071992547409.91", -LARGEST, "-90071992547409.91"),
    ] {
        let money = Money::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((money.pence(), money.to_string()), (pence, printed.to_owned()), "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "-",
        ".",
        "1.",
        ".5",
        "1.234",
        "1,000.00",
        "1 000",
        "+1",
        "--1",
        "-+1",
        "1e3",
        "£1",
        "1.-5",
        "1.5.0",
        "NaN",
        "١",
        "90071992547409.92",
        "-90071992547409.92",
        "92233720368547758.08",
        "99999999999999999999",
    ] {
        assert_eq!(Money::parse(text), None, "{text}");
    }
    assert_eq!(Money::from_pence(LARGEST + 1), None);
    assert_eq!(Money::from_pence(i64::MIN), None);
    assert_eq!(Money::from_pence(-LARGEST).map(Money::pence), Some(-LARGEST));
}

#[test]
fn documents_hold_text_and_numbers_are_refused_with_what_to_write() {
    let read = |value| serde_json::from_value::<Proposal>(json!({ "saving": value }));
    assert_eq!(read(json!("1250")).unwrap().saving.map(Money::pence), Some(125_000));
    assert_eq!(json!(read(json!("1250")).unwrap())["saving"], json!("1250.00"));
    assert!(read(json!(1250)).is_err());
    let told = read(json!("a lot")).unwrap_err().to_string();
    assert!(told.contains("a lot") && told.contains("1250.00"), "{told}");
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(pence in -LARGEST..=LARGEST) {
        let money = Money::from_pence(pence).unwrap();
        prop_assert_eq!(Money::parse(&money.to_string()), Some(money));
    }

    #[test]
    fn no_text_panics(text in ".{0,30}", digits in "-?[0-9]{0,25}\\.?[0-9]{0,4}") {
        let _ = Money::parse(&text);
        let _ = Money::parse(&digits);
    }
}
