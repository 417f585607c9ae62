//! Files kept with a case. Their bytes go over HTTP, not through GraphQL.

use async_graphql::{ID, Object};

use crate::{
    app::AttachmentView,
    domain::id::Identifier,
    graphql::scalar::{global, int},
};

/// A file kept with a case.
pub struct Attachment(pub AttachmentView);

/// A file kept with a case, by its digest. Upload with `POST /assessments/{id}/attachments?name=..`.
#[Object]
impl Attachment {
    /// The global identifier, `attachment:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What kind of file it is.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// Its size in bytes.
    async fn size(&self) -> i32 {
        int(self.0.size)
    }

    /// SHA-256 of its bytes, in hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Where it can be downloaded, relative to the service, with the same token.
    async fn url(&self) -> String {
        format!("/attachments/{}", self.0.id.uuid())
    }
}
