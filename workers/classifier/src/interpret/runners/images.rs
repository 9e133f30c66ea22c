//! `docker run` and `kubectl run` of images that everybody uses, with nothing of the host but the project's files: ordinary work, as
//! long as the command inside is. An image of anybody else's, an option that opens a wall, and a mount of anything else are asked about.

use super::super::Machine;
use super::containers::moved;
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Owners whose images are not anybody's. A name without an owner is Docker's own collection, or was built here.
const OWNERS: &[&str] = &[
    "library",
    "docker.io/library",
    "public.ecr.aws/docker/library",
    "mcr.microsoft.com",
    "registry.k8s.io",
    "gcr.io/distroless",
    "gcr.io/google-containers",
    "gcr.io/kaniko-project",
    "gcr.io/google.com/cloudsdktool",
    "ghcr.io/astral-sh",
    "ghcr.io/hadolint",
    "ghcr.io/aquasecurity",
    "ghcr.io/terraform-linters",
    "quay.io/prometheus",
    "bitnami",
    "hashicorp",
    "grafana",
    "prom",
    "amazon",
    "google",
    "curlimages",
    "koalaman",
    "hadolint",
    "mvdan",
    "nicolaka",
    "aquasec",
    "zricethezav",
    "semgrep",
    "returntocorp",
    "mikefarah",
    "pandoc",
    "rhysd",
    "cytopia",
    "alpine",
    "jekyll",
    "squidfunk",
    "swaggerapi",
    "openapitools",
    "stoplight",
    "redocly",
    "wiremock",
    "localstack",
    "minio",
    "confluentinc",
    "apache",
    "cimg",
    "circleci",
    "jupyter",
    "tensorflow",
    "pytorch",
    "nvidia",
    "selenium",
    "axllent",
    "mailhog",
    "dpage",
    "messense",
    "golangci",
    "davidanson",
    "tmknom",
    "bufbuild",
    "sqlfluff",
    "plantuml",
    "minlag",
    "valkey",
    "timescale",
    "pgvector",
    "postgis",
    "clickhouse",
    "elastic",
    "docker.elastic.co",
    "getmeili",
    "qdrant",
    "kindest",
    "rancher",
    "weaveworks",
];

/// Images whose entry point is a program: what stands behind their name are its words.
const ENTRIES: &[(&str, &str)] = &[
    ("koalaman/shellcheck", "shellcheck"),
    ("curlimages/curl", "curl"),
    ("amazon/aws-cli", "aws"),
    ("hashicorp/terraform", "terraform"),
    ("hashicorp/vault", "vault"),
    ("hashicorp/packer", "packer"),
    ("alpine/git", "git"),
    ("alpine/helm", "helm"),
    ("alpine/k8s", "kubectl"),
    ("bitnami/kubectl", "kubectl"),
    ("rancher/kubectl", "kubectl"),
    ("aquasec/trivy", "trivy"),
    ("zricethezav/gitleaks", "gitleaks"),
    ("gitleaks/gitleaks", "gitleaks"),
    ("mikefarah/yq", "yq"),
    ("pandoc/core", "pandoc"),
    ("pandoc/latex", "pandoc"),
    ("mvdan/shfmt", "shfmt"),
    ("rhysd/actionlint", "actionlint"),
    ("cytopia/yamllint", "yamllint"),
    ("grafana/k6", "k6"),
    ("minio/mc", "mc"),
    ("bufbuild/buf", "buf"),
    ("openapitools/openapi-generator-cli", "openapi-generator-cli"),
    ("redocly/cli", "redocly"),
    ("squidfunk/mkdocs-material", "mkdocs"),
    ("sqlfluff/sqlfluff", "sqlfluff"),
    ("davidanson/markdownlint-cli2", "markdownlint-cli2"),
    ("minlag/mermaid-cli", "mmdc"),
];

/// Options of `docker run` without a value that open nothing.
const PLAIN: &[&str] = &[
    "--rm",
    "-d",
    "--detach",
    "-i",
    "-t",
    "-it",
    "-ti",
    "-dit",
    "-itd",
    "-di",
    "-dt",
    "--interactive",
    "--tty",
    "--init",
    "--read-only",
    "-q",
    "--quiet",
    "--no-healthcheck",
    "--sig-proxy",
    "--disable-content-trust=false",
];

/// Options with a value that open nothing.
const VALUED: &[&str] = &[
    "--name",
    "-e",
    "--env",
    "-p",
    "--publish",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--platform",
    "-m",
    "--memory",
    "--cpus",
    "-h",
    "--hostname",
    "-l",
    "--label",
    "--shm-size",
    "--tmpfs",
    "--pull",
    "--stop-timeout",
    "--memory-swap",
    "--gpus",
    "--health-cmd",
    "--health-interval",
    "--health-retries",
    "--health-timeout",
    "--ulimit",
    "--expose",
    "--add-host",
    "--dns",
    "--cpu-shares",
    "--pids-limit",
    "--cidfile-none",
    "--stop-signal",
    "--network-alias",
];

/// Options of `kubectl run` and its like that leave it at a pod for a while.
const POD_PLAIN: &[&str] =
    &["--rm", "--rm=true", "-i", "-t", "-it", "-ti", "--stdin", "--tty", "--quiet", "-q", "--command", "--attach"];
const POD_VALUED: &[&str] = &[
    "-n",
    "--namespace",
    "--context",
    "--cluster",
    "-l",
    "--labels",
    "--env",
    "--restart",
    "--image",
    "--timeout",
    "--pod-running-timeout",
    "--port",
    "--image-pull-policy",
];

impl Machine<'_> {
    /// `docker run [OPTIONS] IMAGE [COMMAND]`; `None` where it is more than ordinary, or not known.
    pub(super) fn ordinary_run(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let (first, mut rest) = args.split_first()?;
        match first.known()?.as_str() {
            "run" => {}
            "container" if rest.first()?.known()? == "run" => rest = rest.get(1..)?,
            _ => return None,
        }
        if rest.iter().any(|word| word.origin() == Some(Origin::Secret)) {
            return None;
        }
        let mut entry = None;
        let mut mounts = Vec::new();
        let mut published = false;
        let mut at = 0;
        while let Some(arg) = rest.get(at).filter(|arg| arg.prefix().starts_with('-')) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            let (name, attached) = match text.split_once('=').filter(|_| text.starts_with("--")) {
                Some((name, _)) => (name.to_owned(), Some(crate::knowledge::tail(arg, name.len() + 1))),
                None => (text.clone(), None),
            };
            at += 1;
            published |= text.starts_with("-p") || text.starts_with("--publish");
            if PLAIN.contains(&text.as_str()) {
                continue;
            }
            let short =
                text.starts_with("-p") || text.starts_with("-e") || text.starts_with("-w") || text.starts_with("-u");
            if short && text.len() > 2 && !text.starts_with("--") {
                continue;
            }
            let value = match attached {
                Some(value) => value,
                None => {
                    at += 1;
                    rest.get(at - 1)?.clone()
                }
            };
            match name.as_str() {
                "-v" | "--volume" | "--mount" => mounts.extend(self.own_mount(&name, &value)?),
                "--entrypoint" => entry = Some(value),
                "--network" | "--net"
                    if matches!(value.known()?.as_str(), "host") || value.prefix().starts_with("container:") =>
                {
                    return None;
                }
                "--network" | "--net" => {}
                "--restart" if matches!(value.known()?.as_str(), "no" | "on-failure" | "unless-stopped") => {}
                "--env-file" => {
                    self.read_effect(&value);
                }
                _ if VALUED.contains(&name.as_str()) => {}
                _ => return None,
            }
        }
        // A server would show all of the project to whoever reaches it, its keys and its history too.
        let root = mounts.iter().any(|(outside, _)| self.place(outside).zone == Zone::WorkspaceRoot);
        if root && published {
            return None;
        }
        let image = rest.get(at)?.known()?;
        let command = rest.get(at + 1..).unwrap_or(&[]);
        self.trusted(&image, entry, command, &mounts, input)
    }

    /// `kubectl run NAME --rm -it --image=IMAGE -- COMMAND`: a pod that is gone when the command has ended.
    pub(super) fn passing_pod(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let mut words = Vec::new();
        let (mut image, mut passing, mut command) = (None, false, None);
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known()?;
            at += 1;
            let (name, attached) = match text.split_once('=').filter(|_| text.starts_with("--")) {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (text.clone(), None),
            };
            if text == "--" {
                command = args.get(at..);
                break;
            } else if !text.starts_with('-') {
                words.push(text);
            } else if POD_PLAIN.contains(&text.as_str()) {
                passing |= text.starts_with("--rm");
            } else if POD_VALUED.contains(&name.as_str()) {
                let value = match attached {
                    Some(value) => value,
                    None => {
                        at += 1;
                        args.get(at - 1)?.known()?
                    }
                };
                match name.as_str() {
                    "--image" => image = Some(value),
                    "--restart" if value != "Never" => return None,
                    _ => {}
                }
            } else {
                return None;
            }
        }
        if words.first()? != "run" || words.len() != 2 || !passing {
            return None;
        }
        self.trusted(&image?, None, command?, &[], input)
    }

    /// Runs a command in an image that everybody uses; `None` where the image is somebody's, or the command is not harmless.
    fn trusted(
        &mut self,
        image: &str,
        entry: Option<Value>,
        command: &[Value],
        mounts: &[(Value, String)],
        input: &Option<Value>,
    ) -> Option<Value> {
        if !is_usual(image) || input.as_ref().is_some_and(|input| input.origin() == Some(Origin::Secret)) {
            return None;
        }
        let name = image.split(['@']).next().unwrap_or("");
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        let program = ENTRIES.iter().find(|(image, _)| name.trim_start_matches("docker.io/") == *image);
        let mut inner: Vec<Value> = command.iter().map(|word| all_moved(word, mounts)).collect();
        match (entry, program) {
            (Some(program), _) => inner.insert(0, program),
            (None, Some((_, program))) => inner.insert(0, Value::text(*program)),
            _ => {}
        }
        if inner.is_empty() {
            return Some(Value::unknown(Origin::Output));
        }
        let before = std::mem::take(self.findings);
        let out = self.apart(|machine| machine.argv(&inner, input.clone()));
        let found = std::mem::replace(self.findings, before).into_list();
        let kept = |one: &Finding| one.class == Class::Safe || one.is_kept();
        if !found.iter().all(kept) {
            return None;
        }
        found.into_iter().for_each(|finding| self.find(finding));
        Some(out)
    }

    /// What of the project a container sees, and where. `None`: more than that. A volume by its name is Docker's own.
    fn own_mount(&mut self, option: &str, value: &Value) -> Option<Vec<(Value, String)>> {
        let volume = |text: &str| {
            let name = match option {
                "--mount" => {
                    match text.split(',').find_map(|field| field.strip_prefix("source=").or(field.strip_prefix("src=")))
                    {
                        Some(name) if text.contains("type=volume") => name,
                        _ => return text.contains("type=tmpfs"),
                    }
                }
                _ => text.split(':').next().unwrap_or(""),
            };
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
                && !name.starts_with('.')
        };
        if value.known().is_some_and(|text| volume(&text)) {
            return Some(Vec::new());
        }
        let mounts = super::containers::mount(value)?;
        let place = self.place(&mounts.0);
        let own = matches!(place.zone, Zone::Workspace | Zone::WorkspaceRoot) && place.exact;
        own.then(|| vec![mounts])
    }
}

fn all_moved(word: &Value, mounts: &[(Value, String)]) -> Value {
    mounts.iter().fold(word.clone(), |word, (outside, inside)| moved(&word, outside, inside))
}

/// Whether an image is one that everybody uses, by where its name says that it comes from.
fn is_usual(image: &str) -> bool {
    let plain =
        !image.is_empty() && image.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte));
    let name = image.split('@').next().unwrap_or("");
    let name = name.trim_start_matches("docker.io/");
    match name.rsplit_once('/') {
        None => plain && !image.starts_with('-'),
        Some((owner, _)) => {
            plain
                && OWNERS.iter().any(|known| {
                    owner == *known
                        || known.contains('.') && owner.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_usual;

    #[test]
    fn an_image_is_usual_by_its_owner() {
        for image in [
            "alpine",
            "postgres:16",
            "library/redis:7",
            "docker.io/library/redis",
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "app:dev",
        ] {
            assert!(is_usual(image), "{image}");
        }
        for image in [
            "evil/alpine",
            "x.io/alpine",
            "ghcr.io/evil/astral-sh",
            "mcr.microsoft.com.evil.io/a",
            "localhost:5000/a",
            "",
        ] {
            assert!(!is_usual(image), "{image}");
        }
    }
}
