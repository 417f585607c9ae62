//! What drawings share: bands as patterns that differ without colour, and text that is set in lines.

use std::fmt::Write as _;

use crate::{rating::Band, workflow::diagram::xml};

/// Left and right of everything.
pub const MARGIN: usize = 24;
/// From one line of text to the next.
pub const LINE: usize = 18;
const INK: &str = "#212b32";

/// A drawing that is begun: its parts are added below each other.
pub struct Drawing {
    title: String,
    description: String,
    width: usize,
    /// Where the next part begins.
    pub y: usize,
    body: String,
}

impl Drawing {
    /// One with a title of this width, and words for whoever does not see it.
    pub fn new(title: &str, description: String, width: usize) -> Self {
        let mut drawing =
            Self { title: title.to_owned(), description, width, y: MARGIN, body: String::new() };
        drawing.y += 16;
        for line in wrapped(title, (width - 2 * MARGIN) / 11) {
            drawing.text(MARGIN, drawing.y, &line, "font-size=\"20\" font-weight=\"bold\"");
            drawing.y += 26;
        }
        drawing
    }

    /// Text that begins here; what it looks like in attributes.
    pub fn text(&mut self, x: usize, y: usize, text: &str, look: &str) {
        let _ = writeln!(self.body, "<text x=\"{x}\" y=\"{y}\" {look}>{}</text>", xml(text));
    }

    /// A paragraph over the whole width.
    pub fn paragraph(&mut self, text: &str, look: &str) {
        // Wide letters, so that nothing runs out of the drawing.
        let letter = if look.contains("font-size=\"12\"") { 7 } else { 8 };
        for line in wrapped(text, (self.width - 2 * MARGIN) / letter) {
            self.text(MARGIN, self.y, &line, look);
            self.y += LINE;
        }
    }

    /// What a reader must know, as labels and texts.
    pub fn heading(&mut self, heading: &[(String, String)]) {
        self.y += 10;
        for (label, text) in heading {
            self.paragraph(&format!("{label}: {text}"), "font-size=\"12\"");
        }
    }

    /// A field of a band, with what stands in it.
    pub fn field(
        &mut self,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
        band: Option<Band>,
        told: &[String],
    ) {
        let fill = band.map_or("#ffffff".to_owned(), |band| format!("url(#{})", pattern(band)));
        let dashes = if band == Some(Band::Unrated) { " stroke-dasharray=\"5 3\"" } else { "" };
        let _ = writeln!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\" stroke=\"{INK}\"{dashes}/>"
        );
        if told.is_empty() {
            return;
        }
        let longest = told.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        let (wide, tall) = (longest * 8 + 12, told.len() * 16 + 6);
        let (left, top) = (x + (width.saturating_sub(wide)) / 2, y + (height.saturating_sub(tall)) / 2);
        let _ = writeln!(
            self.body,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{tall}\" rx=\"4\" fill=\"#ffffff\"/>"
        );
        for (row, line) in told.iter().enumerate() {
            let look = if row == 0 {
                "text-anchor=\"middle\" font-weight=\"bold\""
            } else {
                "text-anchor=\"middle\" font-size=\"12\""
            };
            self.text(x + width / 2, top + 16 * (row + 1), line, look);
        }
    }

    /// What each pattern means.
    pub fn legend(&mut self, bands: &[Band]) {
        let mut x = MARGIN;
        self.y += 8;
        for band in bands {
            let name = label(*band);
            let wide = 42 + name.chars().count() * 8;
            if x + wide > self.width - MARGIN {
                x = MARGIN;
                self.y += 30;
            }
            self.field((x, self.y), (34, 22), Some(*band), &[]);
            self.text(x + 42, self.y + 16, name, "");
            x += wide + 24;
        }
        self.y += 22 + LINE + 4;
    }

    /// What a row is called, in two lines at most beside it, in the middle of its height.
    pub fn name(&mut self, x: usize, y: usize, height: usize, name: &str, most: usize) {
        let mut lines = wrapped(name, most);
        if let Some(rest) = lines.get(1..).filter(|rest| rest.len() > 1) {
            let rest = clipped(&rest.join(" "), most);
            lines.truncate(1);
            lines.push(rest);
        }
        let top = y + (height + 10).saturating_sub(15 * (lines.len().max(1) - 1)) / 2;
        for (row, line) in lines.iter().enumerate() {
            self.text(x, top + 15 * row, &clipped(line, most), "font-size=\"13\"");
        }
    }

    /// A line of text that rises from here, for the head of a narrow column.
    pub fn rising(&mut self, x: usize, y: usize, text: &str) {
        let _ = writeln!(
            self.body,
            "<text transform=\"translate({x} {y}) rotate(-45)\" font-size=\"13\">{}</text>",
            xml(text)
        );
    }

    /// The whole drawing.
    pub fn finish(self) -> String {
        let Self { title, description, width, y, body } = self;
        let height = y + MARGIN;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-labelledby=\"title desc\" font-family=\"Arial, sans-serif\" font-size=\"14\" fill=\"{INK}\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n{PATTERNS}\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n",
            xml(&title),
            xml(&description)
        )
    }
}

const PATTERNS: &str = "<defs>\n\
    <pattern id=\"low\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"#ffffff\"/></pattern>\n\
    <pattern id=\"moderate\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"#ffffff\"/>\
    <circle cx=\"4\" cy=\"4\" r=\"1.3\" fill=\"#212b32\"/></pattern>\n\
    <pattern id=\"high\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"#e8edee\"/>\
    <path d=\"M-2 2 2 -2M0 8 8 0M6 10 10 6\" stroke=\"#212b32\" stroke-width=\"1.6\"/></pattern>\n\
    <pattern id=\"extreme\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"#425563\"/>\
    <path d=\"M-2 2 2 -2M0 8 8 0M6 10 10 6M-2 6 2 10M0 0 8 8M6 -2 10 2\" stroke=\"#ffffff\" stroke-width=\"1\"/></pattern>\n\
    <pattern id=\"unrated\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"#ffffff\"/></pattern>\n\
    </defs>\n";

fn pattern(band: Band) -> String {
    band.to_sql()
}

/// What a band is called under a drawing.
pub fn label(band: Band) -> &'static str {
    match band {
        Band::Low => "L low (plain)",
        Band::Moderate => "M moderate (dots)",
        Band::High => "H high (hatched)",
        Band::Extreme => "X extreme (dark, crossed)",
        Band::Unrated => "\u{2013} not rated (dashed border)",
    }
}

/// The letter that stands for a band in a field.
pub fn letter(band: Band) -> &'static str {
    match band {
        Band::Low => "L",
        Band::Moderate => "M",
        Band::High => "H",
        Band::Extreme => "X",
        Band::Unrated => "\u{2013}",
    }
}

/// Lines of at most so many letters, parted at blanks.
pub fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text of at most so many letters.
pub fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}\u{2026}", kept.trim_end())
}

/// So many of something.
pub fn of(count: i64, noun: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{many}")
}
