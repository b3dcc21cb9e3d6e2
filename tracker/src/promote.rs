//! A change of status from wish to ledger: rules, gates, evidence, write.
//!
//! `complete` wants the stub scan, the build and the mapped tests; `verified`
//! wants on top that the item is proved by fresh, green, steady evidence. A
//! feature that no ported test reaches and that has no proof mapped to it can
//! be complete, but not verified. Everything is read from a clean tree.

use std::collections::BTreeSet;
use std::path::Path;

use crate::catalogue;
use crate::db::{Change, Db, Item, Kind, Status};
use crate::error::{Result, fail, refuse};
use crate::evidence::{Claim, Proofs, Standing, counts_for_complete, counts_for_verified};
use crate::gates::{self, FeatureMap, Finding, Gates, TestMap};
use crate::runner;
use crate::status::Request;
use crate::testing;
use crate::workspace::Workspace;

/// How many findings or failures a message lists.
const LISTED: usize = 20;

/// Checks the request, passes the gates it needs and makes the change. Returns
/// the items as they were. `say` gets a line for each long step.
pub fn change(
    db: &mut Db,
    root: &Path,
    request: &Request,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Item>> {
    db.read(|store| request.check(store))?;
    if request.needs_gates() {
        let gates = gates::load(root)?;
        return promote(db, root, request, gates.as_ref(), say);
    }
    write(db, root, request, &[])
}

/// Like `change`, for a request that needs gates, with the gates given.
pub fn promote(
    db: &mut Db,
    root: &Path,
    request: &Request,
    gates: &dyn Gates,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Item>> {
    let items = db.read(|store| request.check(store))?;
    if Workspace::new(root).state()?.dirty {
        return refuse(
            "the tree holds uncommitted changes below server, conformance or tracker: \
             commit them first, evidence from a dirty tree proves nothing",
        );
    }
    sync_tests(db, root, gates)?;
    pass_stub_gate(gates, &items)?;
    let claims = claims(db, gates, request, &items)?;
    prove(db, root, gates, &claims, say)?;
    let evidence = judge(db, gates, request, &items, &claims)?;
    write(db, root, request, &evidence)
}

fn pass_stub_gate(gates: &dyn Gates, items: &[Item]) -> Result<()> {
    let findings = stub_scan(gates, items);
    if findings.is_empty() {
        return Ok(());
    }
    fail(format!(
        "the stub gate refuses this:\n{}",
        describe(&findings)
    ))
}

/// Features and tests that claim to be done.
pub fn done(db: &mut Db) -> Result<Vec<Item>> {
    let mut items = db.read(|store| {
        let mut items = store.items(Kind::Feature)?;
        items.extend(store.items(Kind::Test)?);
        Ok(items)
    })?;
    items.retain(|item| matches!(item.status, Status::Complete | Status::Verified));
    Ok(items)
}

/// The stub gate over some items. Tests that are not declared and features that
/// are not mapped are findings too.
pub fn stub_scan(gates: &dyn Gates, items: &[Item]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut features = Vec::new();
    let mut tests = Vec::new();
    for item in items {
        match item.kind() {
            Kind::Feature if item.rust.is_empty() => {
                findings.push(unmapped(
                    item,
                    "no Rust item is mapped; use `tracker feature map`",
                ));
            }
            Kind::Feature => features.push(FeatureMap {
                id: item.id(),
                rust: item.rust.clone(),
                go_shape: item.facts.shape.clone(),
            }),
            Kind::Test if gates.tests().iter().all(|decl| decl.id != item.id()) => {
                findings.push(unmapped(item, "no go_test! declares it"));
            }
            Kind::Test => tests.push(TestMap {
                id: item.id(),
                file: item.facts.file_stem().to_owned(),
                name: item.facts.name.clone(),
            }),
        }
    }
    findings.extend(gates.stub_features(&features));
    findings.extend(gates.stub_tests(&tests));
    findings
}

fn unmapped(item: &Item, message: &str) -> Finding {
    Finding {
        class: "unmapped".to_owned(),
        subject: format!("{} {} {}", item.kind(), item.id(), item.full_name()),
        path: item.facts.file.clone().into(),
        line: item.facts.line_start as usize,
        message: message.to_owned(),
    }
}

/// Findings as lines.
pub fn describe(findings: &[Finding]) -> String {
    let mut lines: Vec<String> = findings
        .iter()
        .take(LISTED)
        .map(|f| {
            format!(
                "  {}:{}: [{}] {}: {}",
                f.path.display(),
                f.line,
                f.class,
                f.subject,
                f.message
            )
        })
        .collect();
    if findings.len() > LISTED {
        lines.push(format!("  and {} more", findings.len() - LISTED));
    }
    lines.join("\n")
}

/// Writes the Rust test functions found in the source into the ledger.
pub fn sync_tests(db: &mut Db, root: &Path, gates: &dyn Gates) -> Result<usize> {
    let changes = db.read(|store| {
        let tests = store.items(Kind::Test)?;
        let wanted = |item: &Item| -> Vec<String> {
            let found = gates.tests().iter().filter(|decl| decl.id == item.id());
            found.map(|decl| decl.function.clone()).collect()
        };
        Ok(tests
            .into_iter()
            .filter(|item| wanted(item) != item.rust)
            .map(|item| item.id())
            .collect::<Vec<u32>>())
    })?;
    if changes.is_empty() {
        return Ok(0);
    }
    let change = Change {
        who: Workspace::new(root).who(),
        ..Change::default()
    };
    db.write(|store| {
        for item in store.items_by_id(Kind::Test, &changes)? {
            let found = gates.tests().iter().filter(|decl| decl.id == item.id());
            let rust: Vec<String> = found.map(|decl| decl.function.clone()).collect();
            if rust != item.rust {
                store.set_rust(&item, &rust, &change)?;
            }
        }
        Ok(changes.len())
    })
}

/// What has to be shown for each item.
fn claims(
    db: &mut Db,
    gates: &dyn Gates,
    request: &Request,
    items: &[Item],
) -> Result<Vec<Vec<Claim>>> {
    let verified = request.status == Status::Verified;
    db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        let mut all = Vec::new();
        for item in items {
            all.push(match item.kind() {
                Kind::Test => vec![Claim::Test(item.id())],
                Kind::Feature if verified => proofs.claims(item.id(), &counts_for_verified),
                Kind::Feature => proofs.claims(item.id(), &counts_for_complete),
            });
        }
        Ok(all)
    })
}

/// What [`renew`] came to.
#[derive(Debug)]
pub struct Renewed {
    /// Items whose evidence did not hold.
    pub open: usize,
    /// Those whose evidence still doesn't, in words.
    pub left: Vec<String>,
}

/// Shows again what is complete or verified, in a batch or in all, and whose
/// evidence no longer holds, once all of it passes the stub gate: code that was
/// renamed leaves evidence fresh for a name that is gone. No status changes.
pub fn renew(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    batch: Option<u32>,
    say: &mut dyn FnMut(&str),
) -> Result<Renewed> {
    if Workspace::new(root).state()?.dirty {
        return refuse("the tree holds uncommitted changes: commit them first");
    }
    let mut items = done(db)?;
    items.retain(|item| batch.is_none_or(|batch| item.facts.batch == batch));
    pass_stub_gate(gates, &items)?;
    let (open, claims) = unproved(db, gates, batch)?;
    if !open.is_empty() {
        prove(db, root, gates, &claims, say)?;
    }
    let (left, _) = unproved(db, gates, batch)?;
    Ok(Renewed {
        open: open.len(),
        left,
    })
}

/// Items that claim to be done and are not proved, in words, and what has to be
/// shown for them.
fn unproved(
    db: &mut Db,
    gates: &dyn Gates,
    batch: Option<u32>,
) -> Result<(Vec<String>, Vec<Vec<Claim>>)> {
    db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        let done = proofs.features().iter().chain(proofs.tests());
        let (mut words, mut claims) = (Vec::new(), Vec::new());
        for item in done.filter(|item| batch.is_none_or(|batch| item.facts.batch == batch)) {
            let counts = match item.status {
                Status::Verified => counts_for_verified,
                Status::Complete => counts_for_complete,
                _ => continue,
            };
            let (standing, _) = proofs.item_standing(item);
            if !matches!(standing, Standing::Fresh(_)) {
                words.push(format!(
                    "{} {}: {}",
                    item.kind(),
                    item.id(),
                    standing.word()
                ));
                claims.push(match item.kind() {
                    Kind::Test => vec![Claim::Test(item.id())],
                    Kind::Feature => proofs.claims(item.id(), &counts),
                });
            }
        }
        Ok((words, claims))
    })
}

/// Builds, and runs what has no fresh evidence yet.
fn prove(
    db: &mut Db,
    root: &Path,
    gates: &dyn Gates,
    claims: &[Vec<Claim>],
    say: &mut dyn FnMut(&str),
) -> Result<()> {
    if let Some(log) = testing::run_build(db, root, gates)? {
        return fail(format!(
            "the build gate refuses this:\n{}",
            runner::tail(&log)
        ));
    }
    let open: BTreeSet<Claim> = db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        let open = claims.iter().flatten().filter(|claim| {
            matches!(
                proofs.standing(claim),
                Standing::Missing | Standing::Stale | Standing::Failing(_)
            )
        });
        Ok(open.cloned().collect())
    })?;
    let tests: BTreeSet<u32> = open
        .iter()
        .filter_map(|claim| match claim {
            Claim::Test(test) | Claim::Reach(_, test) => Some(*test),
            Claim::Proof(..) => None,
        })
        .collect();
    if !tests.is_empty() {
        say(&format!("running {} mapped tests", tests.len()));
        let ids: Vec<u32> = tests.into_iter().collect();
        testing::run_tests(db, root, gates, &ids, 1, &mut |_| {})?;
    }
    let proofs: Vec<Claim> = open
        .into_iter()
        .filter(|claim| matches!(claim, Claim::Proof(..)))
        .collect();
    if !proofs.is_empty() {
        say(&format!("running {} proofs", proofs.len()));
        testing::run_proofs(db, root, gates, &proofs)?;
    }
    Ok(())
}

/// Decides by the evidence; returns the rows that prove each item.
fn judge(
    db: &mut Db,
    gates: &dyn Gates,
    request: &Request,
    items: &[Item],
    claims: &[Vec<Claim>],
) -> Result<Vec<Vec<String>>> {
    let verified = request.status == Status::Verified;
    let (problems, evidence) = db.read(|store| {
        let proofs = Proofs::load(store, gates)?;
        let mut problems = Vec::new();
        let mut evidence = Vec::new();
        for (item, claims) in items.iter().zip(claims) {
            let name = format!("{} {} ({})", item.kind(), item.id(), item.full_name());
            let mut rows = Vec::new();
            for claim in claims {
                match proofs.standing(claim) {
                    Standing::Fresh(id) => rows.push(id),
                    Standing::Failing(message) => {
                        problems.push(format!("  {name}: {} fails: {message}", claim_name(claim)));
                    }
                    other => problems.push(format!(
                        "  {name}: {} is {}",
                        claim_name(claim),
                        other.word()
                    )),
                }
            }
            if verified && claims.is_empty() {
                problems.push(format!(
                    "  {name}: no ported test reaches it; map one with \
                     `tracker feature map {} --test ID` or `--proof PATH`",
                    item.id()
                ));
            }
            if verified && item.kind() == Kind::Test {
                problems.extend(
                    unready_features(&proofs, item).map(|text| format!("  {name}: {text}")),
                );
            }
            evidence.push(rows);
        }
        Ok((problems, evidence))
    })?;
    if problems.is_empty() {
        return Ok(evidence);
    }
    let mut shown: Vec<String> = problems.iter().take(LISTED).cloned().collect();
    if problems.len() > LISTED {
        shown.push(format!("  and {} more", problems.len() - LISTED));
    }
    fail(format!("the test gate refuses this:\n{}", shown.join("\n")))
}

/// Features of the same batch that a test calls and that are not done: a test
/// that passes without them proves something else.
fn unready_features<'p>(
    proofs: &'p Proofs<'_>,
    test: &'p Item,
) -> impl Iterator<Item = String> + 'p {
    let covered = proofs.covered(test.id());
    proofs.features().iter().filter_map(move |feature| {
        let open = matches!(feature.status, Status::NotStarted | Status::Stub);
        (open && feature.facts.batch == test.facts.batch && covered.contains(&feature.id())).then(
            || {
                format!(
                    "it calls feature {} ({}), which is {}",
                    feature.id(),
                    feature.full_name(),
                    feature.status
                )
            },
        )
    })
}

fn claim_name(claim: &Claim) -> String {
    match claim {
        Claim::Test(id) | Claim::Reach(_, id) => format!("test {id}"),
        Claim::Proof(_, path) => format!("proof {path}"),
    }
}

fn write(
    db: &mut Db,
    root: &Path,
    request: &Request,
    evidence: &[Vec<String>],
) -> Result<Vec<Item>> {
    let who = Workspace::new(root).who();
    db.write(|store| {
        // Checked again: another process may have been faster.
        let items = request.check(store)?;
        request.apply(store, &items, &who, evidence)?;
        catalogue::refresh(store, root)?;
        Ok(items)
    })
}
