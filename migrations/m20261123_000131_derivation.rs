//! By which way what follows from cases was last derived for all of them, so that it is derived anew once where a version of
//! the program derives it otherwise.

use crate::column::{NewTable, creates, number, text};

creates!(NewTable::new("derivation", vec![text("name"), number("edition")]).key(["name"]));
