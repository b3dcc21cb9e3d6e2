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

    /// The text that a test of this binary stands in: the first source file, for a
    /// test in a module that of the module, and those of the modules beside them that
    /// they name. Helpers count, wherever they are.
    pub fn source_of(&self, test: &str) -> Option<String> {
        let folder = self.main.parent()?;
        let mut files = vec![self.main.clone()];
        if let Some((module, _)) = test.rsplit_once("::") {
            files.push(folder.join(module.replace("::", "/")).with_extension("rs"));
        }
        let (mut text, mut read) = (String::new(), 0);
        while let Some(file) = files.get(read) {
            // A module may stand in the first file.
            let own = fs::read_to_string(file).or_else(|error| match read {
                0 => Err(error),
                _ => Ok(String::new()),
            });
            let own = own.ok()?;
            for (name, beside) in self.modules(folder) {
                if own.contains(&format!("{name}::")) && !files.contains(&beside) {
                    files.push(beside);
                }
            }
            text.push_str(&own);
            read += 1;
        }
        Some(text)
    }

    /// The modules beside the first source file, by name.
    fn modules(&self, folder: &Path) -> Vec<(String, PathBuf)> {
        if !self.main.ends_with("main.rs") {
            // What stands beside it are other binaries.
            return Vec::new();
        }
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path());
        let mut modules: Vec<(String, PathBuf)> = files
            .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
            .filter_map(|file| Some((file.file_stem()?.to_str()?.to_owned(), file)))
            .collect();
        modules.sort_unstable();
        modules
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
        write(
            "conformance/tests/two/part.rs",
            "part, use super::help::me;",
        );
        write("conformance/tests/two/help.rs", "help, further::on,");
        write("conformance/tests/two/further.rs", "further");
        write("conformance/tests/two/other.rs", "other");
        write("server/tests/beside.rs", "beside::that");
        let find = |name| ProofTarget::find(root.path(), name);
        let (one, two) = (find("one").unwrap(), find("two").unwrap());
        assert_eq!((one.package, one.folder), ("nats-server", "server"));
        assert_eq!(one.source_of("test").as_deref(), Some("alone"));
        assert_eq!((two.package, two.folder), ("conformance", "conformance"));
        // Helpers count, and helpers of helpers; what is not named does not.
        let expected = "main,part, use super::help::me;help, further::on,further";
        assert_eq!(two.source_of("part::test").as_deref(), Some(expected));
        assert_eq!(two.source_of("inline::test").as_deref(), Some("main,"));
        let beside = find("beside").unwrap();
        assert_eq!(beside.source_of("test").as_deref(), Some("beside::that"));
        assert_eq!(find("three"), None);
    }
}
