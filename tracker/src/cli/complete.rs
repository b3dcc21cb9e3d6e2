//! `tracker batch complete`.

use super::Context;
use crate::error::{Result, refuse};
use crate::status;

pub(super) fn run(context: &Context, id: u32, _sample: usize) -> Result<()> {
    let open = context.open()?.read(|store| {
        store.batch(id)?;
        status::unsettled(store, id)
    })?;
    if !open.is_empty() {
        return refuse(format!("batch {id} still has {} open items", open.len()));
    }
    refuse("the mutation gate that stands before this is not part of this build")
}
