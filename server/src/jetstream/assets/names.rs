//! Names that servers choose.

use crate::jetstream::host::random_name;

/// A name for a consumer that was given none (`createConsumerName`).
pub(super) fn consumer_name() -> String {
    random_name(8)
}
