//! A workflow as a picture: Mermaid for documents, SVG for pages.

use std::fmt::Write as _;

use crate::{
    words::words,
    workflow::{
        Phase, Standing,
        definition::{State, Transition, Workflow},
    },
};

words! {
    /// The format of a diagram.
    Format {
        /// Mermaid's `stateDiagram-v2`.
        Mermaid = "MERMAID",
        /// A self-contained SVG with its description as text.
        Svg = "SVG",
    }
}

impl Workflow {
    /// The diagram in that format. The same workflow always gives the same text.
    #[must_use]
    pub fn diagram(&self, format: Format) -> String {
        match format {
            Format::Mermaid => mermaid(self),
            Format::Svg => Drawing::of(self).svg(),
        }
    }

    /// Every way from a state to a state, with the number of its transition, from 1.
    fn ways(&self) -> impl Iterator<Item = (i32, &Transition, &State, &State)> {
        (1..).zip(&self.transitions).flat_map(move |(number, transition)| {
            let to = self.state(&transition.to);
            let from = transition.from.iter().filter_map(|from| self.state(from));
            from.filter_map(move |from| Some((number, transition, from, to?)))
        })
    }
}

fn mermaid(workflow: &Workflow) -> String {
    // A prefix keeps names apart from the words of the language (`end`, `state`, `note`).
    let mut text = String::from("stateDiagram-v2\n    direction LR\n");
    for state in &workflow.states {
        let _ = writeln!(
            text,
            "    state \"{} ({}, {})\" as s_{}",
            plain(&state.label),
            state.phase,
            state.standing,
            state.name
        );
    }
    let _ = writeln!(text, "    [*] --> s_{}", workflow.initial);
    for (_, transition, from, to) in workflow.ways() {
        let _ = writeln!(text, "    s_{} --> s_{}: {}", from.name, to.name, plain(&transition.label));
    }
    for state in workflow.states.iter().filter(|state| state.phase == Phase::Closed) {
        let _ = writeln!(text, "    s_{} --> [*]", state.name);
    }
    text
}

/// A label without what means something to Mermaid.
fn plain(label: &str) -> String {
    let spoken = label.split_whitespace().collect::<Vec<_>>().join(" ");
    spoken.chars().fold(String::new(), |mut text, c| {
        match c {
            '#' | ';' | ':' | '"' | '<' | '>' | '{' | '}' | '`' | '%' | '\\' => {
                let _ = write!(text, "#{};", u32::from(c));
            }
            c if c.is_control() => {}
            c => text.push(c),
        }
        text
    })
}

/// A label as XML text.
pub(crate) fn xml(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push(' '),
            c => out.push(c),
        }
        out
    })
}

/// Breaks a label into lines of at most `most` characters, at blanks where there are any.
fn lines(label: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in label.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(most) {
            let piece: String = piece.iter().collect();
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= most => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

const WIDTH: i32 = 190;
const COLUMN: i32 = 320;
const MARGIN: i32 = 40;
const LINE: i32 = 18;
const GAP: i32 = 56;
const TOP: i32 = 110;

/// Where a state is drawn.
struct Drawn<'a> {
    state: &'a State,
    lines: Vec<String>,
    column: i32,
    x: i32,
    y: i32,
    height: i32,
}

/// The states in a column for each phase, the transitions as numbered curves, and what the numbers mean.
struct Drawing<'a> {
    workflow: &'a Workflow,
    boxes: Vec<Drawn<'a>>,
    bottom: i32,
}

impl<'a> Drawing<'a> {
    fn of(workflow: &'a Workflow) -> Self {
        let mut boxes = Vec::new();
        let mut bottom = TOP;
        for (column, phase) in (0..).zip(Phase::ALL) {
            // Every other column sits lower, so that curves between neighbours do not run through boxes.
            let mut y = TOP + (column % 2) * 30;
            for state in workflow.states.iter().filter(|state| state.phase == *phase) {
                let lines = lines(&state.label, 20);
                let count = (0..).zip(&lines).last().map_or(1, |(last, _)| last + 1);
                let height = 30 + LINE * (count + 1);
                boxes.push(Drawn { state, lines, column, x: MARGIN + column * COLUMN, y, height });
                y += height + GAP;
            }
            bottom = bottom.max(y);
        }
        Self { workflow, boxes, bottom }
    }

    fn svg(&self) -> String {
        let workflow = self.workflow;
        let legend: Vec<String> = self.legend();
        let width = MARGIN * 2 + COLUMN * 4 + WIDTH + 60;
        let height = (0..).zip(&legend).last().map_or(0, |(last, _)| (last + 1) * LINE) + self.bottom + 60;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\" font-family=\"Arial, sans-serif\" font-size=\"14\" fill=\"#212b32\">\n"
        );
        let _ = writeln!(svg, "<title id=\"title\">{}</title>", xml(&workflow.title));
        let _ = writeln!(svg, "<desc id=\"desc\">{}</desc>", xml(&self.description()));
        svg.push_str("<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 10 5 0 10z\" fill=\"#212b32\"/></marker></defs>\n");
        let _ = writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"36\" font-size=\"20\" font-weight=\"bold\">{}</text>",
            xml(&workflow.title)
        );
        for (column, phase) in (0..).zip(Phase::ALL) {
            let x = MARGIN + column * COLUMN;
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"76\" font-weight=\"bold\">{phase}</text>");
        }
        let mut numbers = String::new();
        for (index, (number, transition, from, to)) in (0..).zip(workflow.ways()) {
            if let (Some(from), Some(to)) = (self.find(from), self.find(to)) {
                let (path, badge) = curve(index, number, &transition.label, from, to);
                svg.push_str(&path);
                numbers.push_str(&badge);
            }
        }
        self.boxes.iter().for_each(|one| one.draw(&mut svg, workflow));
        svg.push_str(&numbers);
        for (row, line) in (1..).zip(&legend) {
            let y = self.bottom + row * LINE;
            let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\">{}</text>", xml(line));
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn find(&self, state: &State) -> Option<&Drawn<'a>> {
        self.boxes.iter().find(|one| one.state.name == state.name)
    }

    /// The whole picture in words, for whoever does not see it.
    fn description(&self) -> String {
        let states = self.workflow.states.iter();
        let states =
            states.map(|state| format!("{} is {} and {}.", state.label, state.phase, state.standing));
        let ways = self.workflow.ways();
        let ways = ways.map(|(_, transition, from, to)| {
            format!("{}: from {} to {}.", transition.label, from.label, to.label)
        });
        let initial =
            self.workflow.state(&self.workflow.initial).map(|state| format!("It begins as {}.", state.label));
        initial.into_iter().chain(states).chain(ways).collect::<Vec<_>>().join(" ")
    }

    fn legend(&self) -> Vec<String> {
        let of = |(number, transition): (i32, &Transition)| {
            let labels = transition.from.iter().filter_map(|from| self.workflow.state(from));
            let from = labels.map(|state| state.label.as_str()).collect::<Vec<_>>().join("; ");
            let to = self.workflow.state(&transition.to).map_or("", |state| state.label.as_str());
            format!("{number}. {} [{}]: {from} \u{2192} {to}", transition.label, transition.roles.join(", "))
        };
        let key = "Solid border: pending. Thick border: proceeding. Dashed border: stopped.".to_owned();
        let lines = (1..).zip(&self.workflow.transitions).map(of);
        std::iter::once(key).chain(lines).collect()
    }
}

impl Drawn<'_> {
    fn draw(&self, svg: &mut String, workflow: &Workflow) {
        let Self { x, y, height, state, .. } = self;
        let border = match state.standing {
            Standing::Pending => "stroke-width=\"1.5\"",
            Standing::Proceeding => "stroke-width=\"4\"",
            Standing::Stopped => "stroke-width=\"1.5\" stroke-dasharray=\"6 4\"",
        };
        let _ = writeln!(
            svg,
            "<g><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\" fill=\"#ffffff\" stroke=\"#212b32\" {border}/>"
        );
        let middle = x + WIDTH / 2;
        for (row, line) in (1..).zip(&self.lines) {
            let at = y + 8 + row * LINE;
            let _ = writeln!(
                svg,
                "<text x=\"{middle}\" y=\"{at}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>",
                xml(line)
            );
        }
        let at = y + height - 12;
        let begins = if state.name == workflow.initial { "begins here, " } else { "" };
        let standing = state.standing.to_sql();
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{at}\" text-anchor=\"middle\" font-size=\"12\">{begins}{standing}</text></g>"
        );
    }
}

/// One way as a curve, and the number of its transition, which is drawn above all else. Ends are spread along
/// the sides of the boxes.
fn curve(index: i32, number: i32, label: &str, from: &Drawn, to: &Drawn) -> (String, String) {
    let port = |one: &Drawn, seed: i32| one.y + 8 + (seed * 13) % (one.height - 16);
    let (start, end) = (port(from, index), port(to, index + 3));
    // Forward from right to left side, backward from left to right side, and out and back on the right within
    // a column.
    let ((x1, c1), (x2, c2)) = match from.column.cmp(&to.column) {
        std::cmp::Ordering::Less => {
            let reach = 50 + (to.x - from.x - WIDTH) / 4;
            ((from.x + WIDTH, from.x + WIDTH + reach), (to.x, to.x - reach))
        }
        std::cmp::Ordering::Greater => {
            let reach = 50 + (from.x - to.x - WIDTH) / 4;
            ((from.x, from.x - reach), (to.x + WIDTH, to.x + WIDTH + reach))
        }
        std::cmp::Ordering::Equal => {
            let out = 40 + (index % 4) * 14;
            ((from.x + WIDTH, from.x + WIDTH + out), (to.x + WIDTH, to.x + WIDTH + out))
        }
    };
    // The number sits near the start, in the gap beside the box: `at` eighths along the curve.
    let at = if (from.column - to.column).abs() > 1 { 1 } else { 1 + index % 3 };
    let along = |a: i32, b: i32, c: i32, d: i32| {
        let rest = 8 - at;
        (rest.pow(3) * a + 3 * rest.pow(2) * at * b + 3 * rest * at.pow(2) * c + at.pow(3) * d) / 512
    };
    let (x, y) = (along(x1, c1, c2, x2), along(start, start, end, end));
    let label = xml(label);
    let path = format!(
        "<path d=\"M{x1} {start}C{c1} {start} {c2} {end} {x2} {end}\" fill=\"none\" stroke=\"#4c6272\" marker-end=\"url(#arrow)\"><title>{number}. {label}</title></path>\n"
    );
    let badge = format!(
        "<g><title>{number}. {label}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"10\" fill=\"#ffffff\" stroke=\"#4c6272\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"11\">{number}</text></g>\n",
        y + 4
    );
    (path, badge)
}
