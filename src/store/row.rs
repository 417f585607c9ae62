//! Rows as the tables hold them. Private to the store: everybody else sees domain types.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;
use uuid::Uuid;

/// Declares the entity of one table, column by column as its migration spells it.
macro_rules! table {
    ($name:ident $table:literal { $($(#[$meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        pub(crate) mod $name {
            use super::*;

            #[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub(crate) struct Model { $($(#[$meta])* pub(crate) $field: $type),+ }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub(crate) enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

table!(system "system" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    name: String,
    created_at: DateTime<Utc>,
});

table!(organisation "organisation" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    system_id: Option<Uuid>,
    ods_code: String,
    name: String,
    kind: String,
    opened: Option<NaiveDate>,
    closed: Option<NaiveDate>,
    settings: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
});

table!(organisation_succession "organisation_succession" {
    #[sea_orm(primary_key, auto_increment = false)] predecessor_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] successor_id: Uuid,
    created_at: DateTime<Utc>,
});

table!(person "person" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    name: String,
    email: String,
    email_folded: String,
    password_hash: Option<String>,
    disabled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    mail_preferences: Option<String>,
    digest_hour: Option<i64>,
    address_failed_at: Option<DateTime<Utc>>,
    address_failure: Option<String>,
});

table!(role_grant "role_grant" {
    #[sea_orm(primary_key, auto_increment = false)] person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] role: String,
    until: Option<NaiveDate>,
    created_at: DateTime<Utc>,
});

table!(contact "contact" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    name: String,
    email: String,
    created_at: DateTime<Utc>,
    address_failed_at: Option<DateTime<Utc>>,
    address_failure: Option<String>,
});

table!(session "session" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    person_id: Uuid,
    token_sha256: String,
    user_agent: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
});

table!(api_token "api_token" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    person_id: Uuid,
    label: String,
    token_sha256: String,
    read_only: bool,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
});

table!(password_reset "password_reset" {
    #[sea_orm(primary_key, auto_increment = false)] token_sha256: String,
    person_id: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
});

table!(condition_link "condition_link" {
    #[sea_orm(primary_key, auto_increment = false)] token_sha256: String,
    organisation_id: Uuid,
    assessment_id: Uuid,
    condition_id: Uuid,
    contact_id: Uuid,
    act: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
});

table!(sign_in_attempt "sign_in_attempt" {
    #[sea_orm(primary_key, auto_increment = false)] key: String,
    window_start: DateTime<Utc>,
    failures: i64,
    created_at: DateTime<Utc>,
});

table!(definition "definition" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Option<Uuid>,
    owner: String,
    kind: String,
    key: String,
    version: i64,
    document: String,
    sha256: String,
    published_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
});

table!(assessment "assessment" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    reference: String,
    title: String,
    version: i64,
    revision: i64,
    frozen: bool,
    form_key: String,
    form_version: i64,
    workflow_key: String,
    workflow_version: i64,
    state: String,
    phase: String,
    standing: String,
    author_id: Uuid,
    working: Vec<u8>,
    content_sha256: String,
    process: Vec<u8>,
    changed: String,
    shares: String,
    retention: String,
    legal_hold: bool,
    service_line: Option<String>,
    programme: Option<String>,
    kind_of_change: Option<String>,
    decision_date: Option<NaiveDate>,
    decision_order: NaiveDate,
    effective_from: Option<NaiveDate>,
    effective_to: Option<NaiveDate>,
    band: Option<String>,
    risk_order: i64,
    clock_due: Option<NaiveDate>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    remind_on: Option<NaiveDate>,
    reexamination_due: Option<NaiveDate>,
});

table!(revision "revision" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    assessment_id: Uuid,
    organisation_id: Uuid,
    number: i64,
    content: Vec<u8>,
    sha256: String,
    stored_sha256: String,
    frozen_at: DateTime<Utc>,
});

table!(decision_record "decision_record" {
    #[sea_orm(primary_key, auto_increment = false)] sha256: String,
    assessment_id: Uuid,
    organisation_id: Uuid,
    kind: String,
    subject_id: Uuid,
    bytes: Vec<u8>,
    at: DateTime<Utc>,
});

table!(assessment_impact "assessment_impact" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    direction: String,
    initial_likelihood: Option<i64>,
    initial_consequence: Option<i64>,
    current_likelihood: Option<i64>,
    current_consequence: Option<i64>,
    target_likelihood: Option<i64>,
    target_consequence: Option<i64>,
    reach_low: Option<i64>,
    reach_high: Option<i64>,
});

table!(impact_group "impact_group" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] impact_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] group_code: String,
    organisation_id: Uuid,
});

table!(assessment_area "assessment_area" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] area_code: String,
    organisation_id: Uuid,
});

table!(interdependency "interdependency" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] interdependency_id: Uuid,
    organisation_id: Uuid,
    rests_on: Option<String>,
});

table!(screening_day "screening_day" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] day: NaiveDate,
    organisation_id: Uuid,
});

table!(element "element" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    noun: String,
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    organisation_id: Uuid,
});

table!(involvement "involvement" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] relation: String,
    organisation_id: Uuid,
});

table!(assessment_share "assessment_share" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    level: String,
});

table!(assessment_search "assessment_search" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    organisation_id: Uuid,
    words: String,
});

table!(risk_ledger "risk_ledger" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] number: i64,
    organisation_id: Uuid,
    valid_from: DateTime<Utc>,
    valid_to: Option<DateTime<Utc>>,
    standpoint: String,
    service_line: Option<String>,
    programme: Option<String>,
    /// What rows said before they were packed; empty since.
    document: String,
    fold: String,
    packed: Option<Vec<u8>>,
    effective_from: Option<NaiveDate>,
    effective_to: Option<NaiveDate>,
    /// By which way of counting groups it was made; nothing: by the first, which is put right.
    counting: Option<i64>,
});

table!(risk_rollup "risk_rollup" {
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] standpoint: String,
    #[sea_orm(primary_key, auto_increment = false)] scale: String,
    #[sea_orm(primary_key, auto_increment = false)] group_code: String,
    #[sea_orm(primary_key, auto_increment = false)] district: String,
    tally: Vec<u8>,
});

table!(risk_page "risk_page" {
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] standpoint: String,
    #[sea_orm(primary_key, auto_increment = false)] scale: String,
    #[sea_orm(primary_key, auto_increment = false)] district: String,
    page: Vec<u8>,
});

table!(risk_rollup_state "risk_rollup_state" {
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    edition: String,
    generation: Option<i64>,
    maker: Option<String>,
    made_until: Option<DateTime<Utc>>,
});

table!(task "task" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] place: i64,
    organisation_id: Uuid,
    kind: String,
    person_id: Option<Uuid>,
    role: Option<String>,
    due: Option<NaiveDate>,
    due_order: NaiveDate,
    reason: String,
});

table!(derivation "derivation" {
    #[sea_orm(primary_key, auto_increment = false)] name: String,
    edition: i64,
});

table!(reliance "reliance" {
    #[sea_orm(primary_key, auto_increment = false)] assessment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] interdependency_id: Uuid,
    organisation_id: Uuid,
    target_id: Uuid,
    holds: Option<bool>,
});

table!(chain "chain" {
    #[sea_orm(primary_key, auto_increment = false)] stream: Uuid,
    organisation_id: Uuid,
    length: i64,
    head_sha256: String,
    checkpointed: i64,
    told_sha256: Option<String>,
    created_at: DateTime<Utc>,
});

table!(event "event" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    stream: Uuid,
    sequence: i64,
    organisation_id: Uuid,
    assessment_id: Option<Uuid>,
    kind: String,
    at: DateTime<Utc>,
    by: Option<Uuid>,
    on_behalf_of: Option<Uuid>,
    audience: String,
    payload: Option<String>,
    payload_sha256: String,
    change: Option<String>,
    previous: Option<String>,
    sha256: String,
});

table!(checkpoint "checkpoint" {
    #[sea_orm(primary_key, auto_increment = false)] sequence: i64,
    at: DateTime<Utc>,
    document: Vec<u8>,
    signature: String,
    key_id: String,
});

table!(outbox_message "outbox_message" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    assessment_id: Option<Uuid>,
    event_id: Option<Uuid>,
    kind: String,
    recipient: String,
    recipient_id: Uuid,
    facts: String,
    state: String,
    attempts: i64,
    next_at: DateTime<Utc>,
    lease_owner: Option<String>,
    lease_until: Option<DateTime<Utc>>,
    deadline: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
    held_at: Option<DateTime<Utc>>,
    digest_id: Option<Uuid>,
});

table!(daily_mail "daily_mail" {
    #[sea_orm(primary_key, auto_increment = false)] person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] kind: String,
    #[sea_orm(primary_key, auto_increment = false)] day: NaiveDate,
    outbox_id: Option<Uuid>,
    created_at: DateTime<Utc>,
});

table!(reaction "reaction" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    assessment_id: Uuid,
    source_id: Uuid,
    kind: String,
    state: String,
    attempts: i64,
    next_at: DateTime<Utc>,
    lease_owner: Option<String>,
    lease_until: Option<DateTime<Utc>>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
});

table!(idempotency "idempotency" {
    #[sea_orm(primary_key, auto_increment = false)] person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] operation: String,
    #[sea_orm(primary_key, auto_increment = false)] key: String,
    request_sha256: String,
    outcome: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
});

table!(reference_counter "reference_counter" {
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] year: i64,
    last: i64,
    created_at: DateTime<Utc>,
});

table!(attachment "attachment" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    assessment_id: Uuid,
    sha256: String,
    name: String,
    media_type: String,
    size: i64,
    by: Uuid,
    at: DateTime<Utc>,
});

table!(blob "blob" {
    #[sea_orm(primary_key, auto_increment = false)] sha256: String,
    bytes: Vec<u8>,
    size: i64,
    created_at: DateTime<Utc>,
});

table!(reference_file "reference_file" {
    #[sea_orm(primary_key, auto_increment = false)] kind: String,
    #[sea_orm(primary_key, auto_increment = false)] name: String,
    #[sea_orm(primary_key, auto_increment = false)] version: i64,
    file: String,
    published: Option<NaiveDate>,
    source: String,
    licence: String,
    rows: i64,
    size: i64,
    sha256: String,
    bytes: Vec<u8>,
    loaded_at: DateTime<Utc>,
});

table!(standing_panel "standing_panel" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    name: String,
    usual: bool,
    version: i64,
    document: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
});

table!(meeting "meeting" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    panel_id: Uuid,
    day: NaiveDate,
    cancelled: bool,
    version: i64,
    document: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
});

table!(leave "leave" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    person_id: Uuid,
    deputy_id: Option<Uuid>,
    first_day: NaiveDate,
    last_day: NaiveDate,
    created_at: DateTime<Utc>,
});

table!(registered_decision "registered_decision" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    list: String,
    key: String,
    title: String,
    source: String,
    kind: String,
    body: Option<String>,
    day: Option<NaiveDate>,
    day_order: NaiveDate,
    service_line: Option<String>,
    decided: Option<bool>,
    named: Option<String>,
    assessment_id: Option<Uuid>,
    matched_by: Option<Uuid>,
    ended_on: Option<NaiveDate>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
});

table!(partner_proposal "partner_proposal" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    version: i64,
    withdrawn: bool,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    document: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
});

table!(scenario "scenario" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    organisation_id: Uuid,
    owner_id: Uuid,
    version: i64,
    shared: bool,
    withdrawn: bool,
    document: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
});

// A view, which nothing is written to.
table!(held_role "held_role" {
    #[sea_orm(primary_key, auto_increment = false)] person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] organisation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] role: String,
    until: Option<NaiveDate>,
    on_behalf_of: Option<Uuid>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
});
