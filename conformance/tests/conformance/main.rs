//! Every Go test by its ID.
fn main() {}
