//! The C of it: a file system for SQLite in front of the one it would use. Files of no disk of ours are opened by that one
//! directly; of the others each call is shown to the disk first. Locks and shared memory are the other's alone.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use rusqlite::ffi::{
    SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR_ACCESS, SQLITE_IOERR_DELETE, SQLITE_IOERR_FSYNC,
    SQLITE_IOERR_READ, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE, SQLITE_OK, sqlite3_file, sqlite3_filename,
    sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use crate::disk::{Act, Refused, Watched, disk_of};

/// What SQLite holds of an open file: ours first, and behind it, in the same piece of memory, the other's.
#[repr(C)]
struct Ours {
    methods: *const sqlite3_io_methods,
    seen: *mut Seen,
}

/// A file of a disk.
struct Seen {
    disk: Arc<Watched>,
    path: PathBuf,
}

const NAME: &CStr = c"saoma-disk";

/// The other's file begins so far behind ours.
const BEHIND: usize = size_of::<Ours>();

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without memory-mapped reading, which goes past us.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Puts our file system in front, for every database that is opened from now on in this process.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the usual file system is there for ever, and its description is plain data.
        let usual = unsafe { sqlite3_vfs_find(std::ptr::null()) };
        assert!(!usual.is_null(), "SQLite has a file system");
        // SAFETY: as above. What is not changed are functions that do not look at the file system they are called with.
        let mut ours = unsafe { std::ptr::read(usual) };
        let behind = c_int::try_from(BEHIND).expect("a few bytes");
        ours.szOsFile += behind;
        ours.pNext = std::ptr::null_mut();
        ours.zName = NAME.as_ptr();
        ours.pAppData = usual.cast();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        ours.xAccess = Some(access);
        let ours = Box::leak(Box::new(ours));
        // SAFETY: it lives for ever.
        let taken = unsafe { sqlite3_vfs_register(ours, 1) };
        assert_eq!(taken, SQLITE_OK, "SQLite takes a file system");
    });
}

fn usual(ours: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: SQLite calls us with what we registered.
    unsafe { (*ours).pAppData.cast() }
}

/// A path as SQLite gives it: complete, since it asked for that first.
///
/// # Safety
/// `name` is null or ends with a zero byte.
unsafe fn path_of<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as promised.
    Some(Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let usual = usual(vfs);
    // SAFETY: SQLite gives a name or none, and memory for a file of the size we asked for.
    unsafe {
        let Some(open) = (*usual).xOpen else { return SQLITE_CANTOPEN };
        let disk = path_of(name).and_then(|path| Some((disk_of(path)?, path)));
        let Some((disk, path)) = disk else { return open(usual, name, file, flags, flags_out) };
        (*file).pMethods = std::ptr::null();
        if disk.is_dead() {
            return SQLITE_CANTOPEN;
        }
        disk.opens(path);
        let opened = open(usual, name, other(file), flags, flags_out);
        if opened != SQLITE_OK {
            disk.closes(path);
            if !(*other(file)).pMethods.is_null() {
                forward(file, |methods| methods.xClose, |close, other| close(other));
            }
            return opened;
        }
        let seen = Box::into_raw(Box::new(Seen { disk, path: path.to_owned() }));
        file.cast::<Ours>().write(Ours { methods: &raw const METHODS, seen });
    }
    SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let usual = usual(vfs);
    // SAFETY: SQLite gives a name.
    unsafe {
        let Some(delete) = (*usual).xDelete else { return SQLITE_IOERR_DELETE };
        let disk = path_of(name).and_then(|path| Some((disk_of(path)?, path)));
        let Some((disk, path)) = disk else { return delete(usual, name, sync_folder) };
        let act = Act::Delete(sync_folder != 0);
        if disk.may(&act).is_err() {
            return SQLITE_IOERR_DELETE;
        }
        let deleted = delete(usual, name, sync_folder);
        if deleted == SQLITE_OK {
            disk.did(path, &act);
        }
        deleted
    }
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    found: *mut c_int,
) -> c_int {
    let usual = usual(vfs);
    // SAFETY: SQLite gives a name and a place for the answer.
    unsafe {
        if path_of(name).and_then(disk_of).is_some_and(|disk| disk.is_dead()) {
            return SQLITE_IOERR_ACCESS;
        }
        (*usual).xAccess.map_or(SQLITE_IOERR_ACCESS, |access| access(usual, name, flags, found))
    }
}

/// The other's file.
///
/// # Safety
/// `file` is memory of the size that we asked for.
unsafe fn other(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: as promised; ours is a whole number of pointers long, so the other's is aligned.
    unsafe { file.cast::<u8>().add(BEHIND).cast() }
}

/// What we know of an open file.
///
/// # Safety
/// `file` was opened by us.
unsafe fn seen<'a>(file: *mut sqlite3_file) -> &'a Seen {
    // SAFETY: as promised; it lives until the file is closed.
    unsafe { &*(*file.cast::<Ours>()).seen }
}

/// Calls the other's method.
///
/// # Safety
/// `file` was opened by us.
unsafe fn forward<M>(
    file: *mut sqlite3_file,
    method: impl FnOnce(&sqlite3_io_methods) -> Option<M>,
    call: impl FnOnce(M, *mut sqlite3_file) -> c_int,
) -> c_int {
    // SAFETY: the other's file was opened, so it has methods.
    unsafe {
        let other = other(file);
        let methods = &*(*other).pMethods;
        method(methods).map_or(SQLITE_IOERR_ACCESS, |method| call(method, other))
    }
}

/// Asks the disk, does it, and tells the disk.
///
/// # Safety
/// `file` was opened by us.
unsafe fn act(file: *mut sqlite3_file, act: &Act<'_>, broken: c_int, done: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: as promised.
    let seen = unsafe { seen(file) };
    match seen.disk.may(act) {
        Err(Refused::Full) => SQLITE_FULL,
        Err(Refused::Broken) => broken,
        Ok(()) => {
            let outcome = done();
            if outcome == SQLITE_OK {
                seen.disk.did(&seen.path, act);
            }
            outcome
        }
    }
}

fn length(bytes: impl TryInto<usize>) -> usize {
    bytes.try_into().unwrap_or(0)
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls it once, with a file that we opened.
    unsafe {
        let closed = forward(file, |methods| methods.xClose, |close, other| close(other));
        let seen = Box::from_raw((*file.cast::<Ours>()).seen);
        seen.disk.closes(&seen.path);
        closed
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    to: *mut c_void,
    bytes: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened and memory of that length.
    unsafe {
        if seen(file).disk.is_dead() {
            return SQLITE_IOERR_READ;
        }
        forward(file, |methods| methods.xRead, |read, other| read(other, to, bytes, at))
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened and memory of that length.
    unsafe {
        let content = std::slice::from_raw_parts(from.cast::<u8>(), length(bytes));
        act(file, &Act::Write(length(at), content), SQLITE_IOERR_WRITE, || {
            forward(file, |methods| methods.xWrite, |write, other| write(other, from, bytes, at))
        })
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe {
        act(file, &Act::Truncate(length(size)), SQLITE_IOERR_TRUNCATE, || {
            forward(file, |methods| methods.xTruncate, |truncate, other| truncate(other, size))
        })
    }
}

/// The real file is not synced: what is durable is the disk's word.
unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { act(file, &Act::Sync, SQLITE_IOERR_FSYNC, || SQLITE_OK) }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xFileSize, |file_size, other| file_size(other, size)) }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xLock, |lock, other| lock(other, level)) }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xUnlock, |unlock, other| unlock(other, level)) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, is_held: *mut c_int) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xCheckReservedLock, |check, other| check(other, is_held)) }
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, with: *mut c_void) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xFileControl, |control, other| control(other, what, with)) }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xSectorSize, |size, other| size(other)) }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xDeviceCharacteristics, |tell, other| tell(other)) }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    place: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xShmMap, |map, other| map(other, region, size, extend, place)) }
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, from: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xShmLock, |lock, other| lock(other, from, count, flags)) }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe {
        let barrier = |barrier: unsafe extern "C" fn(*mut sqlite3_file), other| {
            barrier(other);
            SQLITE_OK
        };
        forward(file, |methods| methods.xShmBarrier, barrier);
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: SQLite calls it with a file that we opened.
    unsafe { forward(file, |methods| methods.xShmUnmap, |unmap, other| unmap(other, delete)) }
}
