//! Go: `server/opts_test.go`: users, permissions and authorization.

use std::time::Duration;

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::Options;
use nats_server::config::options::{
    NkeyUser, Permissions, ProxiesOptions, ProxyOptions, ResponsePermission, SubjectPermission,
    User,
};

use super::opts_support::Folder;
use super::opts_test::text_error;

const NKEY: &str = "UDKTV7HZVYJFJN64LLMYQBUR6MTNNYCDC3LAZH4VHURW3GZLL3FULBXV";
const OTHER_NKEY: &str = "UA3C5TBZYK5GJQJRWPMU6NFY5JNAEVQB2V2TUZFZDHFJFUYVKTTUOFKZ";

fn user<'a>(options: &'a Options, name: &str) -> &'a User {
    let found = options.users.iter().find(|user| user.username == name);
    found.unwrap_or_else(|| panic!("no user {name}"))
}

fn nkey<'a>(options: &'a Options, nkey: &str) -> &'a NkeyUser {
    let found = options.nkeys.iter().find(|user| user.nkey == nkey);
    found.unwrap_or_else(|| panic!("no nkey {nkey}"))
}

fn permissions<'a>(options: &'a Options, name: &str) -> &'a Permissions {
    user(options, name).permissions.as_deref().unwrap()
}

/// A permission of the given lists; `None` allows anything.
fn subjects(allow: Option<&[&str]>, deny: &[&str]) -> Option<SubjectPermission> {
    let strings = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Some(SubjectPermission {
        allow: allow.map(strings),
        deny: strings(deny),
    })
}

go_test!(2525, "opts_test", "TestMultipleUsersConfig", multiple_users);
fn multiple_users() {
    let folder = Folder::enter();
    let mut options = folder
        .load(
            "authorization = { timeout = 0.5, users = [\n\
             { password = p1, user = one }, { password = p2, user = two }\n] }",
        )
        .unwrap();
    options.set_baseline();
    assert_eq!(user(&options, "one").password, "p1");
    assert_eq!(user(&options, "two").password, "p2");
    assert_eq!(options.auth_timeout, Duration::from_millis(500));
}

/// Users with permissions of variables, one with those of the block, and two services.
const AUTHORIZATION: &str = r#"
authorization = {
    users = [
        { user = plain, password = p0 }
        { user = all, password = p1, permissions = { subscribe = ">", publish = "*" } }
        { user = asker, password = p2, permissions = $asking }
        { user = once, password = p3, permissions = $answering }
        { user = often, password = p4, permissions = {
            subscribe = [work.todo], allow_responses = { expires = "1m", max = 10 }
        } }
    ]
    default_permissions = { subscribe = "news.>" }
}
"#;

go_test!(2526, "opts_test", "TestAuthorizationConfig", authorization);
fn authorization() {
    let folder = Folder::enter();
    let options = folder
        .load(&format!(
            "asking = {{ subscribe = '_INBOX.>', publish = [ask.one, ask.two] }}\n\
             answering = {{ publish_allow_responses = yes, subscribe = work.todo }}\n\
             {AUTHORIZATION}"
        ))
        .unwrap();
    assert_eq!(options.users.len(), 5);
    let all = permissions(&options, "all");
    assert_eq!(all.publish, subjects(Some(&["*"]), &[]));
    assert_eq!(all.subscribe, subjects(Some(&[">"]), &[]));
    let asker = permissions(&options, "asker");
    assert_eq!(asker.publish, subjects(Some(&["ask.one", "ask.two"]), &[]));
    assert_eq!(asker.subscribe, subjects(Some(&["_INBOX.>"]), &[]));
    // Who has no permissions has the default ones.
    let plain = permissions(&options, "plain");
    assert_eq!(plain.publish, None);
    assert_eq!(plain.subscribe, subjects(Some(&["news.>"]), &[]));
    // Services may answer and publish nothing else.
    for (name, max_msgs, seconds) in [("once", 1, 120), ("often", 10, 60)] {
        let service = permissions(&options, name);
        assert_eq!(service.subscribe, subjects(Some(&["work.todo"]), &[]));
        assert_eq!(service.publish, subjects(Some(&[]), &[]));
        let answers = ResponsePermission {
            max_msgs,
            expires: Duration::from_secs(seconds),
        };
        assert_eq!(service.allow_responses, Some(answers), "{name}");
    }
}

go_test!(
    2527,
    "opts_test",
    "TestNewStyleAuthorizationConfig",
    new_style_authorization
);
fn new_style_authorization() {
    let folder = Folder::enter();
    let options = folder
        .load(
            "some = [a, b.c, d]\nsystem = '$SYS.>'\nauthorization = { users = [\n\
             { user = op, password = p1, permissions = {\n\
             subscribe = { deny = $some }, publish = $system\n} }\n\
             { user = guest, password = p2, permissions = {\n\
             subscribe = { deny = $system }, publish = { allow = $some }\n} }\n] }",
        )
        .unwrap();
    assert_eq!(options.users.len(), 2);
    let guest = permissions(&options, "guest");
    assert_eq!(guest.publish, subjects(Some(&["a", "b.c", "d"]), &[]));
    assert_eq!(guest.subscribe, subjects(None, &["$SYS.>"]));
    let op = permissions(&options, "op");
    assert_eq!(op.publish, subjects(Some(&["$SYS.>"]), &[]));
    assert_eq!(op.subscribe, subjects(None, &["a", "b.c", "d"]));
}

go_test!(2528, "opts_test", "TestNkeyUsersConfig", nkey_users);
fn nkey_users() {
    let folder = Folder::enter();
    let text = format!(
        "authorization {{ users = [\n{{nkey: \"{NKEY}\"}}\n{{nkey: \"{OTHER_NKEY}\"}}\n] }}"
    );
    let options = folder.load(&text).unwrap();
    assert_eq!(options.nkeys.len(), 2);
    assert_eq!(nkey(&options, NKEY).permissions, None);
    assert_eq!(nkey(&options, OTHER_NKEY).permissions, None);
}

go_test!(
    2530,
    "opts_test",
    "TestNkeyUsersDefaultPermissionsConfig",
    default_permissions
);
fn default_permissions() {
    const ACCOUNT_NKEY: &str = "UC4YEYJHYKTU4LHROX7UEKEIO5RP5OUWDYXELHWXZOQHZYXHUD44LCRS";
    const ACCOUNT_OTHER: &str = "UDLSDF4UY3YW7JJQCYE6T2D4KFDCH6RGF3R65KHK247G3POJPI27VMQ3";
    let folder = Folder::enter();
    let block = |prefix: &str, one: &str, other: &str| {
        format!(
            "default_permissions = {{ publish = \"foo\" }}\nusers = [\n\
             {{ user: \"{prefix}user\", password: \"pwd\"}}\n\
             {{ user: \"{prefix}other\", password: \"pwd\", permissions = {{ subscribe = \"bar\" }} }}\n\
             {{ nkey: \"{one}\" }}\n\
             {{ nkey: \"{other}\", permissions = {{ subscribe = \"bar\" }} }}\n]\n"
        )
    };
    let options = folder
        .load(&format!(
            "authorization {{\n{}}}\naccounts {{ A {{\n{}}} }}",
            block("", NKEY, OTHER_NKEY),
            block("acc", ACCOUNT_NKEY, ACCOUNT_OTHER)
        ))
        .unwrap();
    assert_eq!((options.users.len(), options.nkeys.len()), (4, 4));
    let by_default = Permissions {
        publish: subjects(Some(&["foo"]), &[]),
        ..Permissions::default()
    };
    let own = Permissions {
        subscribe: subjects(Some(&["bar"]), &[]),
        ..Permissions::default()
    };
    for (name, want) in [
        ("user", &by_default),
        ("other", &own),
        ("accuser", &by_default),
        ("accother", &own),
    ] {
        assert_eq!(permissions(&options, name), want, "{name}");
    }
    for (key, want) in [
        (NKEY, &by_default),
        (OTHER_NKEY, &own),
        (ACCOUNT_NKEY, &by_default),
        (ACCOUNT_OTHER, &own),
    ] {
        assert_eq!(
            nkey(&options, key).permissions.as_deref(),
            Some(want),
            "{key}"
        );
    }
}

go_test!(
    2531,
    "opts_test",
    "TestNkeyUsersWithPermsConfig",
    nkey_with_permissions
);
fn nkey_with_permissions() {
    let folder = Folder::enter();
    let text = format!(
        "authorization {{ users = [ {{nkey: \"{NKEY}\",\n permissions = {{\n\
         publish = \"$SYS.>\"\n subscribe = {{ deny = [\"foo\", \"bar\", \"baz\"] }}\n}}\n}} ] }}"
    );
    let options = folder.load(&text).unwrap();
    assert_eq!(options.nkeys.len(), 1);
    let found = options.nkeys[0].permissions.as_deref().unwrap();
    assert_eq!(found.publish, subjects(Some(&["$SYS.>"]), &[]));
    assert_eq!(found.subscribe, subjects(None, &["foo", "bar", "baz"]));
}

go_test!(2532, "opts_test", "TestBadNkeyConfig", bad_nkey);
fn bad_nkey() {
    let error = text_error("authorization { users = [ {nkey: \"Ufoo\"}] }");
    assert!(
        error.contains("Not a valid public nkey for a user"),
        "{error}"
    );
}

go_test!(
    2533,
    "opts_test",
    "TestNkeyWithPassConfig",
    nkey_with_password
);
fn nkey_with_password() {
    let text = format!("authorization {{ users = [ {{nkey: \"{NKEY}\", pass: \"foo\"}} ] }}");
    let error = text_error(&text);
    let want = "Nkey users do not take usernames or passwords";
    assert!(error.contains(want), "{error}");
}

go_test!(2534, "opts_test", "TestTokenWithUserPass", token_with_user);
fn token_with_user() {
    let error =
        text_error("authorization={\nuser: user\npass: password\ntoken: $2a$11$whatever\n}");
    assert!(
        error.contains("Cannot have a user/pass and token"),
        "{error}"
    );
}

go_test!(2535, "opts_test", "TestTokenWithUsers", token_with_users);
fn token_with_users() {
    let error = text_error(
        "authorization={\ntoken: $2a$11$whatever\nusers: [\n{user: test, password: test}\n]\n}",
    );
    assert!(
        error.contains("Can not have a token and a users array"),
        "{error}"
    );
}

go_test!(
    2552,
    "opts_test",
    "TestAccountUsersLoadedProperly",
    users_of_accounts
);
fn users_of_accounts() {
    let folder = Folder::enter();
    // The order of blocks is that of their names here, so once is enough.
    let options = folder
        .load(
            "listen: \"127.0.0.1:-1\"\nauthorization { users [\n{user: ivan, password: bar}\n\
             {nkey : UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX}\n] }\n\
             accounts { synadia { users [\n{user: derek, password: foo}\n\
             {nkey : UBAAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2E}\n] } }",
        )
        .unwrap();
    let server = RunningServer::with(|own| *own = options);
    let options = server.server().options();
    assert_eq!((options.users.len(), options.nkeys.len()), (2, 2));
    assert_eq!(user(&options, "derek").account.as_deref(), Some("synadia"));
    assert_eq!(user(&options, "ivan").account, None);
    for (name, password) in [("ivan", "bar"), ("derek", "foo")] {
        let connect = format!("{{\"user\":\"{name}\",\"pass\":\"{password}\"}}");
        RawClient::connected(server.address(), &connect).flush();
    }
}

go_test!(
    2562,
    "opts_test",
    "TestParsingResponsePermissions",
    response_permissions
);
fn response_permissions() {
    let load = |block: &str| {
        let mut options = Options::default();
        let text = format!(
            "authorization {{ users [ {{ user: ivan, password: pwd, permissions {{\n\
             allow_responses {{\n{block}\n}}\n}} }} ] }}"
        );
        options
            .load_text(&text)
            .map_err(|error| error.to_string())?;
        Ok::<_, String>(permissions(&options, "ivan").allow_responses.unwrap())
    };
    for (block, max_msgs, seconds) in [
        ("", 1, 120),
        ("max: 10", 10, 120),
        ("ttl: 5s", 1, 5),
        ("max: 0", 1, 120),
        ("ttl: \"0s\"", 1, 120),
        ("max: 10\nttl: \"5s\"", 10, 5),
        ("max: -1\nttl: \"5s\"", -1, 5),
        // A negative time is no limit, for which zero stands here.
        ("max: 10\nttl: \"-1s\"", 10, 0),
        ("max: -1\nttl: \"-1s\"", -1, 0),
    ] {
        let want = ResponsePermission {
            max_msgs,
            expires: Duration::from_secs(seconds),
        };
        assert_eq!(load(block), Ok(want), "{block}");
    }
    for (block, want) in [
        ("unknown_field: 123", "Unknown field"),
        ("max: 10\nttl: 123", "not a duration string"),
        ("max: 10\nttl: xyz", "error parsing expires"),
    ] {
        let error = load(block).unwrap_err();
        assert!(error.contains(want), "{block}: {error}");
    }
}

go_test!(2564, "opts_test", "TestNoAuthUserCode", no_auth_user);
fn no_auth_user() {
    let folder = Folder::enter();
    let load = |name: &str| {
        let text = format!(
            "listen: \"127.0.0.1:-1\"\nno_auth_user: {name}\naccounts {{\nsynadia {{ users [\n\
             {{user: \"a\", password: \"a\"}},\n\
             {{nkey : UBAAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2E}},\n] }}\n\
             acc {{ users [ {{user: \"c\", password: \"c\"}} ] }}\n}}\n\
             authorization {{ users [ {{user: \"b\", password: \"b\"}} ] }}"
        );
        folder.load(&text).unwrap()
    };
    for (name, account) in [("a", "synadia"), ("b", "$G"), ("c", "acc")] {
        let server = RunningServer::with(|own| *own = load(name));
        let mut client = RawClient::connect(server.address());
        assert_eq!(client.info().get("auth_required"), None, "{name}");
        client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
        assert_eq!(client.line(), "PONG", "{name}");
        let joined = server.server().lookup_account(account).unwrap();
        assert_eq!(joined.client_count(), 1, "{name}");
    }
    for name in [
        "notthere",
        "UBAAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2F",
    ] {
        let error = nats_server::Server::new(load(name))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("no_auth_user"), "{error}");
    }
}

go_test!(2573, "opts_test", "TestQueuePermissions", queue_permissions);
fn queue_permissions() {
    let folder = Folder::enter();
    for (kind, queue, refused) in [
        ("allow", "queue.dev", false),
        ("allow", "", true),
        ("allow", "bad", true),
        ("deny", "", false),
        ("deny", "queue.dev", true),
    ] {
        let options = folder
            .load(&format!(
                "listen: 127.0.0.1:-1\nno_auth_user: u\nauthorization {{ users [{{\n\
                 user: u, password: pwd, permissions: {{ sub: {{ {kind}: [\"foo.> *.dev\"] }} }}\n\
                 }}] }}"
            ))
            .unwrap();
        let server = RunningServer::with(|own| *own = options);
        let mut client = RawClient::connected(server.address(), "{\"verbose\":false}");
        let got = {
            client.send(&format!("SUB foo.bar {queue} 1\r\n"));
            client.flush().join("\n")
        };
        let error = got.contains("Permissions Violation for Subscription to \"foo.bar\"");
        assert_eq!(error, refused, "{kind} {queue}: {got}");
        assert!(refused || got.is_empty(), "{kind} {queue}: {got}");
    }
}

/// Configurations of users that contradict each other, and what is said of them.
const MISCONFIGURATIONS: &[(&str, &str)] = &[
    (
        "authorization = {users = [ {user: \"user1\", pass: \"pwd\"} ] }\n\
         accounts { ACC { users = [ {user: \"user1\"} ] } }",
        "Duplicate user \"user1\" detected",
    ),
    (
        "authorization = {users = [ {nkey: UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX} ] }\n\
         accounts { ACC { users = [ {nkey: UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX} ] } }",
        "Duplicate nkey \"UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX\" detected",
    ),
    (
        "authorization = {user: \"user1\", password: \"pwd\"}\n\
         accounts = { ACC { users = [ {user: \"user2\", pass: \"pwd\"} ] } }",
        "Can not have a single user/pass",
    ),
    (
        "authorization = {user: \"user1\", password: \"pwd\"}\n\
         accounts = { ACC { users = [ {nkey: UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX} ] } }",
        "Can not have a single user/pass",
    ),
    (
        "authorization = {token: \"my_token\"}\n\
         accounts = { ACC { users = [ {user: \"user2\", pass: \"pwd\"} ] } }",
        "Can not have a token",
    ),
    (
        "authorization = {token: \"my_token\"}\n\
         accounts = { ACC { users = [ {nkey: UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX} ] } }",
        "Can not have a token",
    ),
    (
        "accounts {\nAUTH { users = [ {user: \"auth\", password: \"auth\"} ] }\nFOO {}\n}\n\
         authorization {\nauth_callout {\n\
         issuer: \"ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA\"\naccount: AUTH\n\
         auth_users: [ auth ]\nallowed_accounts: [ BAR ]\n}\n}",
        "auth_callout allowed account \"BAR\" not found in configured accounts",
    ),
];

go_test!(
    2577,
    "opts_test",
    "TestAuthorizationAndAccountsMisconfigurations",
    misconfigurations
);
fn misconfigurations() {
    let folder = Folder::enter();
    for (text, want) in MISCONFIGURATIONS {
        let error = folder.load(text).unwrap_err().to_string();
        assert!(error.contains(want), "{want} not in {error}");
    }
}

go_test!(
    2578,
    "opts_test",
    "TestProcessConfigString",
    misconfigurations_in_text
);
fn misconfigurations_in_text() {
    for (text, want) in MISCONFIGURATIONS {
        let error = text_error(text);
        assert!(error.contains(want), "{want} not in {error}");
    }
    // What is right is taken, without a file.
    let mut options = Options::default();
    options.load_text("port: 1234").unwrap();
    assert_eq!((options.port, options.config_file), (1234, None));
}

go_test!(
    2582,
    "opts_test",
    "TestOptionsProxyTrustedKeys",
    trusted_proxies
);
fn trusted_proxies() {
    const ONE: &str = "UCARKS2E3KVB7YORL2DG34XLT7PUCOL2SVM7YXV6ETHLW6Z46UUJ2VZ3";
    const OTHER: &str = "UD6AYQSOIN2IN5OGC6VQZCR4H3UFMIOXSW6NNS6N53CLJA4PB56CEJJI";
    let trusting = |keys: &[&str]| {
        Some(ProxiesOptions {
            trusted: keys
                .iter()
                .map(|key| ProxyOptions {
                    key: (*key).to_owned(),
                })
                .collect(),
        })
    };
    let mut options = Options {
        proxies: trusting(&[ONE, "bad1", OTHER, "bad2"]),
        ..Options::default()
    };
    assert_eq!(
        options.validate().unwrap_err(),
        "proxy trusted key \"bad1\" is invalid"
    );
    let server = RunningServer::with(|options| options.proxies = trusting(&[ONE, OTHER]));
    let kept = server.server().options();
    let kept: Vec<&str> = kept
        .proxies
        .iter()
        .flat_map(|p| &p.trusted)
        .map(|p| &*p.key)
        .collect();
    assert_eq!(kept, [ONE, OTHER]);
    // Whoever trusts proxies sends them a nonce to sign.
    let nonce = RawClient::connect(server.address())
        .info()
        .get("nonce")
        .cloned();
    assert!(nonce.is_some_and(|nonce| nonce.as_str().is_some_and(|nonce| !nonce.is_empty())));
}

go_test!(
    2583,
    "opts_test",
    "TestOptionsProxyRequired",
    proxy_required
);
fn proxy_required() {
    const ONE: &str = "UCARKS2E3KVB7YORL2DG34XLT7PUCOL2SVM7YXV6ETHLW6Z46UUJ2VZ3";
    const OTHER: &str = "UD6AYQSOIN2IN5OGC6VQZCR4H3UFMIOXSW6NNS6N53CLJA4PB56CEJJI";
    let folder = Folder::enter();
    let single = "authorization {\nuser: user\npassword: pwd\nproxy_required: true\n}";
    let options = folder.load(&format!("port: -1\n{single}")).unwrap();
    assert_eq!(options.username, "user");
    assert_eq!(options.password, "pwd");
    assert!(options.proxy_required);
    let named = "{user: user1, password: pwd1}\n\
                 {user: user2, password: pwd2, proxy_required: true}\n\
                 {user: user3, password: pwd3, proxy_required: false}\n";
    let nkeys = format!(
        "{{nkey: \"{ONE}\", proxy_required: true}}\n{{nkey: \"{OTHER}\", proxy_required: false}}\n"
    );
    let users = format!("users: [\n{named}{nkeys}]");
    for text in [
        format!("authorization {{\n{users}\n}}"),
        format!("accounts {{ A {{\n{users}\n}} }}"),
    ] {
        let options = folder.load(&text).unwrap();
        assert_eq!((options.users.len(), options.nkeys.len()), (3, 2));
        let required = ["user1", "user2", "user3"].map(|name| user(&options, name).proxy_required);
        assert_eq!(required, [false, true, false], "{text}");
        assert!(nkey(&options, ONE).proxy_required && !nkey(&options, OTHER).proxy_required);
    }
    let leafnodes = |block: &str| {
        let text = format!("leafnodes {{\nport: -1\n{block}\n}}");
        folder.load(&text).unwrap().leafnode
    };
    let leafnode = leafnodes(single);
    assert_eq!(
        (leafnode.username.as_str(), leafnode.password.as_str()),
        ("user", "pwd")
    );
    assert!(leafnode.proxy_required);
    let leafnode = leafnodes(&format!(
        "authorization {{\nnkey: \"{ONE}\"\nproxy_required: true\n}}"
    ));
    assert_eq!(leafnode.nkey, ONE);
    assert!(leafnode.proxy_required);
    let leafnode = leafnodes(&format!("authorization {{\nusers: [\n{named}]\n}}"));
    let required: Vec<bool> = leafnode
        .users
        .iter()
        .map(|user| user.proxy_required)
        .collect();
    assert_eq!(required, [false, true, false]);
}
