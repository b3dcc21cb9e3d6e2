//! The porting ledger's command line.

fn main() {}
