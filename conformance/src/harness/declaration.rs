//! The declaration of a ported Go test, beside its Rust body.

use std::fmt::Debug;

/// Everything [`go_test!`](crate::go_test) registered in this binary.
#[linkme::distributed_slice]
pub static TESTS: [GoTest];

/// One ported Go test.
#[derive(Clone, Copy, Debug)]
pub struct GoTest {
    /// The Go test's ID in the catalogue.
    pub id: u32,
    /// Stem of the Go file, such as `seqset_test`.
    pub file: &'static str,
    /// The Go function, such as `TestSeqSetBasics`.
    pub name: &'static str,
    /// Where it is declared: Rust file and line.
    pub declared_at: (&'static str, u32),
    /// Runs the test.
    pub body: fn() -> anyhow::Result<()>,
}

impl GoTest {
    /// The trial's name: `T0007::seqset_test::TestSeqSetBasics`.
    pub fn trial_name(&self) -> String {
        format!("T{:04}::{}::{}", self.id, self.file, self.name)
    }
}

/// What a test function may return.
pub trait Verdict {
    /// Whether the test passed.
    fn into_result(self) -> anyhow::Result<()>;
}

impl Verdict for () {
    fn into_result(self) -> anyhow::Result<()> {
        Ok(())
    }
}

impl<E: Into<anyhow::Error>> Verdict for Result<(), E> {
    fn into_result(self) -> anyhow::Result<()> {
        self.map_err(Into::into)
    }
}

/// Declares that a Rust function ports a Go test.
///
/// ```ignore
/// go_test!(7, "seqset_test", "TestSeqSetBasics", seq_set_basics);
/// fn seq_set_basics() { /* ... */ }
/// ```
///
/// ID, file and name must agree with `catalogue.tsv`, and no ID may be
/// declared twice: the harness refuses to list or run anything otherwise.
/// The function returns `()` or a `Result<(), E>`.
#[macro_export]
macro_rules! go_test {
    ($id:literal, $file:literal, $name:literal, $function:path $(,)?) => {
        const _: () = {
            #[$crate::linkme::distributed_slice($crate::harness::TESTS)]
            #[linkme(crate = $crate::linkme)]
            static DECLARATION: $crate::harness::GoTest = $crate::harness::GoTest {
                id: $id,
                file: $file,
                name: $name,
                declared_at: (file!(), line!()),
                body: || $crate::harness::Verdict::into_result($function()),
            };
        };
    };
}
