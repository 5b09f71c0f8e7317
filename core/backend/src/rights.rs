//! Who may do what: one table. Rights belong to people, a device has a ceiling, and what is allowed is the smaller of the two.

use saoma_contract::{DeviceRole, Role};

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See the orders of the scope.
    SeeOrders,
    /// Ring up, refresh, charge, take cash for, cancel and check orders.
    Sell,
    /// See a day's totals and sales.
    SeeDays,
    /// Ask for a refund, which then waits for a manager.
    AskRefund,
    /// Decide about refunds, and refund without asking.
    DecideRefund,
    /// Accept late money, and settle money that does not match.
    SettleMoney,
    /// See how the books agree with the bill, and settle findings.
    Reconcile,
    /// See, pair and revoke devices.
    KeepDevices,
    /// Add, change and remove people below the own role; an owner also those of its own.
    KeepPeople,
    /// Read the audit log.
    ReadAudit,
}

/// The table. Columns: owner, manager, cashier, courier.
const TABLE: [(Right, [bool; 4]); 10] = [
    (Right::SeeOrders, [true, true, true, true]),
    (Right::Sell, [true, true, true, true]),
    (Right::SeeDays, [true, true, true, false]),
    (Right::AskRefund, [true, true, true, false]),
    (Right::DecideRefund, [true, true, false, false]),
    (Right::SettleMoney, [true, true, false, false]),
    (Right::Reconcile, [true, true, false, false]),
    (Right::KeepDevices, [true, true, false, false]),
    (Right::KeepPeople, [true, true, false, false]),
    (Right::ReadAudit, [true, true, false, false]),
];

impl Right {
    /// Whether a role has it. A role that this version does not know has none.
    pub fn is_of(self, role: &Role) -> bool {
        let Some(column) = rank(role) else { return false };
        TABLE.iter().any(|(right, roles)| *right == self && roles[column])
    }

    /// Whether a device may do it without a person where the merchant wants people signed in: only reading.
    pub fn is_reading(self) -> bool {
        matches!(self, Self::SeeOrders | Self::SeeDays)
    }

    /// The least role that has it, for people.
    pub fn least(self) -> Role {
        let all = [Role::Courier, Role::Cashier, Role::Manager, Role::Owner];
        all.into_iter().find(|role| self.is_of(role)).unwrap_or(Role::Owner)
    }
}

/// Where a role stands, from the owner's 0 down; none for one that this version does not know.
fn rank(role: &Role) -> Option<usize> {
    match role {
        Role::Owner => Some(0),
        Role::Manager => Some(1),
        Role::Cashier => Some(2),
        Role::Courier => Some(3),
        Role::Unknown(_) => None,
    }
}

/// The role that a device's ceiling amounts to. One that this version does not know is the least.
pub fn ceiling(device: &DeviceRole) -> Role {
    match device {
        DeviceRole::Owner => Role::Owner,
        DeviceRole::Manager => Role::Manager,
        DeviceRole::Cashier => Role::Cashier,
        DeviceRole::Courier | DeviceRole::Unknown(_) => Role::Courier,
    }
}

/// The smaller of two roles; one that this version does not know is the smallest.
pub fn smaller(one: Role, other: Role) -> Role {
    match (rank(&one), rank(&other)) {
        (Some(of_one), Some(of_other)) if of_one < of_other => other,
        (Some(_), None) => other,
        _ => one,
    }
}

/// Whether a role sees all stores of its merchant, unless the person is bound to one.
pub fn sees_all_stores(role: &Role) -> bool {
    matches!(role, Role::Owner | Role::Manager)
}

/// Whether somebody of a role may keep somebody of another: those below, and an owner also owners.
pub fn may_keep(keeper: &Role, kept: &Role) -> bool {
    match (rank(keeper), rank(kept)) {
        (Some(keeper), Some(kept)) => keeper < kept || keeper == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 4] = [Role::Owner, Role::Manager, Role::Cashier, Role::Courier];

    #[test]
    fn each_role_may_do_what_those_below_it_may() {
        for (right, roles) in TABLE {
            assert!(roles.windows(2).all(|pair| pair[0] >= pair[1]), "{right:?}");
            assert!(!right.is_of(&Role::from("auditor")), "{right:?} of a role that nobody knows");
        }
    }

    #[test]
    fn what_is_allowed_is_the_smaller_of_person_and_device() {
        for (of_person, person) in ROLES.iter().enumerate() {
            for (of_device, device) in ROLES.iter().enumerate() {
                let role = smaller(person.clone(), device.clone());
                assert_eq!(role, ROLES[of_person.max(of_device)], "{person} on a device of a {device}");
            }
        }
        let unknown = || Role::from("auditor");
        assert_eq!(smaller(unknown(), Role::Owner), unknown());
        assert_eq!(smaller(Role::Owner, unknown()), unknown());
        assert_eq!(ceiling(&DeviceRole::from("kiosk")), Role::Courier);
    }

    #[test]
    fn a_manager_keeps_those_below_and_only_an_owner_keeps_owners_and_managers() {
        assert!(may_keep(&Role::Owner, &Role::Owner) && may_keep(&Role::Owner, &Role::Manager));
        assert!(may_keep(&Role::Manager, &Role::Cashier) && may_keep(&Role::Manager, &Role::Courier));
        assert!(!may_keep(&Role::Manager, &Role::Manager) && !may_keep(&Role::Manager, &Role::Owner));
        assert!(!may_keep(&Role::Owner, &Role::from("auditor")));
    }

    #[test]
    fn the_least_role_of_each_right_is_told() {
        assert_eq!(Right::Sell.least(), Role::Courier);
        assert_eq!(Right::AskRefund.least(), Role::Cashier);
        assert_eq!(Right::DecideRefund.least(), Role::Manager);
    }
}
