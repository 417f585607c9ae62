//! Pages of a list.

/// Most elements of one page.
pub const MOST: u32 = 100;
/// Elements of a page when nothing is asked.
pub const DEFAULT: u32 = 20;

/// One page of a list, keyset-paged.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its elements, in the order asked for.
    pub nodes: Vec<T>,
    /// Whether more come before it.
    pub has_previous: bool,
    /// Whether more come after it.
    pub has_next: bool,
}

/// Which page: forwards after a cursor, or backwards before one.
#[derive(Clone, Debug)]
pub struct Window {
    /// How many, 1 to [`MOST`].
    pub size: u32,
    /// Forwards from the start or `cursor`; else backwards from the end or `cursor`.
    pub forwards: bool,
    /// Where from, opaque to the caller.
    pub cursor: Option<String>,
}

impl Default for Window {
    fn default() -> Self {
        Self { size: DEFAULT, forwards: true, cursor: None }
    }
}
