//! The message as it travels: headers, plain text and HTML in one MIME document.

use std::time::SystemTime;

use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use super::{
    calendar::{self, Entry},
    failure::SendError,
    letter::Letter,
    render::{Rendered, Sender, one_line},
};
use crate::domain::{calendar::Moment, id::Identifier};

/// Headers that say a machine wrote it (RFC 3834), keep absence replies away (Exchange) and name the language.
const FIXED_HEADERS: [(&str, &str); 3] = [
    ("Auto-Submitted", "auto-generated"),
    ("X-Auto-Response-Suppress", "All"),
    ("Content-Language", "en-GB"),
];

/// The recipient's address and the document's bytes, ASCII throughout. The same letter, words and moment give
/// the same bytes.
pub(super) fn compose(
    letter: &Letter,
    words: &Rendered,
    sender: &Sender,
    moment: Moment,
) -> Result<(Address, Vec<u8>), SendError> {
    let to: Address = letter
        .to_address
        .parse()
        .ok()
        .filter(|address: &Address| (address.as_ref() as &str).is_ascii())
        .ok_or_else(|| SendError::refused("the recipient's address is not one a message can be sent to"))?;
    let name = one_line(&letter.to_name);
    let body = MultiPart::alternative()
        .boundary(format!("ehia-{}", letter.id.uuid().simple()))
        .singlepart(SinglePart::plain(words.text.clone()))
        .singlepart(SinglePart::html(words.html.clone()));
    let body = match calendar::entry(letter, sender, moment) {
        Some(entry) => with_entry(body, &entry, letter)?,
        None => body,
    };
    let mut message = Message::builder()
        .message_id(Some(words.message_id.clone()))
        .date(SystemTime::from(moment.at))
        .from(sender.mailbox().clone())
        .to(Mailbox::new((!name.is_empty()).then_some(name), to.clone()))
        .subject(words.subject.clone());
    for (header, value) in FIXED_HEADERS {
        message =
            message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(header), value.to_owned()));
    }
    let message =
        message.multipart(body).map_err(|_| SendError::permanent("the message could not be put together"))?;
    Ok((to, message.formatted()))
}

/// The message with an entry for calendars: as one more way to read it, which is what Outlook and Gmail offer to accept,
/// and as a file, which others open.
fn with_entry(body: MultiPart, entry: &Entry, letter: &Letter) -> Result<MultiPart, SendError> {
    let typed = |text: &str| {
        ContentType::parse(text).map_err(|_| SendError::permanent("the entry for calendars has no type"))
    };
    let offered = typed(&format!("text/calendar; method={}; charset=utf-8", entry.method))?;
    let offered = SinglePart::builder().header(offered).body(entry.text.clone());
    let file = Attachment::new("invite.ics".to_owned()).body(
        entry.text.clone(),
        typed(&format!("application/ics; name=\"invite.ics\"; method={}", entry.method))?,
    );
    // One boundary is never the beginning of another (RFC 2046, section 5.1.2).
    let boundary = format!("all-{}", letter.id.uuid().simple());
    Ok(MultiPart::mixed().boundary(boundary).multipart(body.singlepart(offered)).singlepart(file))
}
