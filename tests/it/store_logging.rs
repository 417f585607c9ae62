//! What people write never reaches a log through the database.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use crate::support::{cases::World, on_both};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

on_both! {
    async fn no_statement_and_no_value_is_logged(db) {
        let log = Kept::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_writer(log.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        tracing::info!("listening");
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "A confidential title").await;
        db.store.read().case_by_reference(&case.reference).await.unwrap().unwrap();
        drop(guard);
        let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(told.contains("listening"));
        for word in ["confidential", "SELECT", "INSERT", &case.reference, "example.org"] {
            assert!(!told.contains(word), "{word}: {}", told.lines().find(|line| line.contains(word)).unwrap_or(""));
        }
    }
}
