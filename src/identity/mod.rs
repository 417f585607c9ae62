//! Who is it? Passwords and tokens; what they may do is `domain::permission`'s, and where they are kept the store's.

pub mod password;
pub mod token;
