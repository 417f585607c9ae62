//! Numbers and names in few bytes: seven bits of a number in each, the least first.

use super::known;

/// What is being written.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, number: impl Into<u64>) {
        let mut rest = number.into();
        while rest >= 0x80 {
            self.0.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.0.push(rest.to_le_bytes()[0]);
    }

    /// With its sign in the lowest bit.
    pub(super) fn signed(&mut self, number: i64) {
        self.number(number.unsigned_abs().wrapping_shl(1) | u64::from(number < 0));
    }

    pub(super) fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    /// A name: the number of one that ships, else 0 and its letters.
    pub(super) fn name(&mut self, name: &str) {
        if let Some(place) = known::number(name) {
            self.length(place + 1);
        } else {
            self.number(0_u8);
            self.length(name.len());
            self.0.extend_from_slice(name.as_bytes());
        }
    }

    /// A name that may be missing, which is no name at all.
    pub(super) fn optional(&mut self, name: Option<&String>) {
        self.number(u8::from(name.is_some()));
        if let Some(name) = name {
            self.name(name);
        }
    }
}

/// What is being read; nothing where it ends too early, or is no such thing.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(first & 0x7f).checked_shl(shift)?;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        let number = i64::try_from(value >> 1).ok()?;
        Some(if value & 1 == 1 { -number } else { number })
    }

    /// How many follow, each of a byte at least.
    pub(super) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= self.0.len())
    }

    pub(super) fn name(&mut self) -> Option<&'a str> {
        match usize::try_from(self.number()?).ok()? {
            0 => {
                let length = self.length()?;
                let (name, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                std::str::from_utf8(name).ok()
            }
            place => known::NAMES.get(place - 1).copied(),
        }
    }

    #[expect(clippy::option_option, reason = "what cannot be read is not what is not there")]
    pub(super) fn optional(&mut self) -> Option<Option<String>> {
        Some(match self.number()? {
            0 => None,
            1 => Some(self.name()?.to_owned()),
            _ => return None,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The word in this place.
pub(super) fn word<T: Copy>(words: &[T], place: u64) -> Option<T> {
    words.get(usize::try_from(place).ok()?).copied()
}
