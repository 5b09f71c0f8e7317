//! The file: whose it is, what survives, what a full disk does.

use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sandbox.db");
    (folder, path)
}

#[tokio::test]
async fn what_was_kept_is_there_after_opening_again() {
    let (_folder, path) = folder();
    let store = Store::open(&path).unwrap();
    store.run(|rows| rows.keep("name", &7)).await.unwrap();
    store.close();
    let again = Store::open(&path).unwrap();
    assert_eq!(again.run(|rows| rows.kept::<i32>("name")).await.unwrap(), Some(7));
    assert_eq!(again.run(|rows| rows.kept::<i32>("other")).await.unwrap(), None);
}

#[tokio::test]
async fn failed_work_leaves_nothing_and_does_not_touch_work_beside_it() {
    let (_folder, path) = folder();
    let store = Store::open(&path).unwrap();
    let failing = store.run(|rows| {
        rows.keep("half", &1)?;
        Err::<(), _>(StoreError::Stopped)
    });
    let good = store.run(|rows| rows.keep("whole", &2));
    let (failed, kept) = tokio::join!(failing, good);
    assert!(failed.is_err());
    kept.unwrap();
    let read = store.run(|rows| Ok((rows.kept::<i32>("half")?, rows.kept::<i32>("whole")?)));
    assert_eq!(read.await.unwrap(), (None, Some(2)));
}

#[test]
fn a_full_disk_is_told_and_undoes_what_shared_its_transaction_and_nothing_else() {
    let (_folder, path) = folder();
    let mut connection = open::open(&path).unwrap();
    alone(&connection, |rows| rows.keep("before", &"small")).unwrap();
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();

    let (answers, told) = std::sync::mpsc::channel();
    let job = |name: &'static str, value: String| -> Job {
        let answers = answers.clone();
        Box::new(move |connection| {
            let outcome = alone(connection, |rows| rows.keep(name, &value));
            Box::new(move |committed| answers.send(outcome.and(committed)).unwrap())
        })
    };
    let jobs = vec![
        job("beside", "small".into()),
        job("before", "x".repeat(1_000_000)),
        job("after", "small".into()),
    ];
    together(&mut connection, jobs);

    assert!(matches!(told.recv().unwrap(), Err(StoreError::Undone)));
    assert!(matches!(told.recv().unwrap(), Err(StoreError::Full)));
    assert!(told.recv().unwrap().is_ok());
    let kept = |name| alone(&connection, |rows| rows.kept::<String>(name)).unwrap();
    assert_eq!(kept("before").as_deref(), Some("small"));
    assert_eq!(kept("beside"), None);
    assert_eq!(kept("after").as_deref(), Some("small"));
}

#[tokio::test]
async fn a_stopped_store_says_so() {
    let (_folder, path) = folder();
    let store = Store::open(&path).unwrap();
    store.close();
    assert!(matches!(store.run(|rows| rows.keep("name", &7)).await, Err(StoreError::Stopped)));
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_was() {
    for make in ["CREATE TABLE theirs (a)", "PRAGMA application_id = 7", "PRAGMA user_version = 3"] {
        let (_folder, path) = folder();
        Connection::open(&path).unwrap().execute_batch(make).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(matches!(Store::open(&path), Err(OpenError::Foreign)), "{make}");
        assert_eq!(fs::read(&path).unwrap(), before, "{make}");
    }
}

#[test]
fn a_newer_version_and_a_file_that_is_no_database_are_refused() {
    let (_folder, path) = folder();
    Store::open(&path).unwrap().close();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(&path), Err(OpenError::Newer { found: 99 })));

    let (_folder, path) = folder();
    fs::write(&path, "this is a letter, not a database; ".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(OpenError::NotADatabase)));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_second_sandbox_on_the_same_file_is_refused() {
    let (_folder, path) = folder();
    let first = Store::open(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(OpenError::InUse)));
    first.close();
    Store::open(&path).unwrap().close();
}
