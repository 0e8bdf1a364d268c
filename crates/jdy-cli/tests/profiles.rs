//! Profiles: which shop is called, where secrets come from, and what is refused.

use std::path::{Path, PathBuf};

use jdy_sandbox::Sandbox;

use crate::command::{Ended, Environment, business_calls, jdy};

const RULES: [&str; 3] = ["call", "ls.mall_recharge_rule", "member_id=10"];

/// A folder with a configuration file and files of secrets.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("profiles-{name}"));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(folder.join(".config/jdy")).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.join(".config/jdy").join(name);
        std::fs::write(&path, text).unwrap();
        set_mode(&path, mode);
        path
    }

    /// The configuration, with the secrets of this sandbox in files beside it.
    fn configure(&self, sandbox: &Sandbox, text: &str) {
        self.write("client", &format!("{}\n", sandbox.client_secret()), 0o600);
        self.write("app", &sandbox.app_secret(), 0o400);
        let text = text
            .replace("CLIENT_ID", sandbox.client_id())
            .replace("URL", sandbox.url())
            .replace("INSTANCE", sandbox.outer_instance_id());
        self.write("config.toml", &text, 0o644);
    }

    fn environment(&self) -> Environment {
        let home = self.0.display().to_string();
        vec![
            ("HOME", home.clone()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("JDY_TOKEN_STORE", "memory".to_owned()),
            ("MARKED", "MARK+secret".to_owned()),
        ]
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        jdy(&self.environment(), arguments)
    }

    fn refused(&self, profile: &str) -> String {
        let ended = self.run(&[&["--profile", profile][..], &RULES].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
        ended.stderr
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

const SHOP: &str = "
[profiles.shop-a]
client_id = \"CLIENT_ID\"
client_secret = { file = \"client\" }
app_key = \"Sandbox01\"
app_secret = { file = \"app\" }
router_addr = \"https://tf.jdy.com\"
base_url = \"URL\"

[profiles.shop-a.accounts.second]
app_key = \"Sandbox02\"
outer_instance_id = \"INSTANCE\"
";

fn two_account_sets() -> Sandbox {
    let builder = Sandbox::builder().account_set("另一账套");
    builder.start_blocking().unwrap()
}

#[test]
fn a_profile_is_called_by_option_or_variable_wherever_the_option_stands() {
    let (home, sandbox) = (Home::new("called"), two_account_sets());
    home.configure(&sandbox, SHOP);
    for arguments in [
        [&["--profile", "shop-a"][..], &RULES].concat(),
        [&RULES[..], &["--profile", "shop-a"]].concat(),
    ] {
        let ended = home.run(&arguments);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    }
    let mut environment = home.environment();
    environment.push(("JDY_PROFILE", "shop-a".to_owned()));
    assert_eq!(jdy(&environment, &RULES).status, 0);
    assert_eq!(business_calls(&sandbox).len(), 3);
    // The file may be another one.
    let moved = home.0.join("moved.toml");
    std::fs::rename(home.0.join(".config/jdy/config.toml"), &moved).unwrap();
    assert_eq!(jdy(&environment, &RULES).status, 2);
    environment.push(("JDY_CONFIG", moved.display().to_string()));
    for name in ["client", "app"] {
        std::fs::rename(home.0.join(".config/jdy").join(name), home.0.join(name)).unwrap();
    }
    assert_eq!(jdy(&environment, &RULES).status, 0);
}

#[test]
fn another_account_set_is_called_only_if_it_is_named() {
    let (home, sandbox) = (Home::new("accounts"), two_account_sets());
    home.configure(&sandbox, SHOP);
    let list = home.write(
        "list.csv",
        "member_id,bal_amount,src_bill_id\n10,1.00,R-1\n",
        0o644,
    );
    let recharge = |account: &[&str], journal: &str| {
        let (list, journal) = (list.display().to_string(), home.0.join(journal));
        let journal = journal.display().to_string();
        let fixed = ["--profile", "shop-a", "batch", "ls.mall_recharge", &list];
        let ended = home.run(&[&fixed[..], &["--journal", &journal], account].concat());
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    };
    let balances = || {
        let sets = sandbox.account_sets();
        let of = |at: usize| sandbox.balance_in(&sets[at].account_id, "10");
        (of(0).unwrap().to_string(), of(1).unwrap().to_string())
    };
    recharge(&["--account", "second"], "second.journal");
    assert_eq!(balances(), ("100.00".to_owned(), "101.00".to_owned()));
    recharge(&[], "first.journal");
    assert_eq!(balances(), ("101.00".to_owned(), "101.00".to_owned()));

    let call = [&["--profile", "shop-a"][..], &RULES].concat();
    let ended = home.run(&[&call[..], &["--account", "second"]].concat());
    assert_eq!(ended.status, 0, "{ended:?}");
    let ended = home.run(&[&call[..], &["--account", "third"]].concat());
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("there are: second"), "{ended:?}");
    let ended = home.run(&[&RULES[..], &["--account", "second"]].concat());
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("--profile"), "{ended:?}");
}

#[test]
fn a_profile_and_variables_that_say_who_is_called_are_refused_together() {
    let (home, sandbox) = (Home::new("mixed"), two_account_sets());
    home.configure(&sandbox, SHOP);
    let call = [&["--profile", "shop-a"][..], &RULES].concat();
    for (name, value) in sandbox.environment() {
        let mut environment = home.environment();
        environment.push((name, value));
        let ended = jdy(&environment, &call);
        assert_eq!(ended.status, 2, "{name}: {ended:?}");
        assert!(ended.stderr.contains(name), "{ended:?}");
        assert!(ended.stderr.contains("nothing was sent"), "{ended:?}");
    }
    assert!(sandbox.requests().is_empty());
    // One that the profile names itself is none of another shop.
    let text = SHOP.replace("{ file = \"client\" }", "{ env = \"JDY_CLIENT_SECRET\" }");
    home.configure(&sandbox, &text);
    let mut environment = home.environment();
    environment.push(("JDY_CLIENT_SECRET", sandbox.client_secret().to_owned()));
    assert_eq!(jdy(&environment, &call).status, 0);
}

/// `--profile "$SHOP"` where the shell has no such variable: the shop of the environment is not meant.
#[test]
fn an_empty_profile_is_refused_and_falls_on_no_other_shop() {
    let sandbox = two_account_sets();
    let mut environment = sandbox.environment();
    for profile in ["", " "] {
        let before = [&["--profile", profile][..], &RULES].concat();
        let behind = [&RULES[..], &["--profile", profile]].concat();
        for arguments in [before, behind] {
            let ended = jdy(&environment, &arguments);
            assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
            assert!(ended.stderr.contains("--profile is empty"), "{ended:?}");
            assert!(ended.stderr.contains("nothing was sent"), "{ended:?}");
        }
    }
    assert!(sandbox.requests().is_empty());
    environment.push(("JDY_PROFILE", String::new()));
    assert_eq!(jdy(&environment, &RULES).status, 0);
}

#[test]
fn a_secret_in_a_file_that_begins_with_a_byte_order_mark_is_the_same() {
    let (home, sandbox) = (Home::new("marked"), two_account_sets());
    home.configure(&sandbox, SHOP);
    let text = format!("\u{feff}{}\r\n", sandbox.client_secret());
    home.write("client", &text, 0o600);
    let ended = home.run(&[&["--profile", "shop-a"][..], &RULES].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn a_secret_comes_from_a_program_and_what_it_prints_is_shown_nowhere() {
    let (home, sandbox) = (Home::new("programs"), two_account_sets());
    let with = |command: &str| {
        let text = SHOP.replace("{ file = \"client\" }", command);
        home.configure(&sandbox, &text);
    };
    let secret = sandbox.client_secret();
    with(&format!(
        "{{ command = [\"printf\", \"%s\\\\n\", \"{secret}\"] }}"
    ));
    let ended = home.run(&[&["--profile", "shop-a"][..], &RULES].concat());
    assert_eq!(ended.status, 0, "{ended:?}");
    for (command, said) in [
        (
            "{ command = [\"sh\", \"-c\", \"echo MARK+secret; exit 7\"] }",
            "exit status: 7",
        ),
        (
            "{ command = [\"sh\", \"-c\", \"echo MARK+secret; echo two\"] }",
            "not one line",
        ),
        ("{ command = [\"true\"] }", "is empty"),
        ("{ command = [\"/no/such/program\"] }", "/no/such/program"),
        ("{ command = \"echo MARK+secret\" }", "list of texts"),
        ("{ command = [] }", "list of texts"),
    ] {
        with(command);
        let told = home.refused("shop-a");
        assert!(told.contains(said), "{command}: {told}");
        assert!(told.contains("client_secret"), "{command}: {told}");
        assert!(!told.contains("MARK"), "{command}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_write_is_refused_with_what_to_do() {
    let (home, sandbox) = (Home::new("modes"), two_account_sets());
    home.configure(&sandbox, SHOP);
    for mode in [0o640, 0o604, 0o620, 0o644, 0o666] {
        home.write("client", sandbox.client_secret(), mode);
        let told = home.refused("shop-a");
        assert!(told.contains(&format!("mode {mode:04o}")), "{told}");
        assert!(told.contains("chmod 600"), "{told}");
        assert!(!told.contains(sandbox.client_secret()), "{told}");
    }
    home.configure(&sandbox, SHOP);
    set_mode(&home.0.join(".config/jdy/config.toml"), 0o666);
    let told = home.refused("shop-a");
    assert!(told.contains("chmod go-w"), "{told}");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn what_is_no_profile_is_refused_with_the_nearest_name_and_no_value() {
    let (home, sandbox) = (Home::new("refused"), two_account_sets());
    for (from, to, said) in [
        (
            "{ file = \"client\" }",
            "\"MARK+secret\"",
            "is a secret in plain text",
        ),
        (
            "{ file = \"client\" }",
            "\"MARK+secret\"",
            "chmod 600|mode 0600",
        ),
        (
            "{ file = \"client\" }",
            "{ env = \"NONE\" }",
            "NONE, which is not set",
        ),
        (
            "{ file = \"client\" }",
            "{ env = \"MARKED\", file = \"x\" }",
            "names one place",
        ),
        (
            "{ file = \"client\" }",
            "{ fil = \"MARK\" }",
            "in none of these",
        ),
        (
            "{ file = \"client\" }",
            "{ file = \"none\" }",
            "cannot be read from",
        ),
        ("{ file = \"client\" }", "7", "say where it is kept"),
        (
            "client_secret",
            "client_secrt",
            "did you mean client_secret?",
        ),
        (
            "[profiles.shop-a.accounts.second]\napp_key",
            "[profiles.shop-a.accounts.second]\nap_key",
            "did you mean app_key?",
        ),
        (
            "[profiles.shop-a.accounts",
            "[profile.shop-a.accounts",
            "did you mean profiles?",
        ),
        ("\"CLIENT_ID\"", "300001", "client_id is a text"),
        ("\"URL\"", "\"http://example.com\"", "base_url"),
        (
            "\"URL\"",
            "\"URL\"\nshare_limits = \"yes\"",
            "share_limits is true or false",
        ),
        ("\"URL\"", "\"URL\"\nshare_limits = true", "share_limits"),
        (
            "\"URL\"",
            "\"URL\"\ntoken_store = \"redis://:MARK@127.0.0.1\"",
            "password in plain text",
        ),
        (
            "\"URL\"",
            "\"URL\"\ntoken_store = \"disk:x\"",
            "token_store",
        ),
        ("router_addr", "# router_addr", "router_addr is not set"),
        (
            "client_id = \"CLIENT_ID\"",
            "client_id = \"MARK",
            "line 3: this is no TOML",
        ),
        (
            "client_id",
            "client_id = \"MARK\"\nclient_id",
            "line 4: this is no TOML",
        ),
        ("profiles.shop-a", "profiles.shop-b", "there are: shop-b"),
    ] {
        let text = SHOP.replacen(from, to, if from.contains("profiles") { 9 } else { 1 });
        home.configure(&sandbox, &text);
        let told = home.refused("shop-a");
        let is_said = said.split('|').any(|said| told.contains(said));
        assert!(is_said, "{to}: {told}");
        assert!(told.contains("config.toml"), "{told}");
        assert!(!told.contains("MARK+") && !told.contains(":MARK"), "{told}");
        assert!(!told.contains("JDY_CLIENT"), "{told}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_profile_of_account_sets_alone_says_which_there_are() {
    let (home, sandbox) = (Home::new("alone"), two_account_sets());
    let text = SHOP.lines().filter(|line| {
        !["app_secret", "router_addr", "app_key = \"Sandbox01\""]
            .iter()
            .any(|it| line.starts_with(it))
    });
    home.configure(&sandbox, &text.collect::<Vec<_>>().join("\n"));
    let told = home.refused("shop-a");
    assert!(told.contains("--account: second"), "{told}");
    let call = [
        &["--profile", "shop-a"][..],
        &RULES,
        &["--account", "second"],
    ];
    assert_eq!(home.run(&call.concat()).status, 0);
}

/// In another account set the recharge would be missed, and paid again.
#[test]
fn a_lost_call_is_looked_up_by_a_command_for_its_own_account_set() {
    let (home, sandbox) = (Home::new("looked-up"), two_account_sets());
    home.configure(&sandbox, SHOP);
    let list = home.write(
        "list.csv",
        "member_id,bal_amount,src_bill_id\n10,1.00,R-1\n",
        0o644,
    );
    let (list, journal) = (list.display().to_string(), home.0.join("journal"));
    let journal = journal.display().to_string();
    let recharge = "call ls.mall_recharge member_id=10 bal_amount=2.00 src_bill_id=R-2";
    let recharge: Vec<&str> = recharge.split(' ').collect();
    let batch = ["batch", "ls.mall_recharge", &list, "--journal", &journal];
    let mut environment = home.environment();
    environment.push(("JDY_PROFILE", "shop-a".to_owned()));
    for (lost, came) in [(&batch[..], "1.00"), (&recharge, "3.00")] {
        let fault = "lost-after-commit@/jdy/v2/ls/mall_recharge*1";
        sandbox.inject(fault.parse::<jdy_sandbox::Fault>().unwrap());
        let ended = jdy(&environment, &[lost, &["--account", "second"]].concat());
        assert_eq!(ended.status, 5, "{ended:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let command = "jdy call ls.recharge_record member_id=10 page_size=100 --all \
                       --expect-app-key=Sandbox02 --profile shop-a --account second";
        assert!(said.contains(&format!("{command}\n")), "{said}");
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        // Whatever the environment of the one who pastes it says.
        let shown = home.run(&arguments);
        let row = shown.stdout.lines().next().unwrap_or_default();
        assert!(
            row.contains(&format!(r#""amount":"10{came}""#)),
            "{shown:?}"
        );
    }
}

/// Whoever pastes it may have another shop under this name in a file of their own.
#[test]
fn a_lost_call_is_looked_up_in_the_file_of_profiles_that_named_its_shop() {
    let (home, sandbox) = (Home::new("named-file"), two_account_sets());
    home.configure(&sandbox, SHOP);
    let file = home.0.join(".config/jdy/config.toml");
    let file = file.to_str().unwrap();
    let mut environment = home.environment();
    environment.push(("JDY_CONFIG", file.to_owned()));
    let fault = "lost-after-commit@/jdy/v2/ls/mall_recharge*1";
    sandbox.inject(fault.parse::<jdy_sandbox::Fault>().unwrap());
    let recharge = "call ls.mall_recharge member_id=10 bal_amount=2.00 src_bill_id=R-2";
    let recharge: Vec<&str> = recharge.split(' ').chain(["--profile", "shop-a"]).collect();
    let ended = jdy(&environment, &recharge);
    assert_eq!(ended.status, 5, "{ended:?}");
    let command = format!("JDY_CONFIG={file} jdy call ls.recharge_record member_id=10");
    assert!(ended.stderr.contains(&command), "{ended:?}");
}

/// Whoever pastes it at night may have the settings of another shop, which shows no such recharge.
#[test]
fn the_look_up_of_a_lost_call_asks_no_other_account_set() {
    let (home, sandbox) = (Home::new("other-settings"), two_account_sets());
    let profile = SHOP.replace("shop-a", "-a");
    home.configure(&sandbox, &profile);
    let recharge = "call ls.mall_recharge member_id=10 bal_amount=2.00 src_bill_id=R-2";
    let recharge: Vec<&str> = recharge.split(' ').collect();
    let look_up = |ended: &Ended| {
        let (_, command) = ended.stderr.trim_end().split_once("jdy call ").unwrap();
        let words = command.split(' ').map(str::to_owned);
        std::iter::once("call".to_owned()).chain(words).collect()
    };
    let lost = |environment: &Environment| -> Vec<String> {
        let fault = "lost-after-commit@/jdy/v2/ls/mall_recharge*1";
        sandbox.inject(fault.parse::<jdy_sandbox::Fault>().unwrap());
        let ended = jdy(environment, &recharge);
        assert_eq!(ended.status, 5, "{ended:?}");
        look_up(&ended)
    };
    let mut of_profile = home.environment();
    of_profile.push(("JDY_PROFILE", "-a".to_owned()));
    let of_environment = sandbox.environment();
    for environment in [&of_profile, &of_environment] {
        let words = lost(environment);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert!(words.contains(&"--expect-app-key=Sandbox01"), "{words:?}");
        let found = jdy(environment, &words);
        assert_eq!(found.status, 0, "{found:?}");
        assert!(found.stdout.contains("\"amount\":\"10"), "{found:?}");
    }
    let words = lost(&of_environment);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut of_other = home.environment();
    of_other.push(("JDY_PROFILE", "-a".to_owned()));
    let before = business_calls(&sandbox);
    let refused = jdy(&of_other, &[&words[..], &["--account", "second"]].concat());
    assert_eq!((refused.status, &*refused.stdout), (2, ""), "{refused:?}");
    for said in ["Sandbox02", "Sandbox01", "nothing was sent"] {
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    assert_eq!(business_calls(&sandbox), before);
}

/// As one that is missing, it could mean another shop.
#[cfg(unix)]
#[test]
fn a_variable_that_is_no_utf8_is_refused_with_and_without_a_profile() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new("utf8");
    home.write("config.toml", "", 0o644);
    for name in ["JDY_APP_KEY", "JDY_TOKEN_STORE"] {
        for chosen in [&[][..], &["--profile", "shop-a"]] {
            let mut jdy =
                crate::command::command(&home.environment(), &[chosen, &RULES[..]].concat());
            let ended = jdy.env(name, std::ffi::OsStr::from_bytes(b"\xc1\xee"));
            let ended = Ended::from(ended.output().unwrap());
            assert_eq!(ended.status, 2, "{ended:?}");
            let told = format!("jdy: {name} is set to what is not UTF-8");
            assert!(ended.stderr.starts_with(&told), "{ended:?}");
        }
    }
}
