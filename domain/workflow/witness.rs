//! Witness cases: synthetic cases that show that a workflow's states can be reached, guards and all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{impact::Direction, rating::Rating};

/// One impact of a synthetic case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessImpact {
    /// Which way it goes.
    pub direction: Direction,
    /// Before mitigation.
    #[serde(default)]
    pub initial: Option<Rating>,
}

/// What the synthetic case says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Given {
    /// Its impacts.
    pub impacts: Vec<WitnessImpact>,
    /// Its answers by question key.
    pub answers: BTreeMap<String, Value>,
}

/// One synthetic case: what it says, and the transitions it makes from the initial state. Whatever a step asks
/// for (comment, outcome, reviews of a quorate panel, a decision) is supplied; conditions are verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witness {
    /// What it shows.
    pub name: String,
    /// What the case says.
    #[serde(default)]
    pub given: Given,
    /// Names of transitions, in order.
    pub steps: Vec<String>,
}
