//! A change of status from wish to ledger: rules, gates, evidence, write.

use std::path::Path;

use crate::catalogue;
use crate::db::{Db, Item};
use crate::error::{Result, refuse};
use crate::status::Request;
use crate::workspace::Workspace;

/// Checks the request, passes the gates it needs and makes the change. Returns
/// the items as they were. `say` gets a line for each long step.
pub fn change(
    db: &mut Db,
    root: &Path,
    request: &Request,
    _say: &mut dyn FnMut(&str),
) -> Result<Vec<Item>> {
    db.read(|store| request.check(store))?;
    if request.needs_gates() {
        return refuse("the gates that stand before this status are not part of this build");
    }
    let who = Workspace::new(root).who();
    db.write(|store| {
        // Checked again: another process may have been faster.
        let items = request.check(store)?;
        request.apply(store, &items, &who, &[])?;
        catalogue::refresh(store, root)?;
        Ok(items)
    })
}
