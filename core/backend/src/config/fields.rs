//! Reading a table field by field: every wrong, missing or unknown field is noted, and reading goes on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::rc::Rc;

use toml::{Table, Value};

use super::ConfigProblem;

/// The problems found so far.
#[derive(Clone, Default)]
pub(super) struct Problems(Rc<RefCell<Vec<ConfigProblem>>>);

impl Problems {
    pub(super) fn note(&self, field: impl Into<String>, detail: impl Display) {
        let problem = ConfigProblem { field: field.into(), detail: detail.to_string() };
        let mut found = self.0.borrow_mut();
        // A field that is read twice is wrong once.
        if !found.contains(&problem) {
            found.push(problem);
        }
    }

    pub(super) fn take(&self) -> Vec<ConfigProblem> {
        self.0.take()
    }
}

/// A table and where it stands.
pub(super) struct Fields<'a> {
    table: &'a Table,
    path: String,
    problems: Problems,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(table: &'a Table, path: &str, problems: &Problems) -> Self {
        Self { table, path: path.to_owned(), problems: problems.clone(), asked: RefCell::default() }
    }

    /// The whole name of a field.
    pub(super) fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// Notes a problem of a field.
    pub(super) fn problem(&self, field: &str, detail: impl Display) {
        self.problems.note(self.name(field), detail);
    }

    fn value(&self, field: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().insert(field);
        self.table.get(field)
    }

    fn of_kind<T>(
        &self,
        field: &'static str,
        kind: &str,
        take: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(field)?;
        let taken = take(value);
        if taken.is_none() {
            self.problem(field, format!("must be {kind}, is {}", value.type_str()));
        }
        taken
    }

    pub(super) fn text_opt(&self, field: &'static str) -> Option<&'a str> {
        self.of_kind(field, "a text", Value::as_str)
    }

    pub(super) fn text(&self, field: &'static str) -> Option<&'a str> {
        self.required(field);
        self.text_opt(field)
    }

    pub(super) fn flag(&self, field: &'static str, default: bool) -> bool {
        self.of_kind(field, "true or false", Value::as_bool).unwrap_or(default)
    }

    /// A number within a range, or its default.
    pub(super) fn number<T>(&self, field: &'static str, range: std::ops::RangeInclusive<T>, default: T) -> T
    where
        T: TryFrom<i64> + PartialOrd + Display + Copy,
    {
        let Some(value) = self.of_kind(field, "a whole number", Value::as_integer) else { return default };
        match T::try_from(value) {
            Ok(value) if range.contains(&value) => value,
            _ => {
                self.problem(field, format!("must be {} to {}, is {value}", range.start(), range.end()));
                default
            }
        }
    }

    /// A text that is parsed into something.
    pub(super) fn parsed<T: std::str::FromStr<Err: Display>>(&self, field: &'static str) -> Option<T> {
        self.noted(field, self.text(field)?.parse())
    }

    /// A result whose error is noted.
    pub(super) fn noted<T, E: Display>(&self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.problem(field, error)).ok()
    }

    pub(super) fn table_opt(&self, field: &'static str) -> Option<Fields<'a>> {
        let table = self.of_kind(field, "a table", Value::as_table)?;
        Some(Fields::new(table, &self.name(field), &self.problems))
    }

    pub(super) fn table(&self, field: &'static str) -> Option<Fields<'a>> {
        self.required(field);
        self.table_opt(field)
    }

    /// At least one table.
    pub(super) fn tables(&self, field: &'static str) -> Vec<Fields<'a>> {
        self.required(field);
        let all_tables = |value: &'a Value| {
            value
                .as_array()?
                .iter()
                .map(Value::as_table)
                .collect::<Option<Vec<_>>>()
                .filter(|all| !all.is_empty())
        };
        let tables = self.of_kind(field, "one or more tables", all_tables).unwrap_or_default();
        let of = |(at, table)| Fields::new(table, &format!("{}[{at}]", self.name(field)), &self.problems);
        tables.into_iter().enumerate().map(of).collect()
    }

    fn required(&self, field: &'static str) {
        if self.value(field).is_none() {
            self.problem(field, "is missing");
        }
    }

    /// Notes fields that nobody asked for.
    pub(super) fn end(&self) {
        let asked = self.asked.borrow();
        for name in self.table.keys().filter(|name| !asked.contains(name.as_str())) {
            let known: Vec<&str> = asked.iter().copied().collect();
            self.problem(name, format!("no such field here; known are {}", known.join(", ")));
        }
    }
}
