//! What a hostile query is told, before any work is done.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use async_graphql::{Request, Variables, parser::types::OperationType};
use ehia::graphql::limit::Limits;
use serde_json::json;

fn admit(query: &str) -> Result<Option<OperationType>, (String, String)> {
    admit_request(&mut Request::new(query))
}

fn admit_request(request: &mut Request) -> Result<Option<OperationType>, (String, String)> {
    Limits::default().admit(request).map_err(|error| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        let code = code.map_or_else(|| "none".to_owned(), ToString::to_string);
        (code.trim_matches('"').to_owned(), error.message)
    })
}

fn refused(query: &str, word: &str) {
    let (code, message) = admit(query).expect_err("the query is refused");
    assert_eq!(code, "LIMIT_EXCEEDED", "{message}");
    assert!(message.contains(word), "{message}");
}

fn bad(query: &str, word: &str) {
    let (code, message) = admit(query).expect_err("the query is refused");
    assert_eq!(code, "BAD_REQUEST", "{message}");
    assert!(message.contains(word), "{message}");
}

/// Less than a second, parsing included.
fn promptly(refuse: impl FnOnce()) {
    let start = Instant::now();
    refuse();
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(1), "{taken:?}");
}

#[test]
fn a_query_is_admitted_with_its_kind() {
    assert_eq!(admit("{ viewer { person { name } } }"), Ok(Some(OperationType::Query)));
    assert_eq!(admit("mutation { signOut { errors { code } } }"), Ok(Some(OperationType::Mutation)));
    assert_eq!(admit("query A { a } query B { b }"), Ok(None));
    let mut named = Request::new("query A { a } mutation B { b }").operation_name("B");
    assert_eq!(admit_request(&mut named), Ok(Some(OperationType::Mutation)));
}

#[test]
fn depth_beyond_sixteen_is_refused_also_through_fragments() {
    let nested = |depth: usize| format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth));
    assert!(admit(&nested(16)).is_ok());
    refused(&nested(17), "nested too deeply; at most 16");
    refused(&format!("{{ x {{ ...F }} }} fragment F on Q {}", nested(16)), "nested too deeply; at most 16");
}

#[test]
fn brackets_are_counted_before_the_parser_runs() {
    for open in ["{a", "[", "(a:", "{a(b:{c:["] {
        let depth = 200_000 / open.len();
        refused(&open.repeat(depth), "Brackets");
        refused(&format!("{{ a(b: {} ) }}", "[".repeat(depth)), "Brackets");
    }
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let many = "{[(".repeat(100);
    assert!(admit(&format!("# {many}\n{{ a(b: \"{many} \\\" {many}\") }}")).is_ok());
    assert!(admit(&format!("{{ a(b: \"\"\"{many} \" \\\"\"\" {many}\"\"\") }}")).is_ok());
    refused(&format!("{{ a(b: \"\") }} {}", "{a".repeat(41)), "Brackets");
    refused(&format!("{{ a(b: \"\\\\\") }} {}", "{a".repeat(41)), "Brackets");
}

#[test]
fn a_fragment_is_weighed_as_often_as_it_is_spread_without_unfolding_it() {
    let mut bomb = String::from("{ ...F0 }");
    for level in 0..30 {
        write!(bomb, " fragment F{level} on Q {{ ...F{next} ...F{next} }}", next = level + 1).unwrap();
    }
    bomb.push_str(" fragment F30 on Q { a }");
    refused(&bomb, "too many fields");
}

#[test]
fn spreads_that_double_and_end_in_nothing_are_refused_promptly() {
    let mut bomb = String::from("{ ...F0 }");
    for level in 0..30 {
        write!(bomb, " fragment F{level} on Query {{ ...F{next} ...F{next} }}", next = level + 1).unwrap();
    }
    promptly(|| bad(&format!("{bomb} fragment F30 on Query {{ ...Missing }}"), "`Missing` does not exist"));
    promptly(|| bad(&bomb, "`F30` does not exist"));
}

#[test]
fn a_spread_counts_also_of_a_fragment_that_has_one_field() {
    let spreads = |count: usize| format!("{{ {} }} fragment F on Q {{ a }}", "...F ".repeat(count));
    // Two for each spread, and one for the fragment itself.
    assert!(admit(&spreads(2_499)).is_ok());
    refused(&spreads(2_500), "too many fields");
}

/// Fragments of which each spreads the next, and the last has a field.
fn chain(length: usize) -> String {
    let mut chain = String::new();
    for level in 1..length {
        write!(chain, " fragment F{} on Query {{ ...F{level} }}", level - 1).unwrap();
    }
    chain + &format!(" fragment F{} on Query {{ a }}", length - 1)
}

#[test]
fn a_long_chain_of_fragments_is_refused_and_does_not_overflow() {
    assert!(admit(&format!("{{ ...F0 }} {}", chain(30))).is_ok());
    refused(&format!("{{ ...F0 }} {}", chain(41)), "Fragments of the query are nested too deeply");
    // Weighed from the end, so that none of them is nested deeply when it is put on the scale.
    let backwards: String =
        (0..60).rev().fold(String::new(), |spreads, level| spreads + &format!("...F{level} "));
    refused(&format!("{{ {backwards} }} {}", chain(60)), "Fragments of the query are nested too deeply");
    promptly(|| refused(&format!("{{ ...F0 }} {}", chain(7_000)), "too many words; at most 10000"));
}

#[test]
fn fragments_that_no_operation_uses_are_refused_promptly() {
    promptly(|| refused(&format!("{{ a }} {}", chain(7_000)), "too many words; at most 10000"));
    promptly(|| refused(&format!("{{ a }} {}", chain(1_000)), "too many fragments; at most 100"));
    bad(&format!("{{ a }} {}", chain(100)), "`F0` is not used");
    bad("{ ...A } fragment A on Q { a } fragment B on Q { ...A ...B }", "`B` is not used");
}

#[test]
fn operations_are_weighed_together_and_promptly() {
    let operations = |count: usize, fields: usize| {
        let mut document = format!("fragment F on Query {{ {} }}", "a ".repeat(fields));
        for index in 0..count {
            write!(document, " query Q{index} {{ ...F }}").unwrap();
        }
        document
    };
    promptly(|| refused(&operations(3_000, 4_900), "too many words; at most 10000"));
    promptly(|| refused(&operations(1_000, 450), "too many operations; at most 10"));
    refused(&operations(11, 1), "too many operations; at most 10");
    assert!(admit(&operations(10, 450)).is_ok());
    promptly(|| refused(&operations(10, 460), "too many fields"));
}

#[test]
fn words_are_counted_before_the_parser_runs() {
    for word in ["a ", "1,", "\"\"", "[]", "a:b "] {
        promptly(|| refused(&word.repeat(80_000), "too many words"));
    }
    let quiet = "a b ".repeat(10_000);
    assert!(admit(&format!("# {quiet}\n{{ a(b: \"{quiet}\") }}")).is_ok());
}

#[test]
fn arguments_and_variables_are_counted() {
    let arguments = |count: usize| format!("{{ a({}) }}", "b:1,".repeat(count));
    assert!(admit(&arguments(50)).is_ok());
    refused(&arguments(51), "too many arguments");
    promptly(|| refused(&arguments(60_000), "too many words"));
    let variables = |count: usize| format!("query ({}) {{ a }}", "$b:I,".repeat(count));
    assert!(admit(&variables(100)).is_ok());
    refused(&variables(101), "too many variables");
}

/// The heaviest documents that are admitted: what comes after is bounded, too.
#[tokio::test]
async fn what_is_admitted_is_soon_validated() {
    let schema = ehia::graphql::schema(Limits::default(), false);
    let mut nested = String::from("{ ...F0 } fragment F9 on Query { x }");
    for level in 0..9 {
        write!(nested, " fragment F{level} on Query {{ ...F{next} ...F{next} }}", next = level + 1).unwrap();
    }
    let other = format!("x({}) ", "c:1,".repeat(50));
    for document in [
        nested,
        format!("{{ {} }}", "x ".repeat(5_000)),
        format!("{{ x({}) {} }}", "b:1,".repeat(50), other.repeat(97)),
    ] {
        admit(&document).expect("it is within the limits");
        let start = Instant::now();
        assert!(schema.execute(document.as_str()).await.is_err());
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

#[test]
fn a_fragment_that_spreads_itself_is_refused() {
    let (code, message) = admit("{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }").unwrap_err();
    assert_eq!(code, "BAD_REQUEST");
    assert!(message.contains("spreads itself"), "{message}");
}

#[test]
fn aliases_directives_fields_and_root_mutations_have_their_own_counters() {
    let many = |part: &dyn Fn(usize) -> String, count: usize| (0..count).map(part).collect::<String>();
    let alias = |index| format!("a{index}: a ");
    assert!(admit(&format!("{{ {} }}", many(&alias, 100))).is_ok());
    refused(&format!("{{ {} }}", many(&alias, 101)), "renames");
    refused(&format!("{{ {} }}", many(&|_| "a @skip(if: true) ".into(), 51)), "directives");
    refused(&format!("{{ {} }}", many(&|_| "a ".into(), 5_001)), "fields");
    assert!(admit(&format!("mutation {{ {} }}", many(&|_| "signOut ".into(), 20))).is_ok());
    refused(&format!("mutation {{ {} }}", many(&|_| "signOut ".into(), 21)), "root fields");
    refused(
        &format!("mutation {{ ...F }} fragment F on Mutation {{ {} }}", many(&|_| "signOut ".into(), 21)),
        "root fields",
    );
}

#[test]
fn a_page_above_one_hundred_is_refused_wherever_its_size_is_given() {
    assert!(admit("{ assessments(first: 100) { nodes { id } } }").is_ok());
    refused("{ assessments(first: 101) { nodes { id } } }", "`first` is at most 100");
    refused("{ assessments(last: 101) { nodes { id } } }", "`last` is at most 100");
    refused("query ($n: Int = 500) { assessments(first: $n) { nodes { id } } }", "`first`");
    refused("{ viewer { ...F } } fragment F on Viewer { tasks(first: 1000) { nodes { kind } } }", "`first`");
    let given = |n: i64| {
        Request::new("query ($n: Int) { assessments(first: $n) { nodes { id } } }")
            .variables(Variables::from_json(json!({ "n": n })))
    };
    assert!(admit_request(&mut given(100)).is_ok());
    assert!(admit_request(&mut given(101)).is_err());
}

#[test]
fn a_query_that_does_not_parse_says_where() {
    let (_, message) = admit("{ a(").unwrap_err();
    assert!(message.contains("1:5"), "{message}");
}
