//! What the executor does, on a small schema: fields answer in the order asked, and null goes as far as the
//! specification says and no further (GraphQL, October 2021, sections 6.3 and 6.4.4).
#![expect(clippy::unused_async, reason = "a field of an object is async, whether or not it awaits")]

use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Response, Schema};

#[derive(Clone, Debug)]
struct Failed;

impl From<Failed> for async_graphql::Error {
    fn from(_: Failed) -> Self {
        Self::new("failed")
    }
}

struct Query;

#[Object]
impl Query {
    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        1
    }

    async fn fast(&self) -> i32 {
        2
    }

    async fn child(&self) -> Option<Child> {
        Some(Child)
    }

    async fn children(&self) -> Option<Vec<Option<Child>>> {
        Some(vec![Some(Child), Some(Child)])
    }

    async fn strict(&self) -> Child {
        Child
    }

    async fn mendable(&self) -> Option<Result<i32, Failed>> {
        Some(Err(Failed))
    }
}

struct Child;

#[Object]
impl Child {
    async fn sound(&self) -> i32 {
        3
    }

    async fn required(&self) -> Result<i32, Failed> {
        Err(Failed)
    }

    async fn optional(&self) -> Option<Result<i32, Failed>> {
        Some(Err(Failed))
    }
}

async fn ask(query: &str) -> Response {
    Schema::new(Query, EmptyMutation, EmptySubscription).execute(query).await
}

async fn data(query: &str) -> String {
    ask(query).await.data.to_string()
}

#[tokio::test]
async fn fields_answer_in_the_order_asked_not_in_that_of_completion() {
    assert_eq!(data("{ slow fast }").await, "{slow: 1, fast: 2}");
    assert_eq!(data("{ b: fast a: slow }").await, "{b: 2, a: 1}");
    assert_eq!(data("{ ...F fast } fragment F on Query { slow }").await, "{slow: 1, fast: 2}");
}

#[tokio::test]
async fn a_failed_nullable_field_is_null_and_leaves_its_siblings() {
    let response = ask("{ child { optional sound } mendable fast }").await;
    assert_eq!(response.data.to_string(), "{child: {optional: null, sound: 3}, mendable: null, fast: 2}");
    assert_eq!(response.errors.len(), 2);
}

#[tokio::test]
async fn a_failed_required_field_nulls_its_parent_and_no_more() {
    assert_eq!(data("{ child { sound required } fast }").await, "{child: null, fast: 2}");
    assert_eq!(data("{ children { required } fast }").await, "{children: [null, null], fast: 2}");
}

#[tokio::test]
async fn a_failed_required_field_in_a_required_parent_nulls_the_whole() {
    let response = ask("{ fast strict { required } }").await;
    assert_eq!(response.data.to_string(), "null");
    assert!(!response.errors[0].path.is_empty());
}
