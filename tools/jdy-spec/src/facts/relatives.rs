//! Relatives: the operations of one record, looked up by role.
//!
//! Owns the index. Must not know how an operation got its role. Must not use: `crate::tree`,
//! `crate::lower`.

use std::collections::BTreeMap;

use crate::model::{Model, Operation, Resource, Role};

/// The operations of all records.
pub(super) struct Relatives<'a>(BTreeMap<&'a str, Vec<(Role, &'a Operation)>>);

impl<'a> Relatives<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let mut all: BTreeMap<&str, Vec<(Role, &Operation)>> = BTreeMap::new();
        for operation in &model.operations {
            if let Some(resource) = &operation.resource {
                let known = all.entry(&resource.name).or_default();
                known.push((resource.role, operation));
            }
        }
        Self(all)
    }

    /// The operations that do this with the record.
    pub(super) fn with(
        &self,
        resource: &Resource,
        role: Role,
    ) -> impl Iterator<Item = &'a Operation> {
        let known = self.0.get(resource.name.as_str());
        let with =
            move |(own, operation): &(Role, &'a Operation)| (*own == role).then_some(*operation);
        known.into_iter().flatten().filter_map(with)
    }
}
