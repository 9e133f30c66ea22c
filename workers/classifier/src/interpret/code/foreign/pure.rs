//! Names of other languages that do nothing outside of the process.

use std::collections::HashSet;
use std::sync::OnceLock;

/// Modules and objects all of whose functions only compute, except for those that the table of effects names.
const PURE: &str = " math cmath json re sys datetime time random string collections itertools functools statistics decimal \
    fractions hashlib hmac base64 uuid secrets platform textwrap calendar pprint struct zlib gzip bz2 lzma binascii html ast dis \
    inspect typing enum dataclasses operator copy heapq bisect locale unicodedata difflib sysconfig keyword tokenize \
    tomllib toml csv zoneinfo ipaddress shlex fnmatch numbers abc contextlib warnings traceback logging argparse configparser \
    os.path posixpath urllib.parse importlib.metadata importlib.util io codecs numpy np pandas pd torch sklearn scipy matplotlib \
    plt django flask fastapi yaml pydantic sympy networkx tqdm rich PIL dateutil pytz packaging tensorflow tf transformers \
    sqlite3 psycopg2 sqlalchemy site this antigravity threading asyncio concurrent queue weakref types array getpass pwd grp \
    errno stat filecmp tempfile pathlib glob os requests httpx bs4 lxml xml email mimetypes colorsys timeit cProfile pstats \
    tracemalloc gc sched zipfile tarfile builtins setuptools pip pkg_resources wheel attr attrs jinja2 markupsafe click typer \
    polars pyarrow cv2 nltk spacy gensim seaborn plotly bokeh statsmodels xgboost boto3 markdown docutils pygments cryptography \
    JSON Math Object Array String Number Date RegExp Map Set WeakMap Promise Symbol BigInt Intl console process path os url util \
    querystring crypto assert events Buffer performance structuredClone Boolean Error TypeError Reflect Proxy Atomics Uint8Array \
    ArrayBuffer DataView TextEncoder TextDecoder URL URLSearchParams fs perf_hooks string_decoder zlib readline stream timers \
    globalThis window document module exports v8 lodash _ semver chalk dayjs moment uuid yargs Deno Deno.env Bun \
    Integer Float Hash Range Time DateTime SecureRandom Digest Base64 YAML CSV Comparable Enumerable Process RUBY_VERSION Rational \
    Complex Kernel File Dir IO STDIN STDOUT STDERR ENV ARGV Struct OpenStruct BigDecimal Benchmark ERB Etc Gem RbConfig Psych Bundler \
    Shellwords Zlib StringIO ObjectSpace GC Matrix Prime Rails Logger Find Set Pathname FileUtils Encoding \
    List::Util Scalar::Util POSIX Data::Dumper Time::HiRes MIME::Base64 Digest::MD5 Digest::SHA Encode JSON::PP Time::Piece Config \
    table utf8 bit32 coroutine package DateTimeImmutable DateInterval ArrayObject Statistics Dates Printf LinearAlgebra Random Pkg \
    Enum Map Keyword List Regex Integer System Application Version Base Core InteractiveUtils VERSION Test Sys stats utils base \
    tools datasets jsonlite dplyr ggplot2 tidyr readr stringr lubridate purrr socket ssl http urllib signal select shutil \
    multiprocessing subprocess child_process net https dns worker_threads cluster node:test vm tls dgram http2 inspector GroovySystem \
    ";

/// Modules that may be loaded, and whose functions are judged each by its name: some of them act.
const ACTING: &str = " os io shutil fs fs.promises child_process subprocess pathlib tempfile glob process Deno Bun File Dir IO \
    FileUtils Process Kernel socket http https net tls dgram http2 requests httpx urllib urllib.request sqlite3 psycopg2 sqlalchemy \
    multiprocessing signal vm worker_threads cluster inspector importlib zipfile tarfile sys module v8 Reflect globalThis window \
    boto3 Gem ObjectSpace package Rails Pathname Find readline ssl asyncio pty pip Pkg codecs gzip logging Bundler express ws axios \
    undici got rimraf del execa shelljs zx ftplib smtplib telnetlib paramiko xmlrpc webbrowser ctypes cffi mmap pickle marshal dill \
    joblib runpy code builtins resource fcntl socketserver http.server http.client posix platform imp pexpect sh fileutils net/http \
    open3 open-uri uri openssl etc find tmpdir tempfile socket pty io/console timeout ftools File::Path File::Copy File::Temp File::Find \
    File::Slurp LWP::Simple LWP::UserAgent HTTP::Tiny IO::Socket IO::Socket::INET IO::File IPC::Open3 IPC::Open2 Path::Tiny Socket \
    lfs ffi child_process/promises fs-extra glob fast-glob trash timers/promises Open3 Net::HTTP Socket TCPSocket URI Filesystem ";

/// Functions of the languages themselves, and methods of values, that only compute or print.
const HARMLESS: &str = " print println printf puts p pp putc say echo write writeln log error warn info debug dir table trace time \
    timeEnd count group groupEnd assert len range str int float list dict set tuple frozenset bytes bytearray bool complex sum min \
    max abs round sorted reversed enumerate zip map filter any all iter next hash id hex oct bin chr ord repr ascii format divmod pow \
    slice type isinstance issubclass callable hasattr super object property staticmethod classmethod input exit quit help \
    memoryview sleep join split rsplit splitlines strip lstrip rstrip upper lower title capitalize swapcase casefold replace find \
    rfind index rindex startswith endswith isdigit isalpha isalnum isspace isupper islower zfill center ljust rjust partition \
    rpartition translate maketrans expandtabs removeprefix removesuffix format_map keys values items get setdefault update append extend \
    insert sort reverse copy clear add discard union intersection difference symmetric_difference issubset issuperset most_common \
    elements total loads dumps load dump parse stringify search match fullmatch findall finditer sub subn compile escape groups \
    groupdict span start end hexdigest digest b64decode b64encode urlsafe_b64encode urlsafe_b64decode b32encode now today utcnow \
    strftime strptime isoformat timestamp fromtimestamp date timetuple total_seconds weekday isocalendar timedelta datetime \
    seek tell flush close read readline readlines readable writable isatty fileno __enter__ __exit__ peek write_line \
    exists is_file is_dir is_symlink isfile isdir islink getsize getmtime stat lstat suffix stem basename dirname splitext \
    relative_to with_suffix with_name samefile match_path relpath extname relative isAbsolute statSync lstatSync existsSync \
    accessSync existsAsync readdirSync_names cpus totalmem freemem arch release hostname uptime userInfo networkInterfaces \
    loadavg tmpdir endianness version versions getcwd cwd getpid getppid getuid geteuid getgid getlogin cpu_count uname memoryUsage \
    hrtime nextTick on once emit addListener removeListener setTimeout setInterval setImmediate clearTimeout clearInterval \
    queueMicrotask then catch finally resolve reject allSettled race forEach reduce reduceRight some every flat flatMap fill \
    includes indexOf lastIndexOf concat push pop shift unshift splice entries fromEntries assign freeze seal \
    hasOwnProperty isArray isInteger isNaN isFinite parseInt parseFloat toFixed toPrecision toString toLocaleString toISOString toJSON \
    toUpperCase toLowerCase trim trimStart trimEnd padStart padEnd charAt charCodeAt codePointAt fromCharCode fromCodePoint \
    substring substr matchAll test exec_pattern replaceAll normalize localeCompare repeat at from of has delete_key size randomUUID \
    randomBytes createHash createHmac getRandomValues alloc byteLength encodeURIComponent decodeURIComponent encodeURI decodeURI \
    escape unescape atob btoa inspect promisify isDeepStrictEqual equal strictEqual deepEqual deepStrictEqual ok throws floor ceil \
    sqrt cbrt trunc sign log2 log10 exp sin cos tan atan2 hypot random randint choice choices shuffle sample uniform seed gauss \
    token_hex token_urlsafe token_bytes uuid1 uuid4 uuid5 md5 sha1 sha256 sha512 new mean median stdev mode quantiles \
    each each_with_index each_with_object each_slice each_cons each_line each_char select collect inject detect group_by partition \
    sort_by min_by max_by sum_by tally uniq compact flatten first last take drop rotate sample zip product transpose to_s to_i to_f \
    to_a to_h to_sym to_json inspect length empty nil present chomp chop chars bytes lines gsub tr squeeze center scan \
    start_with end_with upcase downcase capitalize succ ord chr times upto downto step abs even odd zero gcd lcm digits fdiv divmod \
    ceil floor round clamp merge dig fetch key value any all none one count find find_all reject cycle lazy with_index freeze dup \
    clone is_a kind_of instance_of respond_to object_id methods instance_variables class tap itself freeze frozen sprintf rand srand gets \
    readlines strftime iso8601 mtime size file directory lc uc lcfirst ucfirst chomp chop reverse sort grep keys values each exists \
    defined delete scalar wantarray ref bless die warn pos quotemeta pack unpack localtime gmtime splice push pop shift unshift \
    substr sprintf hex oct sqrt int join split length uniq sum max min first reduce shuffle say binmode eof close lstat \
    strlen strtolower strtoupper str_replace str_repeat substr_count ucfirst implode explode count in_array array_keys array_values \
    array_merge array_sum array_slice array_unique array_reverse array_combine array_flip range json_encode json_decode var_dump \
    var_export print_r number_format date strtotime mktime microtime time intdiv max min abs floor round is_null is_array is_string \
    is_numeric isset empty phpversion php_sapi_name php_uname phpinfo_version memory_get_usage extension_loaded get_loaded_extensions \
    function_exists class_exists preg_match preg_match_all preg_replace preg_split preg_quote hash md5 sha1 crc32 bin2hex hex2bin \
    base64_encode base64_decode urlencode urldecode rawurlencode htmlspecialchars nl2br str_pad strrev trim ltrim rtrim ucwords wordwrap \
    array_column array_push array_pop sort ksort asort rsort usleep sleep gettype intval floatval boolval settype uniqid random_int \
    random_bytes password_hash str_contains str_starts_with str_ends_with strpos strrpos substr printf vsprintf define constant \
    fgets feof fclose fread fgetcsv fputcsv fwrite fputs ini_get error_log error_reporting get_class method_exists exit die \
    ipairs pairs tonumber tostring type select unpack rawget rawequal rawlen gmatch byte char rep len format clock difftime \
    paste paste0 cat seq rep nrow ncol head tail summary mean median var sd table names colnames rownames nchar toupper tolower \
    gsub sub grepl regmatches strsplit sprintf Sys.time Sys.Date Sys.info sessionInfo packageVersion library suppressMessages \
    suppressWarnings invisible message stopifnot is.null is.na as.numeric as.integer as.character as.Date file.exists basename \
    lapply sapply vapply Map Filter unlist list data.frame matrix c which order rev unique length getwd nlevels levels toJSON fromJSON \
    R.version.string quit q set.seed runif rnorm lm str ls versioninfo isfile isdir ispath pwd println @show @printf @time typeof \
    collect zeros ones rand randn eachline parse_number inspect IO.puts IO.inspect puts_all to_string to_integer \
    parse_args add_argument ArgumentParser Counter defaultdict OrderedDict namedtuple deque chain combinations permutations product \
    groupby accumulate islice starmap partial lru_cache wraps cached_property field dataclass asdict nlargest nsmallest heappush heappop \
    fetchone fetchall fetchmany cursor commit rollback connect_memory description raise_for_status status json iter_lines iter_content \
    version_info python_version python_implementation machine processor node architecture mac_ver freedesktop_os_release \
    is_available device_count get_device_name current_device manual_seed tensor array arange linspace eye dot shape reshape \
    DataFrame Series describe groupby agg value_counts to_dict to_list tolist isnull notnull dropna fillna merge astype info columns \
    safe_load safe_dump full_load literal_eval parse_qs urlparse urljoin quote unquote quote_plus urlencode urlsplit unescape \
    wrap fill dedent indent shorten pprint pformat getdefaultencoding getsizeof getrecursionlimit get_terminal_size get_paths get_path \
    find_spec which disk_usage cpu_percent gethostname getfqdn gethostbyname getuser getpwuid calcsize iter_entry_points entry_points \
    distributions files requires decompress compress crc32 adler32 unpack_from pack_into Decimal Fraction Path PurePath BytesIO \
    StringIO ZoneInfo ip_network ip_address hosts timeit default_timer perf_counter monotonic process_time ctime gmtime localtime mktime \
    month monthrange isleap calendar TextCalendar getLogger basicConfig setLevel format_exc print_exc print_stats unittest \
    setattr_safe nproc active_count current_thread Lock Event get_event_loop gather sleep_ms run_until_complete create_task \
    cdylib getconf toc tic isEmpty contains substringBefore lines use strict warnings no utf8 feature lib package Dumper croak carp \
    confess blessed reftype looks_like_number dualvar strftime encode_json decode_json encode_base64 decode_base64 md5_hex sha1_hex \
    sha256_hex gettimeofday encode decode encode_utf8 decode_utf8 is_utf8 reset rewind current lock study vec sprintf_safe wait \
    caller local select prototype sin cos atan2 log exp srand time times sleep lcm BEGIN END CHECK INIT utf8 next last redo \
    attr_accessor attr_reader include extend module_function lambda proc loop raise require block_given gem using autoload \
    binding_names instance_variable_get const_defined then yield_self sum positive negative integer finite nan infinite cover \
    each_entry each_key each_value each_pair each_byte filter_map chunk_while slice_when sum minmax step_by ljust rjust intern \
    swapcase insert prepend encoding force_encoding unpack1 crypt_safe hash eql equal between casecmp delete_if delete_at keep_if \
    compact_by symbolize_keys deep_merge group_count stringify_keys transform_values transform_keys invert rassoc assoc any_key \
    endsWith startsWith remove parameters warn_if json_encode_safe sqlite_version complete_statement memory tracer toArray getOrDefault isPresent ";

struct Names {
    pure: HashSet<&'static str>,
    acting: HashSet<&'static str>,
    harmless: HashSet<&'static str>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| Names {
        pure: PURE.split_ascii_whitespace().collect(),
        acting: ACTING.split_ascii_whitespace().collect(),
        harmless: HARMLESS.split_ascii_whitespace().collect(),
    })
}

/// Whether a module of that name may be loaded.
pub(super) fn is_module(name: &str) -> bool {
    names().pure.contains(name) || names().acting.contains(name)
}

/// Whether a path begins with a module that only computes.
pub(super) fn in_module(path: &str) -> bool {
    let mut end = path.len();
    while let Some(at) = path[..end].rfind(['.', ':']) {
        end = at;
        let module = path[..end].trim_end_matches(':');
        let last = module.rsplit(['.', ':']).next().unwrap_or(module);
        // A module that is reached through another one is none of that one's: `random._os`.
        if !names().pure.contains(module) && names().acting.contains(last.trim_start_matches('_')) {
            return false;
        }
        if names().pure.contains(module) {
            return true;
        }
    }
    false
}

/// Whether a path begins with a module whose functions are judged each by its name.
pub(super) fn acts(path: &str) -> bool {
    names().acting.contains(path.split(['.', ':']).next().unwrap_or(path))
}

/// Whether a function or method of that name only computes or prints.
pub(super) fn is_harmless(name: &str) -> bool {
    names().harmless.contains(name.trim_end_matches(['?', '!']))
}

#[cfg(test)]
mod tests {
    use super::super::table::{Effect, every};
    use super::*;

    /// The list is asked by the bare name, whatever the language, the module or the receiver: what runs a command is on no such list.
    #[test]
    fn nothing_that_runs_a_command_counts_as_harmless_by_its_last_name() {
        let runs = |effect: Effect| matches!(effect, Effect::Shell | Effect::ShellSelf | Effect::Argv | Effect::Exec);
        for (effect, name) in every().filter(|(effect, _)| runs(*effect)) {
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            assert!(!is_harmless(last), "{name} is {effect:?}");
        }
    }
}
