//! The bodies that assess, decide and are shared with.

use chrono::NaiveDate;

use crate::{
    id::{OrganisationId, SystemId},
    settings::Settings,
    words::words,
};

words! {
    /// What kind of body it is.
    OrganisationKind {
        /// An integrated care board.
        Icb = "ICB",
        /// An NHS trust or foundation trust.
        Trust = "TRUST",
        /// A local authority.
        Council = "COUNCIL",
        /// Voluntary, community or social enterprise.
        Vcse = "VCSE",
        /// Anything else.
        Other = "OTHER",
    }
}

/// An NHS body, council or partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its identifier.
    pub id: OrganisationId,
    /// The system (an ICS) it belongs to.
    pub system: Option<SystemId>,
    /// Its code in the NHS Organisation Data Service.
    pub ods_code: String,
    /// What it is called.
    pub name: String,
    /// What kind of body it is.
    pub kind: OrganisationKind,
    /// The day it opened.
    pub opened: Option<NaiveDate>,
    /// The day it closed.
    pub closed: Option<NaiveDate>,
    /// What it sets for itself.
    pub settings: Settings,
}
