//! Who logs in: an entity for each name at each auth mount, whose metadata the last login sets.

use std::collections::{BTreeMap, HashMap};

use build_token_vault::rules::acl::{Alias, Entity, Subject};

use super::random;

/// The identity store, as far as logins fill it.
#[derive(Default)]
pub(super) struct Identities {
    entities: HashMap<String, Entity>,
    /// The entity of a name, by the mount's accessor and the name.
    by_alias: HashMap<(String, String), String>,
}

impl Identities {
    /// The entity of a login, made if it is the first of that name. All tokens of the entity see
    /// the new metadata, those of earlier logins too.
    pub(super) fn log_in(
        &mut self,
        accessor: &str,
        name: &str,
        metadata: &BTreeMap<String, String>,
    ) -> String {
        let key = (accessor.to_owned(), name.to_owned());
        let id = self
            .by_alias
            .entry(key)
            .or_insert_with(random::uuid)
            .clone();
        let entity = self.entities.entry(id.clone()).or_insert_with(|| Entity {
            id: id.clone(),
            name: format!("entity_{}", random::short_hex()),
            aliases: vec![Alias {
                id: random::uuid(),
                accessor: accessor.to_owned(),
                name: name.to_owned(),
                ..Alias::default()
            }],
            ..Entity::default()
        });
        for alias in &mut entity.aliases {
            alias.metadata.clone_from(metadata);
        }
        id
    }

    /// Whom a policy's templates are about.
    pub(super) fn subject(&self, entity: &str) -> Subject {
        Subject {
            entity: self.entities.get(entity).cloned(),
        }
    }
}
