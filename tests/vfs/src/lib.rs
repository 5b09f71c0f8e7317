//! A disk for SQLite whose power fails, that fills up and that breaks. For tests alone.
//!
//! [`Disk::under`] watches every database file in a folder, of any connection in this process: the product opens its files as
//! always. What SQLite writes goes to the real files at once, as an operating system shows it to those that read; beside that
//! the disk remembers what was made durable by a sync, and what was written since. When the power fails, nothing works any
//! more; when it returns, the files hold what was durable and, as chance has it, all, none or parts of the rest.
//!
//! | here | what |
//! |---|---|
//! | `disk` | what a test says to a disk, and what becomes of each call |
//! | `image` | one file: what is durable of it, what is not yet, and what a power failure leaves |
//! | `shim` | the C of it: between SQLite and the file system it would use |

mod disk;
mod image;
mod shim;

pub use disk::{Disk, Failure};
