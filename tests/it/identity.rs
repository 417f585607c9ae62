//! Passwords and tokens.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ehia::{
    domain::text::Path,
    identity::{
        password::{self, LONGEST, SHORTEST, Turns},
        token::{self, Purpose},
    },
};
use secrecy::{ExposeSecret, SecretString};

const PHRASE: &str = "correct horse battery staple";

#[test]
fn a_password_is_long_enough_and_not_endless() {
    let path = Path::of(["password"]);
    let check = |text: String| password::check(&SecretString::from(text), &path);
    assert!(check("x".repeat(SHORTEST)).is_ok());
    assert!(check("x".repeat(LONGEST)).is_ok());
    assert!(check("é".repeat(SHORTEST)).is_ok(), "characters are counted, not bytes");
    for text in [String::new(), "x".repeat(SHORTEST - 1), "x".repeat(LONGEST + 1), "é".repeat(SHORTEST - 1)]
    {
        let refused = check(text.clone()).unwrap_err();
        assert_eq!((refused.code.as_str(), &refused.path), ("INVALID", &path));
        assert!(text.is_empty() || !refused.message.contains(&text), "the message does not repeat it");
    }
}

#[tokio::test]
async fn a_password_is_kept_as_argon2id_and_verified() {
    let hash = password::hash(PHRASE.into()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert!(!hash.contains("horse"));
    assert!(password::verify(PHRASE.into(), Some(hash.clone())).await.unwrap());
    for wrong in ["correct horse battery stapl", "Correct horse battery staple", ""] {
        assert!(!password::verify(wrong.into(), Some(hash.clone())).await.unwrap(), "{wrong}");
    }
    assert_ne!(password::hash(PHRASE.into()).await.unwrap(), hash, "each with a salt of its own");
}

#[tokio::test]
async fn without_a_hash_or_with_a_broken_one_nothing_is_right() {
    for hash in
        [None, Some(""), Some(PHRASE), Some("$argon2id$v=19$m=19456,t=2,p=1$broken"), Some("$2b$12$abc")]
    {
        let verified = password::verify(PHRASE.into(), hash.map(str::to_owned)).await.unwrap();
        assert!(!verified, "{hash:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hashing_takes_turns_and_who_leaves_keeps_none_waiting_twice() {
    let turns = Turns::new(2);
    let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let guesses: Vec<_> = (0..50)
        .map(|number| {
            let (turns, now, peak) = (turns.clone(), now.clone(), peak.clone());
            let guess = tokio::spawn(async move {
                let work = move || {
                    peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let begun = std::time::Instant::now();
                    while begun.elapsed() < std::time::Duration::from_millis(5) {
                        std::hint::spin_loop();
                    }
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                turns.run(work).await.unwrap();
            });
            // Every third leaves at once, as a client does that hangs up.
            if number % 3 == 0 {
                guess.abort();
            }
            guess
        })
        .collect();
    for guess in guesses {
        let _ = guess.await;
    }
    assert_eq!(peak.load(Ordering::SeqCst), 2);
}

#[test]
fn a_token_says_what_it_is_for_and_never_repeats() {
    let mut seen = BTreeSet::new();
    for purpose in [Purpose::Session, Purpose::Api, Purpose::Reset] {
        for _ in 0..100 {
            let token = token::mint(purpose).unwrap();
            let text = token.expose_secret();
            assert_eq!(Purpose::of(text), Some(purpose));
            let random = text.rsplit('_').next().unwrap();
            assert!(random.len() == 64 && random.bytes().all(|byte| byte.is_ascii_hexdigit()), "256 bits");
            assert!(seen.insert(random.to_owned()));
        }
    }
    for other in ["", "ehia_", "ehia_x_00", "EHIA_S_00", "Bearer ehia_s_00", " ehia_s_00"] {
        assert_eq!(Purpose::of(other), None, "{other}");
    }
}

#[test]
fn only_the_digest_of_a_token_is_kept_and_it_is_always_the_same() {
    let token = token::mint(Purpose::Api).unwrap();
    let digest = token::digest(&token);
    assert_eq!(digest, token::digest(&SecretString::from(token.expose_secret().to_owned())));
    assert!(digest.len() == 64 && !digest.contains(token.expose_secret()));
    assert_ne!(digest, token::digest(&token::mint(Purpose::Api).unwrap()));
    assert!(!format!("{token:?}").contains(token.expose_secret()), "it is not printed by mistake");
    let known = SecretString::from("abc".to_owned());
    assert_eq!(token::digest(&known), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
