//! What git was told before us, wherever, can neither lead past our helper nor starve it.

use crate::support::rogue::Rogue;
use crate::support::{Job, SECURITY, World};

/// Where an inherited setting may stand, and whether everything is tried there: git reads the places in
/// this order, and some settings win by their place.
const PLACES: [(&str, bool); 5] = [
    ("XDG", false),
    ("global", true),
    ("local", false),
    ("GIT_CONFIG_COUNT", false),
    ("GIT_CONFIG_PARAMETERS", true),
];

/// As specific as ours, or more: these have to be answered one by one.
const NASTIEST: [&str; 4] = [
    "insteadOf of the reach itself",
    "longer insteadOf",
    "longer extraHeader",
    "longer helper",
];

/// Settings that would lead past us, by name.
fn settings(world: &World, rogue: &Rogue) -> Vec<(&'static str, String, String)> {
    let (gitlab, repository) = (world.lab.gitlab_url(), world.lab.git_url(SECURITY));
    let helper = "!f() { echo username=rogue; echo password=wrong-wrong-wrong; }; f";
    let header = "Authorization: Basic cm9ndWU6d3Jvbmctd3Jvbmctd3Jvbmc=";
    let setting = |name, key: String, value: &str| (name, key, value.to_owned());
    vec![
        setting(
            "insteadOf",
            format!("url.{}/.insteadOf", rogue.url),
            &format!("{gitlab}/"),
        ),
        setting(
            "insteadOf of the host",
            format!("url.{}.insteadOf", rogue.url),
            gitlab,
        ),
        setting(
            "insteadOf of the reach itself",
            format!("url.{}/.insteadOf", rogue.url),
            &world.reach(),
        ),
        setting(
            "insteadOf of the very repository",
            format!("url.{}/x.insteadOf", rogue.url),
            &repository,
        ),
        setting(
            "longer insteadOf",
            format!("url.{}/x.insteadOf", rogue.url),
            repository.trim_end_matches(".git"),
        ),
        setting(
            "insteadOf with a credential",
            format!(
                "url.{}/.insteadOf",
                gitlab.replace("://", "://rogue:wrong@")
            ),
            &format!("{gitlab}/"),
        ),
        setting("extraHeader", "http.extraHeader".to_owned(), header),
        setting(
            "extraHeader of the host",
            format!("http.{gitlab}/.extraHeader"),
            header,
        ),
        setting(
            "longer extraHeader",
            format!("http.{repository}.extraHeader"),
            header,
        ),
        setting("helper", "credential.helper".to_owned(), helper),
        setting(
            "helper of the host",
            format!("credential.{gitlab}.helper"),
            helper,
        ),
        setting(
            "longer helper",
            format!("credential.{repository}.helper"),
            helper,
        ),
        setting(
            "user name",
            format!("credential.{gitlab}.username"),
            "rogue",
        ),
        setting(
            "no path",
            format!("credential.{repository}.useHttpPath"),
            "false",
        ),
    ]
}

/// Writes a setting where a job inherits it from.
fn inherit(world: &World, job: &mut Job, place: &str, key: &str, value: &str) {
    let write = |file: &str| {
        let path = world.write(file, "");
        let added = std::process::Command::new("git")
            .args(["config", "--file"])
            .arg(path)
            .args([key, value])
            .status();
        assert!(added.expect("git runs").success());
    };
    match place {
        "global" => write("home/.gitconfig"),
        "XDG" => write("home/.config/git/config"),
        "local" => {
            write(".git/config");
            world.write(".git/HEAD", "ref: refs/heads/main\n");
            for directory in ["objects", "refs"] {
                std::fs::create_dir(world.path().join(".git").join(directory))
                    .expect("a repository");
            }
        }
        "GIT_CONFIG_COUNT" => {
            job.env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", key)
                .env("GIT_CONFIG_VALUE_0", value);
        }
        _ => {
            job.env("GIT_CONFIG_PARAMETERS", format!("'{key}'='{value}'"));
        }
    }
}

fn forget(world: &World) {
    let _ = std::fs::remove_dir_all(world.path().join("home"));
    let _ = std::fs::remove_dir_all(world.path().join(".git"));
    std::fs::create_dir(world.path().join("home")).expect("a home");
}

/// Tells what git did with each setting in `place`: nothing but `HEAD` is right.
fn table((place, everything): (&str, bool)) -> String {
    let (world, rogue) = (
        World::embedded(),
        Rogue::answering("404 Not Found", "", "rogue"),
    );
    let list = format!(
        "git ls-remote --quiet {} HEAD 2>&1 | cut -f 2",
        world.lab.git_url(SECURITY)
    );
    let (mut wrong, mut asked) = (String::new(), 0);
    for (name, key, value) in settings(&world, &rogue) {
        if !everything && !NASTIEST.contains(&name) {
            continue;
        }
        forget(&world);
        let mut job = world.job(SECURITY);
        inherit(&world, &mut job, place, &key, &value);
        let ran = job.script(&[], &list);
        if ran.stdout != "HEAD\n" || !ran.stderr.is_empty() {
            wrong += &format!("{name}: {}{}", ran.stdout, ran.stderr);
        }
        if rogue.connections() > asked {
            wrong += &format!("{name}: another host was asked");
            asked = rogue.connections();
        }
    }
    wrong
}

#[test]
fn no_inherited_setting_leads_past_us() {
    let threads = PLACES.map(|place| std::thread::spawn(move || table(place)));
    let wrong = threads.map(|thread| thread.join().expect("no panic"));
    assert_eq!(wrong, [const { String::new() }; PLACES.len()]);
}

/// Without us each of them does lead away or gets in the way: the story above can fail.
#[test]
fn every_one_of_these_settings_does_something() {
    let (world, rogue) = (
        World::embedded(),
        Rogue::answering("404 Not Found", "", "rogue"),
    );
    let repository = world
        .lab
        .git_url(SECURITY)
        .replace("://", "://build-token@");
    let mut harmless = Vec::new();
    for (name, key, value) in settings(&world, &rogue) {
        let token = world.lab.build_token().expose();
        let ours = format!("!f() {{ test $1 = get && echo password={token}; }}; f");
        let output = std::process::Command::new("git")
            .args([
                "-c",
                &format!("{key}={value}"),
                "-c",
                &format!("credential.helper={ours}"),
            ])
            .args([
                "ls-remote",
                "--quiet",
                &repository.replace("build-token@", ""),
                "HEAD",
            ])
            .env("HOME", world.path())
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .expect("git runs");
        if output.status.success() {
            harmless.push(name);
        }
    }
    insta::assert_debug_snapshot!(harmless, @r#"
    [
        "user name",
    ]
    "#);
}
