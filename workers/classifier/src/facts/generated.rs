//! Names of what is made from other files: a build, an installation or a test run makes them again.

/// Directories. A name alone decides nothing: it counts where git ignores it too.
pub(super) const GENERATED: &[&str] = &[
    "node_modules",
    "target",
    "dist",
    "build",
    "out",
    "obj",
    "_build",
    "bower_components",
    "jspm_packages",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".eggs",
    "htmlcov",
    "coverage",
    ".nyc_output",
    ".next",
    ".nuxt",
    ".output",
    ".svelte-kit",
    ".angular",
    ".astro",
    ".turbo",
    ".parcel-cache",
    ".cache",
    ".vite",
    ".gradle",
    ".dart_tool",
    ".stack-work",
    "dist-newstyle",
    "CMakeFiles",
    "cmake-build-debug",
    "cmake-build-release",
    "DerivedData",
    "bazel-out",
    "bazel-bin",
    ".terraform",
    ".serverless",
    ".aws-sam",
    "site-packages",
    "zig-cache",
    ".zig-cache",
    "zig-out",
    "elm-stuff",
    ".bloop",
    ".metals",
    ".ipynb_checkpoints",
    ".vagrant-cache",
    ".docusaurus",
    "storybook-static",
    "test-results",
    "playwright-report",
    ".eslintcache",
    ".sass-cache",
    ".jekyll-cache",
    "_site",
    ".import",
];

/// Endings of files.
const ENDINGS: &[&str] = &[
    ".o",
    ".obj",
    ".a",
    ".so",
    ".pyc",
    ".pyo",
    ".class",
    ".d",
    ".gcda",
    ".gcno",
    ".tsbuildinfo",
    ".min.js",
    ".map",
    ".egg-info",
    ".whl",
    ".rlib",
    ".rmeta",
    ".hi",
    ".beam",
    ".aux",
    ".toc",
    ".fls",
    ".fdb_latexmk",
    ".swp",
    ".swo",
    ".tmp",
];

/// Names of files.
const FILES: &[&str] = &[".coverage", ".DS_Store", "Thumbs.db", "tags", ".eslintcache", "compile_commands.json"];

/// Names of these that people also give to what they write themselves.
const ALSO_WRITTEN: &[&str] = &[
    "target",
    "dist",
    "build",
    "out",
    "obj",
    "_build",
    ".venv",
    "venv",
    "htmlcov",
    "coverage",
    ".output",
    ".astro",
    ".cache",
    "DerivedData",
    "bazel-out",
    "bazel-bin",
    ".serverless",
    ".aws-sam",
    "site-packages",
    "zig-out",
    ".metals",
    ".vagrant-cache",
    "storybook-static",
    "test-results",
    "playwright-report",
    "_site",
    ".import",
    ".coverage",
    "tags",
    "compile_commands.json",
];

/// Names that are made wherever they lie, and count for nothing else here.
const MADE: &[&str] = &[".terragrunt-cache"];

/// Whether a name alone says that it is made from other files, wherever in a project it lies.
pub(super) fn is_made(name: &str) -> bool {
    MADE.contains(&name) || (GENERATED.contains(&name) || FILES.contains(&name)) && !ALSO_WRITTEN.contains(&name)
}

/// Whether something of this name is made from other files.
pub(super) fn is_generated(name: &str) -> bool {
    GENERATED.contains(&name)
        || FILES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending) && name != *ending)
}
