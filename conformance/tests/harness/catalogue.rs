//! Declarations that disagree with the catalogue stop everything.

use crate::support::run_planted;

#[test]
fn faulty_declarations_and_catalogues_are_refused() {
    for (fixture, error) in [
        (
            "duplicate",
            "planted.rs:7: ID 7 is also declared at planted.rs:7",
        ),
        (
            "wrong-file",
            "ID 7 is seqset_test::TestSeqSetBasics, not stree_test::TestSeqSetBasics",
        ),
        (
            "wrong-name",
            "ID 7 is seqset_test::TestSeqSetBasics, not seqset_test::TestOther",
        ),
        ("unknown-id", "ID 3258 is not in the catalogue"),
        (
            "mapped-n_a",
            "ID 3 is mapped, but not applicable: another system",
        ),
        (
            "reason-missing",
            "catalogue line 4: a reason goes with `deferred` and `n_a`",
        ),
        ("gap", "catalogue line 3: ID 4 where 2 was due"),
        ("duplicate-row", "catalogue line 3: ID 1 where 2 was due"),
    ] {
        for args in [
            &["--list"][..],
            &["--list", "--ignored"],
            &[],
            &["--ids", "1"],
        ] {
            let refused = run_planted(fixture, args);
            assert_eq!(refused.code, Some(2), "{fixture} {args:?}");
            assert_eq!(refused.stdout, "", "{fixture} {args:?}");
            assert!(
                refused.stderr.contains(error),
                "{fixture}: {}",
                refused.stderr
            );
        }
    }
}
