//! Answers that were recorded from the Go server, and where ours differ on purpose.

use std::collections::BTreeMap;
use std::path::Path;

/// What is answered differently on purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference {
    /// In the recorded answers.
    pub(crate) recorded: &'static str,
    /// In ours.
    pub(crate) ours: &'static str,
    /// In which scripts.
    pub(crate) scripts: &'static [&'static str],
    /// Why.
    pub(crate) reason: &'static str,
}

/// The answers in a file, by the names that stand above them after `=== `.
pub(crate) fn recorded(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).expect("the recorded answers are there");
    text.split("=== ")
        .skip(1)
        .map(|part| {
            let (name, answers) = part.split_once('\n').expect("a name has its own line");
            (name.to_owned(), answers.to_owned())
        })
        .collect()
}

/// What ours has to answer.
pub(crate) fn expected(file: &Path, differences: &[Difference]) -> BTreeMap<String, String> {
    let mut expected = recorded(file);
    for difference in differences {
        for name in difference.scripts {
            if let Some(answers) = expected.get_mut(*name) {
                assert!(
                    answers.contains(difference.recorded),
                    "{name} does not differ any more: {}",
                    difference.reason
                );
                *answers = answers.replace(difference.recorded, difference.ours);
            }
        }
    }
    expected
}
