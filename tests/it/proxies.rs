//! Whose address a request has when proxies stand between.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ehia::{
    app::{App, Options},
    web::{
        self,
        proxy::{Prefix, Proxies},
    },
};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;

fn proxies(prefixes: &[&str]) -> Proxies {
    Proxies::parse(&prefixes.iter().map(|prefix| (*prefix).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn a_prefix_covers_what_begins_alike() {
    let covers = |prefix: &str, address: &str| prefix.parse::<Prefix>().unwrap().covers(ip(address));
    assert!(covers("10.0.0.0/8", "10.255.0.1"));
    assert!(!covers("10.0.0.0/8", "11.0.0.1"));
    assert!(covers("192.0.2.7", "192.0.2.7"));
    assert!(!covers("192.0.2.7", "192.0.2.6"));
    assert!(covers("192.0.2.128/25", "192.0.2.200"));
    assert!(!covers("192.0.2.128/25", "192.0.2.100"));
    assert!(covers("2001:db8::/32", "2001:db8:1::1"));
    assert!(!covers("2001:db8::/32", "2001:db9::1"));
    assert!(covers("0.0.0.0/0", "203.0.113.1"));
    assert!(!covers("0.0.0.0/0", "::1"), "one family says nothing of the other");
    for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/x", "proxy.example.org", "10.0.0/8", "10.0.0.1/-1"] {
        assert!(wrong.parse::<Prefix>().is_err(), "{wrong}");
    }
    let told = Proxies::parse(&["10.0.0.1".into(), "nonsense".into()]).unwrap_err();
    assert!(told.contains("`nonsense`"), "{told}");
    assert_eq!(Proxies::parse(&[String::new()]).unwrap(), Proxies::default(), "an empty setting names none");
}

#[test]
fn only_trusted_proxies_are_believed_and_of_what_they_say_only_the_last_stranger() {
    let trusted = proxies(&["10.0.0.0/8", "::1"]);
    let from = |connection: &str, lines: &[(&'static str, &str)]| {
        trusted.client(ip(connection), &headers(lines)).to_string()
    };
    let plain = "x-forwarded-for";
    // Somebody who comes by himself is who he is, whatever he says.
    assert_eq!(from("203.0.113.9", &[(plain, "198.51.100.1")]), "203.0.113.9");
    assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
    assert_eq!(from("10.0.0.1", &[(plain, "198.51.100.1")]), "198.51.100.1");
    // What the client wrote itself stands before what the proxy added.
    assert_eq!(from("10.0.0.1", &[(plain, "192.0.2.66, 198.51.100.1")]), "198.51.100.1");
    assert_eq!(from("10.0.0.1", &[(plain, "192.0.2.66"), (plain, "198.51.100.1")]), "198.51.100.1");
    // A chain of proxies of ours.
    assert_eq!(from("10.0.0.1", &[(plain, "192.0.2.66, 198.51.100.1, 10.2.0.1, ::1")]), "198.51.100.1");
    assert_eq!(from("::1", &[(plain, "10.2.0.1")]), "10.2.0.1", "a client within");
    // Spellings.
    assert_eq!(from("::ffff:10.0.0.1", &[(plain, "::ffff:198.51.100.1")]), "198.51.100.1");
    assert_eq!(from("10.0.0.1", &[(plain, "198.51.100.1:4711")]), "198.51.100.1");
    assert_eq!(from("10.0.0.1", &[(plain, "[2001:db8::9]:4711")]), "2001:db8::9");
    // What cannot be read hides what stands before it.
    assert_eq!(from("10.0.0.1", &[(plain, "198.51.100.1, unknown")]), "10.0.0.1");
    assert_eq!(from("10.0.0.1", &[(plain, "198.51.100.1, _hidden, 10.2.0.1")]), "10.2.0.1");
    // The standard header.
    let standard = "forwarded";
    assert_eq!(
        from("10.0.0.1", &[(standard, "for=192.0.2.66, For=\"[2001:db8::9]:80\";proto=https")]),
        "2001:db8::9"
    );
    // A proxy that sets one passes the other on as the client sent it: believed is what both say, or neither.
    let both = |one: &str| from("10.0.0.1", &[(plain, "198.51.100.1"), (standard, one)]);
    assert_eq!(both("for=192.0.2.66"), "10.0.0.1");
    assert_eq!(both("for=198.51.100.1;by=10.0.0.1"), "198.51.100.1");
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_waits_for_itself() {
    let database = TestDatabase::sqlite().await;
    let app = App::new(database.store.clone(), Options::default());
    let options = web::Options { proxies: proxies(&["127.0.0.1"]), ..web::Options::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    let service = web::router(app, &options).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let client = reqwest::Client::new();
    let ask = async |from: &str| {
        let query =
            "mutation { requestPasswordReset(input: {email: \"nobody@example.org\"}) { errors { code } } }";
        let request = client.post(&url).header("x-forwarded-for", from).json(&json!({ "query": query }));
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    ask("192.0.2.1").await;
    ask("192.0.2.66, 192.0.2.1").await;
    ask("192.0.2.2").await;
    // One count for the account and one for each address, and what is written in place of a message to nobody.
    assert_eq!(database.number("SELECT count(*) FROM sign_in_attempt").await, 4);
    assert_eq!(database.number("SELECT max(failures) FROM sign_in_attempt").await, 3);
}
