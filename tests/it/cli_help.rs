//! Every command and every setting explains itself.

use clap::CommandFactory as _;
use ehia::cli::Cli;

use crate::support::program::ehia;

fn walk(command: &clap::Command, path: &[String], found: &mut Vec<(Vec<String>, clap::Command)>) {
    for child in command.get_subcommands() {
        let mut path = path.to_vec();
        path.push(child.get_name().to_owned());
        found.push((path.clone(), child.clone()));
        walk(child, &path, found);
    }
}

fn commands() -> Vec<(Vec<String>, clap::Command)> {
    let mut found = Vec::new();
    walk(&Cli::command(), &[], &mut found);
    found
}

#[test]
fn the_command_line_fits_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_every_argument_says_what_it_is_for() {
    for (path, command) in commands() {
        assert!(command.get_about().is_some(), "{path:?} says nothing");
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "{path:?} {} says nothing", argument.get_id());
        }
    }
}

#[test]
fn every_setting_can_come_from_the_environment_and_its_name_is_ours() {
    let serve = commands().into_iter().find(|(path, _)| path == &["serve"]).unwrap().1;
    for argument in serve.get_arguments().filter(|argument| argument.get_id() != "help") {
        let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned());
        let variable = variable.unwrap_or_else(|| panic!("{} has no variable", argument.get_id()));
        assert!(variable.starts_with("EHIA_"), "{variable}");
    }
}

#[test]
fn help_never_shows_the_value_of_a_setting_that_may_hold_a_password() {
    for (path, command) in commands() {
        for argument in command.get_arguments() {
            let secret = ["EHIA_DATABASE_URL", "EHIA_MAIL_URL"];
            let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned());
            if variable.is_some_and(|variable| secret.contains(&variable.as_str())) {
                assert!(argument.is_hide_env_values_set(), "{path:?} {}", argument.get_id());
            }
        }
    }
}

#[tokio::test]
async fn the_program_prints_its_help_and_version() {
    let folder = tempfile::tempdir().unwrap();
    for (path, _) in commands() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let said = ehia(folder.path(), &arguments).await.done();
        assert!(said.out.contains("Usage: ehia"), "{path:?}: {}", said.out);
    }
    let version = ehia(folder.path(), &["--version"]).await.done();
    assert_eq!(version.out.trim(), format!("ehia {}", env!("CARGO_PKG_VERSION")));
    let serve = ehia(folder.path(), &["serve", "--help"]).await.done();
    assert!(serve.out.contains("[env: EHIA_DATABASE_URL]"), "{}", serve.out);
    assert_eq!(ehia(folder.path(), &["nonsense"]).await.code, Some(2));
}
