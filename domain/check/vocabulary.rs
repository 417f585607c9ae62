//! What conditions may ask about, as people read it: generated from the shapes that publication holds them to.

use std::fmt::Write as _;

use super::own;
use crate::form::{Known, expression};

/// The vocabulary of conditions, in Markdown.
#[must_use]
pub fn vocabulary() -> String {
    let mut text = String::from(INTRODUCTION);
    let _ = write!(
        text,
        "
## Bounds

A condition has at most {source} bytes, {operators} operators, brackets {nesting} deep and {macros} walks through lists,
{deep} of them within one another. It walks through lists of at most {list} elements. A rule takes at most {steps} steps on
one case, its document has at most {bytes} bytes and {examples} examples, and {in_force} rules are in force at once.

## What may be asked

`[]` stands for each element of a list, which `exists`, `all`, `exists_one` and `filter` walk through.

| path | what stands there |
|---|---|
",
        source = expression::SOURCE,
        operators = expression::OPERATORS,
        nesting = expression::NESTING,
        macros = expression::MACROS,
        deep = expression::MACRO_NESTING,
        list = expression::LIST,
        steps = own::STEPS,
        bytes = own::BYTES,
        examples = own::EXAMPLES,
        in_force = own::IN_FORCE,
    );
    for (path, said) in Known::content().described() {
        let (path, said) = if path == "answers" {
            ("answers.KEY".to_owned(), "the answer to the question with this key".to_owned())
        } else {
            (path, said)
        };
        let _ = writeln!(text, "| `{path}` | {said} |");
    }
    text
}

const INTRODUCTION: &str = r#"# What conditions may ask

<!-- Printed by `ehia rule vocabulary`; a test holds this file to it. Change domain/form/shape.rs instead. -->

Conditions are CEL over the content of an assessment: what its authors write, and nothing of what panel or body do with
it. Guards of workflows ask it, and so do the rules that an organisation writes for itself; those are not asked of cases
whose form is about the organisation itself, where nothing is proposed. A rule is a JSON document:

```json
{
  "format": "ehia/rule/1",
  "key": "closure-notice",
  "version": 1,
  "title": "A closure takes effect three months after its decision at the earliest",
  "severity": "WARNING",
  "condition": "proposal.kindOfChange == \"CLOSURE\" && !has(proposal.effectiveFrom)",
  "message": "Say from when on the service closes: our policy gives people three months' notice.",
  "path": ["proposal", "effectiveFrom"],
  "duty": "Synthetic closure policy, 4.2",
  "examples": [
    { "name": "A closure without a date", "fires": true, "document": { "proposal": { "kindOfChange": "CLOSURE" } } },
    { "name": "A closure with one", "fires": false,
      "document": { "proposal": { "kindOfChange": "CLOSURE", "effectiveFrom": "2027-01-01" } } },
    { "name": "A policy", "fires": false, "document": { "proposal": { "kindOfChange": "POLICY" } } }
  ]
}
```

A rule is a `WARNING` or `ADVICE`: only statute and case law block. It is published only if every example behaves, and is
in force once `rules` in the organisation's settings names it with its version. Its finding is `own.KEY@path`. It sees
answers only as far as the form shows them, and says nothing on a form that lacks a question it asks about. A rule that
cannot be run on a case says so to administrators alone, in a finding `own.KEY.failed@path`, and changes nothing.

What the content does not say decides nothing: a comparison with it makes no rule fire, `false && ..` is false and
`true || ..` is true all the same, and `has(..)` asks whether something is there. An honest "not known" counts as not there.

There are `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!`, `? :`, `in`, `+`, `-`, `*`, `has`, `size`, `contains`,
`startsWith`, `endsWith`, `exists`, `all`, `exists_one` and `filter`, and no others.
"#;
