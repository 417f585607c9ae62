//! Who may import whom: the sources are read, so that a shortcut between floors fails here.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms of the root crate and the rooms each may import.
const ROOMS: [(&str, &[&str]); 11] = [
    ("store", &["domain", "store"]),
    ("mail", &["domain", "mail"]),
    ("identity", &["domain", "identity"]),
    ("papers", &["domain", "papers"]),
    ("app", &["domain", "store", "identity", "papers", "app", "clock"]),
    ("graphql", &["domain", "app", "graphql", "clock"]),
    ("web", &["domain", "app", "graphql", "web", "clock"]),
    ("worker", &["domain", "mail", "app", "worker", "clock"]),
    ("cli", &["domain", "app", "boot", "cli", "clock", "settings", "graphql"]),
    ("settings", &["settings", "mail"]),
    ("telemetry", &["settings", "telemetry"]),
];

/// Crates that belong to some places only.
const CRATES: [(&str, &[&str]); 6] = [
    ("sea_orm", &["src/store/", "migrations/"]),
    ("sea_orm_migration", &["src/store/", "migrations/"]),
    ("async_graphql", &["src/graphql/", "src/web/"]),
    ("lettre", &["src/mail/"]),
    ("axum", &["src/graphql/", "src/web/", "src/boot.rs"]),
    ("argon2", &["src/identity/"]),
];

fn sources(below: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("the sources can be read").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(below), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(&path).expect("the sources can be read"))
    };
    let sources: Vec<_> = found.into_iter().map(read).collect();
    assert!(!sources.is_empty(), "no sources below {below}");
    sources
}

/// The source without comments, so that a doc link is not taken for an import.
fn code(source: &str) -> String {
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first segments after `crate::`, in paths and in grouped imports.
fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        let rest = &source[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0_i32;
            let mut name = String::new();
            let mut fresh = true;
            for letter in group.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => fresh = true,
                    _ if depth > 0 => {}
                    _ if letter.is_alphanumeric() || letter == '_' => {
                        if fresh {
                            name.push(letter);
                        }
                    }
                    _ => {
                        if fresh && !name.is_empty() {
                            found.push(std::mem::take(&mut name));
                            fresh = false;
                        }
                    }
                }
                if fresh && letter == ',' && !name.is_empty() {
                    found.push(std::mem::take(&mut name));
                }
            }
            if fresh && !name.is_empty() {
                found.push(name);
            }
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn grouped_imports_are_understood() {
    let source = "use crate::{\n    app::{App, Error},\n    clock,\n    domain::{id::{A, B}, text},\n};\nlet x = crate::mail::y;";
    assert_eq!(imports(source), ["app", "clock", "domain", "mail"]);
}

#[test]
fn every_room_imports_only_the_rooms_below_it() {
    let mut wrong = Vec::new();
    for (name, source) in sources("src") {
        let room =
            name.trim_start_matches("src/").split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let Some((_, allowed)) = ROOMS.iter().find(|(known, _)| *known == room) else { continue };
        for import in imports(&code(&source)) {
            let is_room =
                ROOMS.iter().any(|(known, _)| *known == import) || import == "boot" || import == "clock";
            if is_room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{name} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_the_root_crate_is_in_a_known_room() {
    let known = ["lib", "main", "boot", "clock"];
    for (name, _) in sources("src") {
        let room =
            name.trim_start_matches("src/").split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let known = known.contains(&room) || ROOMS.iter().any(|(of, _)| *of == room);
        assert!(known, "{name}: name the room's imports in this test");
    }
}

#[test]
fn crates_are_used_only_where_they_belong() {
    let mut wrong = Vec::new();
    for below in ["src", "domain", "migrations"] {
        for (name, source) in sources(below) {
            let code = code(&source);
            for (of, places) in CRATES {
                let used = code.match_indices(&format!("{of}::")).any(|(at, _)| {
                    !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
                });
                if used && !places.iter().any(|place| name.starts_with(place)) {
                    wrong.push(format!("{name} uses {of}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_ground_floor_is_pure() {
    let banned = [
        "std::fs",
        "std::net",
        "std::env",
        "std::time::SystemTime",
        "Utc::now",
        "async fn",
        "tokio",
        "thread::sleep",
    ];
    let mut wrong = Vec::new();
    for (name, source) in sources("domain") {
        if name.starts_with("domain/tests/") {
            continue;
        }
        let code = code(&source);
        wrong.extend(
            banned.iter().filter(|word| code.contains(*word)).map(|word| format!("{name} has {word}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let mut long = Vec::new();
    for below in ["src", "domain", "migrations"] {
        for (name, source) in sources(below) {
            let lines = source.lines().count();
            if lines > 600 && !name.contains("/tests/") {
                long.push(format!("{name} has {lines} lines"));
            }
        }
    }
    assert!(long.is_empty(), "split by noun: {}", long.join(", "));
}
