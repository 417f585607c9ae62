//! One JSON document with every table, for programs.

use serde_json::{Map, Value, json};

use super::{Cell, Extract};

/// The layout that is written.
pub const FORMAT: &str = "ehia/risk-extract/1";

/// The document: `heading` by label, and each table with its columns and rows by the keys of these.
#[must_use]
pub fn write(extract: &Extract) -> Value {
    let heading: Vec<Value> =
        extract.heading.iter().map(|(label, text)| json!({ "label": label, "text": text })).collect();
    let tables: Vec<Value> = extract
        .tables
        .iter()
        .map(|table| {
            let columns: Vec<Value> = table
                .columns
                .iter()
                .map(|column| json!({ "key": column.key, "title": column.title }))
                .collect();
            let rows = table.rows.iter().map(|cells| {
                let keys = table.columns.iter().map(|column| column.key.clone());
                Value::Object(keys.zip(cells.iter().map(value)).collect::<Map<_, _>>())
            });
            json!({
                "key": table.key,
                "title": table.title,
                "note": table.note,
                "columns": columns,
                "rows": rows.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "format": FORMAT, "title": extract.title, "heading": heading, "tables": tables })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Number(number) => json!(number),
        Cell::Date(day) => json!(day),
        Cell::Money(money) => json!(money),
        Cell::Truth(truth) => json!(truth),
    }
}
