//! Words of the domain's closed vocabularies as arguments: every one is shown in the help, in either case.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A parser for one of `all`, spelt as `word` spells it.
pub fn parser<T>(all: &'static [T], word: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|value| word(*value))).map(move |given| {
        let found = all.iter().copied().find(|value| word(*value).eq_ignore_ascii_case(&given));
        found.expect("clap lets pass only what is one of them")
    })
}
