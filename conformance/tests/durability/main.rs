//! Four publishers and four consumers, and a server that is killed under them or
//! whose power fails, over and over. No message whose publisher was told that it is
//! stored may be missing, none may be there twice that was published twice within the
//! window for that, no message may come again after its receiver was told that it is
//! acknowledged, and all others have to come.
//!
//! Three rounds of each kind, or as many as `DURABILITY_ROUNDS` says:
//!
//! ```text
//! DURABILITY_ROUNDS=200 cargo test -p conformance --test durability
//! ```
//!
//! `DURABILITY_SEED` decides when the server ends and what a power cut leaves.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod book;
mod load;
mod target;

use std::time::Duration;

use conformance::client::{block_on, connect};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use self::book::Book;
use self::load::Load;
use self::target::{Killed, PowerCut, Target};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("it is a number"))
}

/// Plays all rounds, and the last one to its end.
fn endure(mut target: impl Target) -> anyhow::Result<()> {
    let rounds = number("DURABILITY_ROUNDS", 3);
    let mut random = StdRng::seed_from_u64(number("DURABILITY_SEED", 1));
    let book = Book::shared();
    block_on(async {
        for round in 1..=rounds {
            let load = Load::new(connect(&target.start()).await?, &book, round);
            if round == 1 {
                load.make_assets().await?;
            }
            load.check_stored().await?;
            let time = Duration::from_millis(random.random_range(20..400));
            // It has to have begun, or the round proves nothing.
            let running = load.run().await?;
            tokio::time::sleep(time).await;
            tokio::task::block_in_place(|| target.crash());
            running.stop().await;
            book.lock().unwrap().check_round()?;
        }
        let load = Load::new(connect(&target.start()).await?, &book, rounds + 1);
        load.check_stored().await?;
        load.drain().await?;
        book.lock().unwrap().check_round()?;
        let said = book.lock().unwrap().check_all()?;
        eprintln!("{rounds} rounds: {said}");
        anyhow::Ok(())
    })
}

#[test]
fn a_killed_server_keeps_its_word() -> anyhow::Result<()> {
    endure(Killed::new(""))
}

#[test]
fn a_killed_server_that_syncs_keeps_its_word() -> anyhow::Result<()> {
    endure(Killed::new("sync_interval: always"))
}

#[test]
fn a_server_that_syncs_keeps_its_word_without_power() -> anyhow::Result<()> {
    endure(PowerCut::new(number("DURABILITY_SEED", 1)))
}
