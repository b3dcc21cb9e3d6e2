//! Go: `server/opts_test.go`: variables, of the file and of the environment.

use conformance::go_test;

use super::opts_support::Folder;

/// Sets a variable of this process, which is the test's own and has one thread yet.
fn set(name: &str, value: &str) {
    #[expect(unsafe_code, reason = "the environment is what is tested")]
    // SAFETY: no other thread of this process reads or writes the environment now.
    unsafe {
        std::env::set_var(name, value);
    }
}

/// The port that a configuration sets.
fn port(text: &str) -> Result<i32, String> {
    let folder = Folder::enter();
    let loaded = folder.load(text);
    loaded
        .map(|options| options.port)
        .map_err(|error| error.to_string())
}

go_test!(2589, "opts_test", "TestVarReferencesVar", of_a_variable);
fn of_a_variable() {
    assert_eq!(port("A: 7890\nB: $A\nC: $B\nport: $C"), Ok(7890));
}

go_test!(
    2590,
    "opts_test",
    "TestVarReferencesEnvVar",
    of_the_environment
);
fn of_the_environment() {
    set("_TEST_ENV_NATS_PORT_", "7890");
    let text = "A: $_TEST_ENV_NATS_PORT_\nB: $A\nC: $B\nport: $C";
    assert_eq!(port(text), Ok(7890));
}

go_test!(2591, "opts_test", "TestVarReferencesSelf", of_itself);
fn of_itself() {
    let error = port("A: $A").unwrap_err();
    let want = "variable reference for 'A' on line 1 can not be found";
    assert!(error.contains(want), "{error}");
}

go_test!(
    2592,
    "opts_test",
    "TestEnvVarReferencesVar",
    environment_of_a_variable
);
fn environment_of_a_variable() {
    set("_TEST_ENV_NATS_PORT_", "$P");
    let error = port("P: 8080\nport: $_TEST_ENV_NATS_PORT_").unwrap_err();
    let want = "variable reference for 'P' on line 1 can not be found";
    assert!(error.contains(want), "{error}");
}

go_test!(
    2593,
    "opts_test",
    "TestEnvVarReferencesEnvVar",
    environment_of_the_environment
);
fn environment_of_the_environment() {
    set("_TEST_ENV_A_", "$_TEST_ENV_B_");
    set("_TEST_ENV_B_", "$_TEST_ENV_C_");
    set("_TEST_ENV_C_", "7890");
    assert_eq!(port("port: $_TEST_ENV_A_"), Ok(7890));
}

go_test!(
    2594,
    "opts_test",
    "TestEnvVarReferencesSelf",
    environment_of_itself
);
fn environment_of_itself() {
    set("_TEST_ENV_", "$_TEST_ENV_");
    let error = port("TEST: $_TEST_ENV_").unwrap_err();
    assert!(error.contains("variable reference cycle"), "{error}");
}

go_test!(
    2595,
    "opts_test",
    "TestEnvVarReferencesSelfCycle",
    environment_in_a_circle
);
fn environment_in_a_circle() {
    set("_TEST_ENV_A_", "$_TEST_ENV_B_");
    set("_TEST_ENV_B_", "$_TEST_ENV_C_");
    set("_TEST_ENV_C_", "$_TEST_ENV_A_");
    let error = port("TEST: $_TEST_ENV_A_").unwrap_err();
    assert!(error.contains("variable reference cycle"), "{error}");
}

go_test!(
    2596,
    "opts_test",
    "TestEnvVarInclude",
    environment_includes_nothing
);
fn environment_includes_nothing() {
    set("_TEST_ENV_A_", "include x");
    let error = port("TEST: $_TEST_ENV_A_").unwrap_err();
    let want = "Expected a top-level value to end with a new line, comment or EOF";
    assert!(error.contains(want), "{error}");
}

go_test!(
    2597,
    "opts_test",
    "TestEnvVarFromIncludedFile",
    environment_of_an_included_file
);
fn environment_of_an_included_file() {
    set("_TEST_ENV_PORT_A_", "$_TEST_ENV_PORT_B_");
    set("_TEST_ENV_PORT_B_", "7890");
    let folder = Folder::enter();
    std::fs::write("included.conf", "TEST_PORT: $_TEST_ENV_PORT_A_").unwrap();
    let options = folder
        .load("include \"./included.conf\"\nport: $TEST_PORT")
        .unwrap();
    assert_eq!(options.port, 7890);
}
