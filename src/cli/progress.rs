//! How far long work has come: a bar on a terminal, plain lines otherwise; on standard error.

use std::io::{self, IsTerminal as _, Write as _};

/// Characters of the bar.
const WIDTH: usize = 30;

/// Progress of work whose length is known. It says nothing of work in one step.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    whole: usize,
    done: usize,
    bar: bool,
}

impl Progress {
    /// Begins.
    #[must_use]
    pub fn of(what: &'static str, whole: usize) -> Self {
        Self { what, whole, done: 0, bar: io::stderr().is_terminal() }
    }

    /// One more is done. A terminal that cannot be written to stops no work.
    pub fn step(&mut self) {
        self.done += 1;
        let Self { what, whole, done, .. } = *self;
        let tenth = |done: usize| done * 10 / whole.max(1);
        if whole < 2 {
            return;
        }
        if self.bar {
            let full = (done * WIDTH / whole).min(WIDTH);
            let end = if done == whole { "\n" } else { "" };
            let _ = write!(io::stderr(), "\r{what} [{:<WIDTH$}] {done}/{whole}{end}", "#".repeat(full));
        } else if tenth(done) > tenth(done - 1) {
            let _ = writeln!(io::stderr(), "{what} {done} of {whole}");
        }
    }
}

/// Progress of work whose length is not known.
#[derive(Debug)]
pub struct Counter {
    what: &'static str,
    told: u64,
    bar: bool,
}

/// How far a counter runs between two plain lines.
const STRIDE: u64 = 100_000;

impl Counter {
    /// Begins.
    #[must_use]
    pub fn of(what: &'static str) -> Self {
        Self { what, told: 0, bar: io::stderr().is_terminal() }
    }

    /// So much is done.
    pub fn reached(&mut self, done: u64) {
        if self.bar {
            let _ = write!(io::stderr(), "\r{} {done}", self.what);
            self.told = done;
        } else if done / STRIDE > self.told / STRIDE {
            let _ = writeln!(io::stderr(), "{} {done}", self.what);
            self.told = done;
        }
    }

    /// All is done.
    pub fn end(&self) {
        if self.bar && self.told > 0 {
            let _ = writeln!(io::stderr());
        }
    }
}
