//! One grant more than declared, of each sort, is refused by the verification that every start runs: the sandbox's own tests of
//! real workers, built with the feature `overgrant`, in a target directory of their own so that no other build ever has it.

use palisade_tests::built::workspace;
use std::process::Command;

#[test]
fn one_capability_descriptor_system_call_or_landlock_rule_more_than_declared_is_refused() {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), |dir| workspace().join(dir));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["test", "--locked", "--quiet", "--package", "palisade-sandbox"]);
    cargo.args(["--features", "overgrant", "--test", "confinement", "--target-dir"]).arg(target.join("overgranting"));
    let output = cargo.args(["--", "more_than_declared"]).output().expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", output.status);
    let refused = |sort: &str| said.contains(&format!("one_{sort}_more_than_declared_is_refused ... ok"));
    assert!(["descriptor", "system_call", "landlock_rule"].into_iter().all(refused), "{said}");
    assert!(refused("capability") || !nix::unistd::geteuid().is_root(), "{said}");
    assert!(said.contains("nothing_more_than_declared_is_accepted ... ok"), "{said}");
}
