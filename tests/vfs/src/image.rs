//! One file as a disk has it: what is durable, what was written since, and what a power failure leaves of that.

use saoma_chance::Chance;

/// The unit in which a disk keeps its word: a sector is old or new, never mixed.
const SECTOR: usize = 512;

/// What becomes of writes that no sync has made durable.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss {
    /// None of them is there.
    All,
    /// All of them are there.
    Nothing,
    /// Each is there, is not, or is torn, in whatever order the disk found best.
    Some,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

/// A file.
#[derive(Debug, Default)]
pub(crate) struct Image {
    /// Its durable content; none if its name is not durable yet.
    durable: Option<Vec<u8>>,
    since: Vec<Change>,
    /// It was deleted, and that may not be durable.
    deleted: bool,
}

impl Image {
    /// A file as it was found.
    pub(crate) fn found(content: Option<Vec<u8>>) -> Self {
        Self { durable: content, ..Self::default() }
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.since.push(Change::Write(at, bytes.to_vec()));
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.since.push(Change::Truncate(length));
    }

    /// Its content is durable, and so is its name: file systems of phones and servers keep that with it.
    pub(crate) fn sync(&mut self) {
        if self.deleted {
            self.durable = None;
        }
        let content = self.durable.get_or_insert_default();
        self.since.drain(..).for_each(|change| apply(content, &change));
        self.deleted = false;
    }

    /// Its folder was synced: its name is durable, or that it has none any more. Its content is not.
    pub(crate) fn sync_name(&mut self) {
        if self.is_deleted() {
            self.durable = None;
        } else if self.deleted || self.durable.is_none() {
            self.durable = Some(Vec::new());
            self.deleted = false;
        }
    }

    /// Whether its name may be lost with the power.
    pub(crate) fn is_new(&self) -> bool {
        self.durable.is_none() || self.deleted
    }

    pub(crate) fn delete(&mut self) {
        self.since.clear();
        self.deleted = true;
    }

    /// A file under the name of one that was deleted: until it is synced, the name may still lead to the old one.
    pub(crate) fn create(&mut self) {
        self.since.clear();
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted && self.since.is_empty()
    }

    /// What those that read see.
    pub(crate) fn now(&self) -> Vec<u8> {
        let mut content = if self.deleted { Vec::new() } else { self.durable.clone().unwrap_or_default() };
        for change in &self.since {
            apply(&mut content, change);
        }
        content
    }

    /// What a power failure leaves: the file's content, or nothing if the file itself is lost.
    pub(crate) fn after_power_failure(&self, loss: Loss, chance: &mut Chance) -> Option<Vec<u8>> {
        let keeps_name = match loss {
            Loss::All => false,
            Loss::Nothing => true,
            Loss::Some => chance.below(2) == 0,
        };
        if self.deleted && self.since.is_empty() {
            return if keeps_name { None } else { self.durable.clone() };
        }
        let replaced = self.deleted;
        if !keeps_name && (replaced || self.durable.is_none()) {
            return self.durable.clone();
        }
        let mut content = if replaced { Vec::new() } else { self.durable.clone().unwrap_or_default() };
        for change in &self.since {
            match loss {
                Loss::All => {}
                Loss::Nothing => apply(&mut content, change),
                Loss::Some => apply_in_part(&mut content, change, chance),
            }
        }
        Some(content)
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Truncate(length) => content.resize(*length, 0),
        Change::Write(at, bytes) => {
            let end = at + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*at..end].copy_from_slice(bytes);
        }
    }
}

/// A third is there, a third is not, and of a third only some sectors are.
fn apply_in_part(content: &mut Vec<u8>, change: &Change, chance: &mut Chance) {
    match (chance.below(3), change) {
        (0, _) => apply(content, change),
        (1, Change::Write(at, bytes)) => {
            let mut from = 0;
            while from < bytes.len() {
                let until = (SECTOR - (at + from) % SECTOR + from).min(bytes.len());
                if chance.below(2) == 0 {
                    apply(content, &Change::Write(at + from, bytes[from..until].to_vec()));
                }
                from = until;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_stays_and_the_rest_is_a_matter_of_chance() {
        let mut image = Image::found(None);
        image.write(0, &[1; 2000]);
        image.sync();
        image.write(0, &[2; 2000]);
        image.write(2000, &[3; 100]);
        assert_eq!(image.now().len(), 2100);
        let after = |loss, seed| {
            image.after_power_failure(loss, &mut Chance::new(seed)).expect("its name is durable")
        };
        assert_eq!(after(Loss::All, 1), [1; 2000]);
        assert_eq!(after(Loss::Nothing, 1), image.now());
        let torn = (0..50)
            .map(|seed| after(Loss::Some, seed))
            .find(|left| left[..2000].contains(&1) && left[..2000].contains(&2));
        let torn = torn.expect("some write is torn");
        assert!(torn[..2000].chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
    }

    #[test]
    fn a_deleted_file_may_come_back_until_the_folder_is_synced() {
        let mut image = Image::found(Some(vec![1; 10]));
        image.delete();
        assert_eq!(image.after_power_failure(Loss::All, &mut Chance::new(1)), Some(vec![1; 10]));
        assert_eq!(image.after_power_failure(Loss::Nothing, &mut Chance::new(1)), None);
        image.create();
        image.write(0, &[2; 4]);
        assert_eq!(image.after_power_failure(Loss::All, &mut Chance::new(1)), Some(vec![1; 10]));
        assert_eq!(image.after_power_failure(Loss::Nothing, &mut Chance::new(1)), Some(vec![2; 4]));
        image.sync();
        assert_eq!(image.after_power_failure(Loss::All, &mut Chance::new(1)), Some(vec![2; 4]));
    }
}
