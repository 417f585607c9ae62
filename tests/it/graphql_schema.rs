//! The schema: as it is committed, a superset of the contract, and described throughout.

use std::collections::BTreeMap;

use async_graphql::{
    Request, Variables,
    parser::{
        parse_schema,
        types::{
            FieldDefinition, InputValueDefinition, ServiceDocument, TypeDefinition, TypeKind,
            TypeSystemDefinition,
        },
    },
};
use ehia::{
    app::{App, ClientAddress, Options},
    domain::task::TaskKind,
    graphql::{
        door::{Allowed, Door},
        http::caller,
        limit::Limits,
        schema, sdl,
    },
};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{agreed, database::TestDatabase};

#[test]
fn schema_is_as_committed() {
    agreed("schema.graphql", &sdl());
}

#[test]
fn schema_keeps_every_name_of_the_contract() {
    let contract = parse_schema(include_str!("contract.graphql")).unwrap();
    let built = parse_schema(sdl()).unwrap();
    let (contract, built) = (types(&contract), types(&built));
    let mut broken = Vec::new();
    for (name, wanted) in &contract {
        match built.get(name) {
            None => broken.push(format!("{name} is missing")),
            Some(found) => compare(name, wanted, found, &mut broken),
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn types(document: &ServiceDocument) -> BTreeMap<String, &TypeDefinition> {
    let definitions = document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => {
            Some((definition.node.name.node.to_string(), &definition.node))
        }
        _ => None,
    });
    definitions.collect()
}

fn compare(name: &str, wanted: &TypeDefinition, found: &TypeDefinition, broken: &mut Vec<String>) {
    match (&wanted.kind, &found.kind) {
        (TypeKind::Scalar, TypeKind::Scalar) => {}
        (TypeKind::Object(wanted), TypeKind::Object(found)) => {
            for interface in &wanted.implements {
                if !found.implements.iter().any(|other| other.node == interface.node) {
                    broken.push(format!("{name} does not implement {}", interface.node));
                }
            }
            fields(name, wanted.fields.iter().map(|f| &f.node), found.fields.iter().map(|f| &f.node), broken);
        }
        (TypeKind::Interface(wanted), TypeKind::Interface(found)) => {
            fields(name, wanted.fields.iter().map(|f| &f.node), found.fields.iter().map(|f| &f.node), broken);
        }
        (TypeKind::Enum(wanted), TypeKind::Enum(found)) => {
            for value in &wanted.values {
                if !found.values.iter().any(|other| other.node.value == value.node.value) {
                    broken.push(format!("{name}.{} is missing", value.node.value.node));
                }
            }
        }
        (TypeKind::InputObject(wanted), TypeKind::InputObject(found)) => {
            inputs(name, wanted.fields.iter().map(|f| &f.node), found.fields.iter().map(|f| &f.node), broken);
        }
        _ => broken.push(format!("{name} is another kind of type")),
    }
    let one_of = |of: &TypeDefinition| of.directives.iter().any(|d| d.node.name.node.as_str() == "oneOf");
    if one_of(wanted) != one_of(found) {
        broken.push(format!("{name} differs in @oneOf"));
    }
}

fn fields<'a>(
    of: &str,
    wanted: impl Iterator<Item = &'a FieldDefinition>,
    found: impl Iterator<Item = &'a FieldDefinition>,
    broken: &mut Vec<String>,
) {
    let found: BTreeMap<String, &FieldDefinition> =
        found.map(|field| (field.name.node.to_string(), field)).collect();
    for field in wanted {
        let name = format!("{of}.{}", field.name.node);
        match found.get(field.name.node.as_str()) {
            None => broken.push(format!("{name} is missing")),
            Some(other) => {
                if other.ty.node.to_string() != field.ty.node.to_string() {
                    broken.push(format!("{name} is {}, not {}", other.ty.node, field.ty.node));
                }
                let arguments = |of: &'a FieldDefinition| of.arguments.iter().map(|argument| &argument.node);
                inputs(&name, arguments(field), arguments(other), broken);
            }
        }
    }
}

fn inputs<'a>(
    of: &str,
    wanted: impl Iterator<Item = &'a InputValueDefinition>,
    found: impl Iterator<Item = &'a InputValueDefinition>,
    broken: &mut Vec<String>,
) {
    let mut found: BTreeMap<String, &InputValueDefinition> =
        found.map(|input| (input.name.node.to_string(), input)).collect();
    for input in wanted {
        let name = format!("{of}({})", input.name.node);
        let Some(other) = found.remove(input.name.node.as_str()) else {
            broken.push(format!("{name} is missing"));
            continue;
        };
        let default =
            |of: &InputValueDefinition| of.default_value.as_ref().map(|value| value.node.to_string());
        if other.ty.node.to_string() != input.ty.node.to_string() || default(other) != default(input) {
            broken.push(format!("{name} is {}, not {}", other.ty.node, input.ty.node));
        }
    }
    for (name, added) in found {
        if !added.ty.node.nullable && added.default_value.is_none() {
            broken.push(format!("{of}({name}) is added and required"));
        }
    }
}

#[test]
fn every_task_names_a_mutation_there_is() {
    let mutations = crate::isolation::fields(&sdl(), "Mutation");
    for kind in TaskKind::ALL {
        assert!(mutations.iter().any(|name| name == kind.mutation()), "{kind}: {}", kind.mutation());
    }
}

/// The standard introspection query, as clients send it.
const INTROSPECTION: &str = include_str!("introspection.graphql");

#[tokio::test]
async fn everything_is_described() {
    let response = schema(Limits::default(), true).execute(INTROSPECTION).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let data = response.data.into_json().unwrap();
    let mut bare = Vec::new();
    for of in data["__schema"]["types"].as_array().unwrap() {
        let name = of["name"].as_str().unwrap();
        // What the specification itself defines is described by it.
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        undescribed(name, of, &mut bare);
        for part in ["fields", "inputFields", "enumValues"] {
            for field in of[part].as_array().into_iter().flatten() {
                let name = format!("{name}.{}", field["name"].as_str().unwrap());
                undescribed(&name, field, &mut bare);
                for argument in field["args"].as_array().into_iter().flatten() {
                    undescribed(
                        &format!("{name}({})", argument["name"].as_str().unwrap()),
                        argument,
                        &mut bare,
                    );
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
}

fn undescribed(name: &str, of: &Value, bare: &mut Vec<String>) {
    if of["description"].as_str().is_none_or(|description| description.trim().is_empty()) {
        bare.push(name.to_owned());
    }
}

#[tokio::test]
async fn standard_introspection_query_is_within_the_limits() {
    let mut request = Request::new(INTROSPECTION);
    Limits::default().admit(&mut request).unwrap();
    assert!(schema(Limits::default(), true).execute(request).await.is_ok());
}

#[tokio::test]
async fn introspection_is_off_unless_allowed() {
    let response = schema(Limits::default(), false).execute("{ __schema { queryType { name } } }").await;
    let data = response.data.into_json().unwrap();
    assert!(data["__schema"].is_null(), "{data}");
}

#[tokio::test]
async fn an_unknown_field_is_not_suggested_where_introspection_is_off() {
    for (introspection, suggested) in [(true, true), (false, false)] {
        let response = schema(Limits::default(), introspection).execute("{ viewr { readOnly } }").await;
        assert_eq!(response.errors[0].message.contains("viewer"), suggested);
    }
}

/// What a door with this limit on complexity says first of a request that nobody signed in sends.
async fn first_error(complexity: usize, query: &str, variables: Value) -> Value {
    let database = TestDatabase::sqlite().await;
    let app = App::new(database.store.clone(), Options::default());
    let door = Door::new(app, Limits { complexity, ..Limits::default() }, false);
    let request = Request::new(query).variables(Variables::from_json(variables));
    let nobody = caller(&HeaderMap::new(), ClientAddress::default()).unwrap();
    let answer = door.answer(request, nobody, Allowed::Everything, "test").await;
    serde_json::from_str::<Value>(&answer.body).unwrap()["errors"][0].take()
}

#[tokio::test]
async fn complexity_multiplies_by_the_page_and_is_refused_with_a_code() {
    // A page of 100 with four fields each, and the page itself.
    let page = "query ($n: Int) { assessments(first: $n) { nodes { id title version } } }";
    let refused = first_error(400, page, json!({ "n": 100 })).await;
    assert_eq!(refused["extensions"]["code"], "LIMIT_EXCEEDED", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("is above 400."), "{refused}");
    let admitted = first_error(401, page, json!({ "n": 100 })).await;
    assert_eq!(admitted["extensions"]["code"], "UNAUTHENTICATED", "{admitted}");
}

#[tokio::test]
async fn nested_lists_multiply_without_overflow() {
    let mut query = String::from("id");
    for _ in 0..6 {
        query = format!("mitigations {{ impacts {{ {query} }} }}");
    }
    let query = format!("{{ assessments(first: 100) {{ nodes {{ {query} }} }} }}");
    let refused = first_error(Limits::default().complexity, &query, json!({})).await;
    assert_eq!(refused["extensions"]["code"], "LIMIT_EXCEEDED", "{refused}");
}
