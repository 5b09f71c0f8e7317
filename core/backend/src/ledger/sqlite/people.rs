//! People, sessions, the audit log and counts as rows.

use rusqlite::Row;
use saoma_contract::{AuditBy, AuditLine, DeviceId, MerchantId, PublicKey, Role, StaffId, StoreId, Time};

use super::read::{Connected, device, hash, many, one, parsed, parsed_opt, time, time_opt, unsigned};
use super::write::WriteTransaction;
use crate::ledger::{
    Act, Count, Counted, Device, LedgerError, PersonRow, PinHash, ReadPeople, SessionRow, Tries, WritePeople,
};

/// How long what the rules count is kept.
const COUNTED_MS: i64 = 8 * 24 * 60 * 60 * 1000;

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    let role: String = row.get("role")?;
    Ok(PersonRow {
        merchant: parsed(row, "merchant")?,
        id: parsed(row, "id")?,
        name: parsed(row, "name")?,
        role: Role::from(role.as_str()),
        store: parsed_opt(row, "store")?,
        pin: PinHash {
            memory_kib: unsigned(row, "pin_memory_kib")?,
            passes: unsigned(row, "pin_passes")?,
            salt: row.get("pin_salt")?,
            hash: row.get("pin_hash")?,
        },
        added_at: time(row, "added_at")?,
        removed_at: time_opt(row, "removed_at")?,
    })
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        merchant: parsed(row, "merchant")?,
        device: parsed(row, "device")?,
        person: parsed(row, "person")?,
        started_at: time(row, "started_at")?,
        expires_at: time(row, "expires_at")?,
    })
}

fn audit_line(row: &Row<'_>) -> rusqlite::Result<AuditLine> {
    let by: String = row.get("by")?;
    Ok(AuditLine {
        seq: unsigned(row, "seq")?,
        at: time(row, "at")?,
        by: AuditBy::from(by.as_str()),
        device: parsed_opt(row, "device")?,
        person: parsed_opt(row, "person")?,
        what: row.get("what")?,
        about: row.get("about")?,
        detail: row.get("detail")?,
        hash: hex::encode(hash(row, "hash")?),
    })
}

impl<T: Connected> ReadPeople for T {
    fn person(&self, merchant: &MerchantId, id: &StaffId) -> Result<Option<PersonRow>, LedgerError> {
        let sql = "SELECT * FROM people WHERE merchant = ?1 AND id = ?2";
        one(self.connection(), sql, [merchant.as_str(), id.as_str()], person)
    }

    fn people(&self, merchant: &MerchantId) -> Result<Vec<PersonRow>, LedgerError> {
        let sql = "SELECT * FROM people WHERE merchant = ?1 AND removed_at IS NULL ORDER BY id";
        many(self.connection(), sql, [merchant.as_str()], person)
    }

    fn session(&self, device: &DeviceId, person: &StaffId) -> Result<Option<SessionRow>, LedgerError> {
        let sql = "SELECT * FROM sessions WHERE device = ?1 AND person = ?2";
        one(self.connection(), sql, [device.as_str(), person.as_str()], session)
    }

    fn sessions(&self, merchant: &MerchantId) -> Result<Vec<SessionRow>, LedgerError> {
        let sql = "SELECT * FROM sessions WHERE merchant = ?1 ORDER BY device, person";
        many(self.connection(), sql, [merchant.as_str()], session)
    }

    fn tries(&self, about: &str) -> Result<Option<Tries>, LedgerError> {
        one(self.connection(), "SELECT * FROM pin_tries WHERE about = ?1", [about], |row| {
            Ok(Tries {
                wrong: unsigned(row, "wrong")?,
                last_at: time(row, "last_at")?,
                until: time_opt(row, "until")?,
            })
        })
    }

    fn devices(&self, merchant: &MerchantId) -> Result<Vec<Device>, LedgerError> {
        let sql = "SELECT * FROM devices WHERE merchant = ?1 ORDER BY paired_at DESC, id";
        many(self.connection(), sql, [merchant.as_str()], device)
    }

    fn devices_of_key(&self, key: &PublicKey) -> Result<Vec<Device>, LedgerError> {
        let sql = "SELECT * FROM devices WHERE public_key = ?1 ORDER BY paired_at, id";
        many(self.connection(), sql, [key.to_sec1().as_slice()], device)
    }

    fn audit(&self, merchant: &MerchantId, after: u64, limit: u32) -> Result<Vec<AuditLine>, LedgerError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let sql = "SELECT * FROM audit WHERE merchant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        many(self.connection(), sql, (merchant.as_str(), after, limit), audit_line)
    }

    fn paid_since(&self, merchant: &MerchantId, since: Time) -> Result<i64, LedgerError> {
        let sql =
            "SELECT coalesce(sum(amount), 0) AS paid FROM payments WHERE merchant = ?1 AND paid_at >= ?2";
        let paid = one(self.connection(), sql, (merchant.as_str(), since.unix_ms()), |row| row.get("paid"))?;
        Ok(paid.unwrap_or(0))
    }

    fn counted(
        &self,
        merchant: &MerchantId,
        kind: &str,
        device: Option<&DeviceId>,
        since: Time,
    ) -> Result<Count, LedgerError> {
        let read = |row: &Row<'_>| Ok(Count { times: unsigned(row, "times")?, amount: row.get("amount")? });
        // Two sentences, so that each has its index.
        let found = match device {
            None => one(
                self.connection(),
                "SELECT count(*) AS times, coalesce(sum(amount), 0) AS amount FROM counted
                 WHERE merchant = ?1 AND kind = ?2 AND at >= ?3",
                (merchant.as_str(), kind, since.unix_ms()),
                read,
            ),
            Some(device) => one(
                self.connection(),
                "SELECT count(*) AS times, coalesce(sum(amount), 0) AS amount FROM counted
                 WHERE merchant = ?1 AND kind = ?2 AND device = ?4 AND at >= ?3",
                (merchant.as_str(), kind, since.unix_ms(), device.as_str()),
                read,
            ),
        };
        Ok(found?.unwrap_or_default())
    }
}

impl WritePeople for WriteTransaction<'_> {
    fn put_person(&mut self, person: &PersonRow) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO people VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (merchant, id) DO UPDATE SET name = ?3, role = ?4, store = ?5, pin_memory_kib = ?6,
             pin_passes = ?7, pin_salt = ?8, pin_hash = ?9, removed_at = ?11",
            rusqlite::params![
                person.merchant.as_str(),
                person.id.as_str(),
                person.name.as_str(),
                person.role.as_str(),
                person.store.as_ref().map(StoreId::as_str),
                person.pin.memory_kib,
                person.pin.passes,
                person.pin.salt.as_slice(),
                person.pin.hash.as_slice(),
                person.added_at.unix_ms(),
                person.removed_at.map(Time::unix_ms),
            ],
        )
    }

    fn put_session(&mut self, session: &SessionRow) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (device, person) DO UPDATE SET started_at = ?4, expires_at = ?5",
            (
                session.device.as_str(),
                session.person.as_str(),
                session.merchant.as_str(),
                session.started_at.unix_ms(),
                session.expires_at.unix_ms(),
            ),
        )
    }

    fn end_sessions(
        &mut self,
        merchant: &MerchantId,
        device: Option<&DeviceId>,
        person: Option<&StaffId>,
    ) -> Result<u32, LedgerError> {
        let ended = self.changed_rows(
            "DELETE FROM sessions WHERE merchant = ?1 AND device = coalesce(?2, device)
             AND person = coalesce(?3, person)",
            (merchant.as_str(), device.map(DeviceId::as_str), person.map(StaffId::as_str)),
        )?;
        Ok(u32::try_from(ended).unwrap_or(u32::MAX))
    }

    fn put_tries(&mut self, about: &str, tries: Option<&Tries>) -> Result<(), LedgerError> {
        match tries {
            None => self.execute("DELETE FROM pin_tries WHERE about = ?1", [about]),
            Some(tries) => self.execute(
                "INSERT INTO pin_tries VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (about) DO UPDATE SET wrong = ?2, last_at = ?3, until = ?4",
                (about, tries.wrong, tries.last_at.unix_ms(), tries.until.map(Time::unix_ms)),
            ),
        }
    }

    fn put_audit(&mut self, merchant: &MerchantId, act: Act) -> Result<(), LedgerError> {
        let last = one(
            self.connection(),
            "SELECT seq, hash FROM audit WHERE merchant = ?1 ORDER BY seq DESC LIMIT 1",
            [merchant.as_str()],
            |row| Ok((unsigned::<u64>(row, "seq")?, hash(row, "hash")?)),
        )?;
        let (seq, former) = last.unwrap_or((0, [0; 32]));
        let Act { at, by, device, person, what, about, detail } = act;
        let line =
            AuditLine { seq: seq + 1, at, by, device, person, what, about, detail, hash: String::new() };
        self.execute(
            "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            rusqlite::params![
                merchant.as_str(),
                super::write::signed(line.seq)?,
                line.at.unix_ms(),
                line.by.as_str(),
                line.device.as_ref().map(DeviceId::as_str),
                line.person.as_ref().map(StaffId::as_str),
                line.what,
                line.about,
                line.detail,
                line.hash_after(&former).as_slice(),
            ],
        )
    }

    fn count(&mut self, counted: &Counted) -> Result<(), LedgerError> {
        self.execute(
            "DELETE FROM counted WHERE merchant = ?1 AND kind = ?2 AND at < ?3",
            (counted.merchant.as_str(), counted.kind, counted.at.plus_ms(-COUNTED_MS).unix_ms()),
        )?;
        self.execute(
            "INSERT INTO counted VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            (
                counted.merchant.as_str(),
                counted.kind,
                counted.device.as_str(),
                counted.about.as_str(),
                counted.amount,
                counted.at.unix_ms(),
            ),
        )
    }
}
