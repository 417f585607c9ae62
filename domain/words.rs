//! Closed vocabularies: one declaration gives the enum, its spelling in documents and the API
//! (`SCREAMING_SNAKE`), its spelling in SQL (`lower_snake`) and the list of all its values.

/// A closed vocabulary, as a door sees it that lists and explains its values.
pub trait Words: Copy + Send + Sync + 'static {
    /// What the vocabulary is called: `Direction`.
    const NAME: &'static str;
    /// What it is about, in whole sentences.
    const ABOUT: &'static str;
    /// Every value, in the order of declaration.
    const VALUES: &'static [Self];

    /// The word in documents and in the API.
    fn word(self) -> &'static str;

    /// What the word means, in a sentence.
    fn meaning(self) -> &'static str;
}

/// Declares a closed vocabulary.
#[macro_export]
macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident {
        $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[doc = $meaning])+ #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in documents and in the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The word in SQL.
            #[must_use]
            pub fn to_sql(self) -> String {
                self.as_str().to_ascii_lowercase()
            }

            /// Reads the word in either spelling; `None` when it is not one of [`Self::ALL`].
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(word))
            }
        }

        impl $crate::words::Words for $name {
            const NAME: &'static str = stringify!($name);
            const ABOUT: &'static str = concat!($($about),+).trim_ascii();
            const VALUES: &'static [Self] = Self::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim_ascii()),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;
