//! What is generated is what the shells are compiled against, and every key of `uniffi.toml` is one that this version reads.
#![allow(clippy::unwrap_used, reason = "tests only")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::Value;

const KOTLIN: &str = env!("CARGO_BIN_EXE_saoma-bindgen");
const SWIFT: &str = env!("CARGO_BIN_EXE_saoma-bindgen-swift");

/// Beside this test's own program, where cargo puts what it was built with.
fn library() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own program");
    let library = test.with_file_name(format!(
        "{}saoma_ffi{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    assert!(library.exists(), "{} is built with this test", library.display());
    library
}

fn run(program: &str, arguments: &[&str]) {
    // Within the workspace: the generator asks cargo where the crate's uniffi.toml is.
    let output =
        Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Every generated file by its name, the configuration's own with this changed.
fn generated(language: &str, config: Option<&str>) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let (library, out) = (library(), folder.path().join("out"));
    let (library, out_text) = (library.to_str().unwrap(), out.to_str().unwrap());
    let file = folder.path().join("global.toml");
    let mut arguments = match language {
        "kotlin" => vec!["generate", library, "--language", "kotlin", "--out-dir", out_text, "--no-format"],
        _ => vec![library, out_text, "--swift-sources", "--headers", "--modulemap"],
    };
    if let Some(config) = config {
        std::fs::write(&file, config).unwrap();
        arguments.extend(["--config", file.to_str().unwrap()]);
    }
    run(if language == "kotlin" { KOTLIN } else { SWIFT }, &arguments);
    let mut files = BTreeMap::new();
    read(&out, &out, &mut files);
    files
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn kotlin_has_its_package_its_library_and_records_that_cannot_change() {
    let files = generated("kotlin", None);
    let source = &files["io/saoma/core/saoma.kt"];
    assert!(source.contains("\npackage io.saoma.core\n"), "uniffi.toml was not read");
    assert!(source.contains("\"saoma_ffi\""));
    assert!(source.contains("data class Sale ("));
    let changeable = source.lines().find(|line| line.starts_with("    var `"));
    assert_eq!(changeable, None, "a record's field can be changed");
}

#[test]
fn swift_has_its_modules() {
    let files = generated("swift", None);
    assert!(files["SaomaCore.swift"].contains("import SaomaFFI"));
    assert!(files.contains_key("SaomaFFI.h"), "{:?}", files.keys());
}

#[test]
fn docs_of_the_library_travel_to_both_languages() {
    let sentence = "Rings up a sale and returns once it is durable, network or not";
    assert!(generated("kotlin", None)["io/saoma/core/saoma.kt"].contains(sentence));
    assert!(generated("swift", None)["SaomaCore.swift"].contains(sentence));
}

/// A key that this version does not know is passed over in silence; one whose change changes nothing is such a key, or of no use.
#[test]
fn every_key_of_the_configuration_is_live() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ffi/uniffi.toml")).unwrap();
    let config: toml::Table = text.parse().unwrap();
    let Some(Value::Table(bindings)) = config.get("bindings") else { panic!("no [bindings]") };
    for (language, keys) in bindings {
        let usual = generated(language, None);
        let Value::Table(keys) = keys else { panic!("[bindings.{language}] is no table") };
        for (key, value) in keys {
            let other = match value {
                Value::Boolean(on) => (!on).to_string(),
                // A version decides by being above or below others.
                Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                    "\"1.0.0\"".to_owned()
                }
                Value::String(text) => format!("\"{text}x\""),
                // Renames: to other names.
                Value::Table(names) => {
                    let other = names.iter().filter_map(|(from, to)| Some((from, to.as_str()?)));
                    let other: Vec<_> = other.map(|(from, to)| format!("\"{from}\" = \"{to}x\"")).collect();
                    format!("{{ {} }}", other.join(", "))
                }
                other => panic!("{key} = {other} is of a kind this test does not know"),
            };
            let changed = generated(
                language,
                Some(&format!("[crates.saoma_ffi.bindings.{language}]\n{key} = {other}\n")),
            );
            assert_ne!(usual, changed, "[bindings.{language}] {key} changes nothing");
        }
    }
}
