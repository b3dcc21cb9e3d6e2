//! fake missing-item; tests
go_test!(1, "case_test", "TestSubjectMatches", subject_matching);
