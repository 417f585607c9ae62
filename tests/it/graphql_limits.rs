//! What a hostile query is told, before any work is done.

use std::fmt::Write as _;

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
fn a_long_chain_of_fragments_is_refused_and_does_not_overflow() {
    let mut chain = String::from("{ ...F0 }");
    for level in 0..5_000 {
        write!(chain, " fragment F{level} on Q {{ ...F{} }}", level + 1).unwrap();
    }
    refused(&chain, "Fragments");
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
