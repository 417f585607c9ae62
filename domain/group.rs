//! Groups of people an assessment must consider: versioned reference data that an organisation can extend.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    sync::LazyLock,
};

use serde::{Deserialize, Serialize};

use crate::{
    shipped,
    text::{self, Path, Violation},
    words::words,
};

words! {
    /// What kind of group it is.
    GroupKind {
        /// One of the nine of the Equality Act 2010, or a part of one.
        ProtectedCharacteristic = "PROTECTED_CHARACTERISTIC",
        /// The most deprived fifth of England by the Index of Multiple Deprivation.
        Core20 = "CORE20",
        /// A PLUS group of the NHS England `Core20PLUS5` approach.
        Plus = "PLUS",
        /// An inclusion health group.
        InclusionHealth = "INCLUSION_HEALTH",
        /// One of the five clinical areas, for adults or for children and young people.
        ClinicalArea = "CLINICAL_AREA",
        /// Any other group on real forms or of the organisation's own.
        Other = "OTHER",
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Stable, lower case, dotted below its parent: `age`, `age.older_people`, `plus.coastal`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What kind it is.
    pub kind: GroupKind,
    /// The code of the group it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether it must be answered for itself (the nine characteristics and Core20), rather than by a
    /// reasoned statement shared with others.
    #[serde(default)]
    pub singly: bool,
    /// Where the name and definition come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Longest code, in characters.
const CODE: usize = 100;

/// The shipped document, `definition/groups.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    groups: Vec<Group>,
}

static SHIPPED: LazyLock<Catalogue> = LazyLock::new(|| {
    let document: Document = shipped::read("ehia/groups/1", include_str!("definition/groups.json"))
        .expect("the shipped groups are tested");
    Catalogue::of(document.groups).expect("the shipped groups are tested")
});

/// All groups an organisation considers, in the order of the document.
#[derive(Clone, Debug)]
pub struct Catalogue {
    groups: Vec<Group>,
    by_code: BTreeMap<String, usize>,
}

impl Catalogue {
    /// The shipped groups.
    ///
    /// # Panics
    /// Never in a build whose tests passed: the shipped document is read by them.
    #[must_use]
    pub fn shipped() -> Self {
        SHIPPED.clone()
    }

    /// The shipped groups with an organisation's own behind them.
    pub fn extended(own: &[Group]) -> Result<Self, Violation> {
        let mut groups = Self::shipped().groups;
        groups.extend(own.iter().cloned());
        Self::of(groups)
    }

    fn of(groups: Vec<Group>) -> Result<Self, Violation> {
        let mut by_code = BTreeMap::new();
        for (index, group) in groups.iter().enumerate() {
            let path = Path::of(["groups", &group.code]);
            let sound = (1..=CODE).contains(&group.code.len())
                && group
                    .code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.');
            if !sound {
                return Err(Violation::new(
                    "INVALID",
                    "A code has at most 100 lower-case letters, digits, `_` and `.`.",
                    path,
                ));
            }
            if group.parent.as_ref().is_some_and(|parent| !by_code.contains_key(parent)) {
                return Err(Violation::new("NOT_FOUND", "The parent group must come before it.", path));
            }
            text::check(&group.name, text::LINE, &path.join("name"))?;
            if by_code.insert(group.code.clone(), index).is_some() {
                return Err(Violation::new("DUPLICATE", "Two groups have this code.", path));
            }
        }
        Ok(Self { groups, by_code })
    }

    /// The group with this code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Group> {
        self.by_code.get(code).and_then(|index| self.groups.get(*index))
    }

    /// All groups, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    /// Whether `code` is `ancestor` or lies below it.
    #[must_use]
    pub fn is_within(&self, code: &str, ancestor: &str) -> bool {
        self.line(code).any(|own| own == ancestor)
    }

    /// The groups that something on these counts for: each of them and every one that it lies within, each once, in order of
    /// their codes. Of a code that is not known, only itself.
    #[must_use]
    pub fn counted(&self, codes: &[String]) -> Vec<String> {
        let all: BTreeSet<&str> = codes.iter().flat_map(|code| self.line(code)).collect();
        all.into_iter().map(str::to_owned).collect()
    }

    /// The codes of what counts for a group: its own and those of all groups below it, in order of the document.
    pub fn below<'a>(&'a self, ancestor: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().map(|group| group.code.as_str()).filter(move |code| self.is_within(code, ancestor))
    }

    /// A code and those of the groups that it lies within, one in the other.
    fn line<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        iter::successors(Some(code), |code| self.find(code).and_then(|group| group.parent.as_deref()))
    }
}
