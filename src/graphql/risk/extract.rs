//! What leaves of a picture.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};

use crate::{
    app::{ExtractAsked, ExtractFile, Picture},
    domain::risk::{ExposureDimension, RatingBasis, extract::ExtractFormat, tables::RiskTable},
    graphql::{error::Result, session::session, word::Word},
};

/// A file as it leaves: either text or, where it is none, its bytes in Base64.
#[derive(SimpleObject)]
pub struct RiskFile {
    /// What it may be called: `risk-2026-11-23-exposures.csv`.
    name: String,
    /// What it is: `text/csv; charset=utf-8`.
    media_type: String,
    /// What it says; null for a workbook, which is no text.
    text: Option<String>,
    /// Its bytes in Base64 (RFC 4648, section 4); null for text.
    base64: Option<String>,
}

impl From<ExtractFile> for RiskFile {
    fn from(file: ExtractFile) -> Self {
        let ExtractFile { name, media_type, is_text, body } = file;
        let text = if is_text { String::from_utf8(body.clone()).ok() } else { None };
        let base64 = text.is_none().then(|| encoded(&body));
        Self { name, media_type: media_type.to_owned(), text, base64 }
    }
}

impl RiskFile {
    /// The files of a picture.
    pub async fn list(
        ctx: &Context<'_>,
        picture: &Arc<Picture>,
        format: Word<ExtractFormat>,
        tables: Option<Vec<Word<RiskTable>>>,
        by: Option<Vec<Word<ExposureDimension>>>,
        basis: Word<RatingBasis>,
        least: Option<i32>,
    ) -> Result<Vec<Self>> {
        let asked = ExtractAsked {
            tables: tables.into_iter().flatten().map(|word| word.0).collect(),
            by: by.map_or_else(
                || vec![ExposureDimension::Group],
                |by| by.into_iter().map(|word| word.0).collect(),
            ),
            basis: basis.0,
            least: least.map(|least| usize::try_from(least).unwrap_or_default()),
            months: ExtractAsked::MONTHS,
        };
        let files = Box::pin(session(ctx).app.risk_files(picture, &asked, format.0)).await?;
        Ok(files.into_iter().map(Self::from).collect())
    }
}

/// Bytes in Base64, padded.
fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let whole =
            three.iter().fold(0_u32, |whole, byte| whole << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = usize::try_from(whole >> (18 - 6 * place) & 63).ok().and_then(|at| LETTERS.get(at));
            text.push(if place > three.len() {
                '='
            } else {
                letter.map_or('=', |letter| char::from(*letter))
            });
        }
    }
    text
}
