//! Keyset paging: by sort key and identifier, in either direction, without OFFSET.

use std::fmt::{self, Display, Formatter, Write};

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, DbBackend, Order, Statement,
    sea_query::{
        Expr, ExprTrait, PostgresQueryBuilder, QueryBuilder, SelectStatement, SimpleExpr, SqlWriter,
        SqliteQueryBuilder, Value, Values,
    },
};
use uuid::Uuid;

use crate::domain::page::{MOST, Page, Window};

/// How many rows to ask for: one more than the page, to see whether it goes on.
pub(crate) fn limit(window: &Window) -> u64 {
    u64::from(window.size.clamp(1, MOST)) + 1
}

/// The statement of a page, with its length written out. To PostgreSQL a length that is a parameter could be a tenth of
/// the table, so that no plan made beforehand would do and each page would be planned anew, longer than it takes to run.
pub(crate) fn statement(backend: DbBackend, page: &SelectStatement) -> Statement {
    let mut written = Written::default();
    match backend {
        DbBackend::Postgres => page.build_collect_any_into(&PostgresQueryBuilder, &mut written),
        _ => page.build_collect_any_into(&SqliteQueryBuilder, &mut written),
    }
    Statement { sql: written.sql, values: Some(Values(written.values)), db_backend: backend }
}

/// A statement being written, in which every value is a parameter but lengths; they alone are unsigned.
#[derive(Default)]
struct Written {
    sql: String,
    values: Vec<Value>,
}

impl SqlWriter for Written {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        if let Value::BigUnsigned(Some(length)) = value {
            self.sql.push_str(&length.to_string());
            return;
        }
        let (placeholder, numbered) = builder.placeholder();
        self.sql.push_str(placeholder);
        self.values.push(value);
        if numbered {
            self.sql.push_str(&self.values.len().to_string());
        }
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}

impl Write for Written {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.sql.write_str(text)
    }
}

impl Display for Written {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sql)
    }
}

/// The order in which to read: reversed when paging backwards.
pub(crate) fn order(window: &Window, ascending: bool) -> Order {
    if window.forwards == ascending { Order::Asc } else { Order::Desc }
}

/// Rows beyond a cursor: `keys` are columns with the cursor's values, the most significant first.
pub(crate) fn beyond(window: &Window, ascending: bool, keys: Vec<(SimpleExpr, Value)>) -> Condition {
    let rising = window.forwards == ascending;
    let mut any = Condition::any();
    for place in 0..keys.len() {
        let mut all = Condition::all();
        for (index, (column, value)) in keys.iter().take(place + 1).enumerate() {
            let (column, value) = (column.clone(), Expr::val(value.clone()));
            all = all.add(match (index < place, rising) {
                (true, _) => column.eq(value),
                (false, true) => column.gt(value),
                (false, false) => column.lt(value),
            });
        }
        any = any.add(all);
    }
    any
}

/// The page of rows that were read with [`limit`] and [`order`].
pub(crate) fn page<T>(window: &Window, mut rows: Vec<T>) -> Page<T> {
    let size = window.size.clamp(1, MOST) as usize;
    let more = rows.len() > size;
    rows.truncate(size);
    let from_inside = window.cursor.is_some();
    if window.forwards {
        Page { nodes: rows, has_previous: from_inside, has_next: more }
    } else {
        rows.reverse();
        Page { nodes: rows, has_previous: more, has_next: from_inside }
    }
}

/// The instant and identifier of a cursor `microseconds~uuid`.
pub(crate) fn instant_cursor(cursor: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = cursor.split_once('~')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, Uuid::try_parse(id).ok()?))
}
