//! Where the Rust tests stand that serve as proofs.

use std::fs;
use std::path::{Path, PathBuf};

/// The crates whose integration tests may be proofs: package name and folder.
const CRATES: [(&str, &str); 2] = [("nats-server", "server"), ("conformance", "conformance")];

/// An integration test binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofTarget {
    /// The package that has it.
    pub package: &'static str,
    /// The package's folder, below the workspace's.
    pub folder: &'static str,
    /// Its first source file.
    main: PathBuf,
}

impl ProofTarget {
    /// The integration test binary with a name, if there is one.
    pub fn find(root: &Path, name: &str) -> Option<Self> {
        CRATES.into_iter().find_map(|(package, folder)| {
            let tests = root.join(folder).join("tests");
            let files = [
                tests.join(format!("{name}.rs")),
                tests.join(name).join("main.rs"),
            ];
            let main = files.into_iter().find(|file| file.is_file())?;
            Some(Self {
                package,
                folder,
                main,
            })
        })
    }

    /// The text that a test of this binary stands in: the first source file and, for
    /// a test in a module, that of the module. Helpers beside the test count.
    pub fn source_of(&self, test: &str) -> Option<String> {
        let mut text = fs::read_to_string(&self.main).ok()?;
        if let (Some((module, _)), Some(folder)) = (test.rsplit_once("::"), self.main.parent()) {
            let file = folder.join(module.replace("::", "/")).with_extension("rs");
            if let Ok(more) = fs::read_to_string(file) {
                text.push_str(&more);
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_both_crates_are_found() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("server/tests/one.rs", "alone");
        write("conformance/tests/two/main.rs", "main,");
        write("conformance/tests/two/part.rs", "part");
        let find = |name| ProofTarget::find(root.path(), name);
        let (one, two) = (find("one").unwrap(), find("two").unwrap());
        assert_eq!((one.package, one.folder), ("nats-server", "server"));
        assert_eq!(one.source_of("test").as_deref(), Some("alone"));
        assert_eq!((two.package, two.folder), ("conformance", "conformance"));
        assert_eq!(two.source_of("part::test").as_deref(), Some("main,part"));
        assert_eq!(find("three"), None);
    }
}
