//! How long it takes to compare two revisions of a full assessment: `cargo bench -p ehia-domain --bench difference`.
//! Aim: under 5 ms.

use std::{
    io::{self, Write as _},
    time::{Duration, Instant},
};

use ehia_domain::difference;
use serde_json::{Value, json};

const EXAMPLES: [(&str, &str); 3] = [
    ("01-marram-house", include_str!("../../examples/01-marram-house.json")),
    ("05-floating-support", include_str!("../../examples/05-floating-support.json")),
    ("10-blood-pressure-core20", include_str!("../../examples/10-blood-pressure-core20.json")),
];

const RUNS: usize = 500;

fn main() -> io::Result<()> {
    for (name, document) in EXAMPLES {
        let before: Value = serde_json::from_str(document).expect("an example is JSON");
        let mut after = before.clone();
        after["title"] = json!("Another title");
        for impact in after["impacts"].as_array_mut().into_iter().flatten() {
            impact["rationale"] = json!("It was thought over again.");
        }
        let mut taken: Vec<Duration> = Vec::with_capacity(RUNS);
        let mut found = 0;
        for _ in 0..RUNS {
            let begun = Instant::now();
            found = difference::between(&before, &after).len();
            taken.push(begun.elapsed());
        }
        taken.sort_unstable();
        let at = |percent: usize| taken[RUNS * percent / 100].as_secs_f64() * 1_000.0;
        let impacts = before["impacts"].as_array().map_or(0, Vec::len);
        writeln!(
            io::stdout(),
            "{name}: {impacts} impacts, {} bytes, {found} changes: median {:.2} ms, p99 {:.2} ms",
            document.len(),
            at(50),
            at(99)
        )?;
    }
    Ok(())
}
