//! What functions of other languages do: one table over all of them. A name without a dot is a function of the language, one
//! with dots belongs to a module, and one that begins with `*.` is a method of whatever it is called on.

use super::language::Language;
use std::collections::HashMap;
use std::sync::OnceLock;

/// What a call does with its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Deletes the files that its arguments name.
    Delete,
    /// The same with all below them.
    DeleteTree,
    /// Deletes what it is called on.
    DeleteSelf,
    DeleteSelfTree,
    /// Creates or replaces the file of its first argument.
    Write,
    /// Writes its second argument's file.
    WriteSecond,
    /// Writes what it is called on.
    WriteSelf,
    /// Empties the file.
    Truncate,
    /// Opens: the second argument says what for.
    Open,
    /// The same for what it is called on; the first argument says what for.
    OpenSelf,
    /// Reads the file of its first argument.
    Read,
    ReadSelf,
    /// Gives names out of a directory, by a pattern.
    Glob,
    GlobSelf,
    /// Gives names in the directory of its first argument.
    List,
    /// From the first to the second.
    Move,
    MoveSelf,
    Copy,
    /// Makes its second argument lead to its first.
    Link,
    /// Changes rights of its first argument, or in some languages of the later ones.
    Rights,
    RightsSelf,
    /// Runs its first argument: a text in a shell, a list as it is.
    Shell,
    /// Runs its arguments as a command.
    Argv,
    /// Runs what it is called on.
    ShellSelf,
    /// Replaces the process: program, then the argument list that begins with a name.
    Exec,
    /// Runs its argument as code of the same language.
    Code,
    /// Runs a file that is not read.
    Loads,
    /// Fetches an address.
    Fetch,
    /// Sends to an address.
    Send,
    /// Connects to a host in a way that says nothing of what for.
    Connect,
    /// Listens.
    Listen,
    /// Takes a connection's descriptor for the standard ones.
    Redirect,
    Sql,
    Signal,
    Fork,
    /// Gives a variable of the environment.
    Env,
    /// A module by name.
    Import,
    /// An attribute by name.
    Attribute,
    /// Reaches what no name says: raw memory, foreign functions, other processes.
    Opaque,
    /// A path out of its parts.
    Join,
    /// Its argument as it is.
    Same,
    /// The home directory.
    Home,
    /// A fresh temporary path.
    Temporary,
}

use Effect::*;

const PYTHON: &[(Effect, &str)] = &[
    (Delete, "os.remove os.unlink os.rmdir os.removedirs posix.unlink posix.remove"),
    (DeleteTree, "shutil.rmtree send2trash.send2trash"),
    (DeleteSelf, "*.unlink *.rmdir"),
    (DeleteSelfTree, "*.rmtree"),
    (Write, "os.mkdir os.makedirs os.mknod os.mkfifo os.utime"),
    (WriteSelf, "*.write_text *.write_bytes *.touch *.mkdir *.symlink_to *.hardlink_to"),
    (Write, "*.to_csv *.to_json *.to_parquet *.to_excel *.to_pickle *.savefig *.save *.savetxt *.extractall *.extract"),
    (WriteSecond, "json.dump_to yaml.dump_to urllib.request.urlretrieve request.urlretrieve"),
    (Truncate, "os.truncate"),
    (
        Open,
        "open io.open codecs.open gzip.open bz2.open lzma.open os.open os.fdopen zipfile.ZipFile tarfile.open dbm.open shelve.open",
    ),
    (OpenSelf, "*.open"),
    (
        Read,
        "numpy.load numpy.loadtxt pandas.read_csv pandas.read_json pandas.read_parquet np.load pd.read_csv pd.read_json \
        pd.read_parquet linecache.getline fileinput.input configparser.read *.read_file tomllib.loads_file os.readlink runpy_read",
    ),
    (ReadSelf, "*.read_text *.read_bytes"),
    (Glob, "glob.glob glob.iglob"),
    (GlobSelf, "*.glob *.rglob *.iterdir"),
    (List, "os.listdir os.scandir os.walk"),
    (Move, "os.rename os.replace os.renames shutil.move"),
    (MoveSelf, "*.rename"),
    (
        Copy,
        "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.copymode shutil.copystat shutil.unpack_archive",
    ),
    (Link, "os.symlink os.link"),
    (Rights, "os.chmod os.chown os.lchown os.chflags shutil.chown"),
    (RightsSelf, "*.chmod"),
    (
        Shell,
        "os.system os.popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen \
        subprocess.getoutput subprocess.getstatusoutput pty.spawn commands.getoutput asyncio.create_subprocess_shell \
        platform.popen get_ipython.system os.popen2 os.popen3 posix.system",
    ),
    (Argv, "asyncio.create_subprocess_exec sh.Command pexpect.spawn pexpect.run"),
    (
        Exec,
        "os.execl os.execlp os.execle os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnlp os.spawnv os.spawnvp \
        os.posix_spawn os.posix_spawnp",
    ),
    (
        Code,
        "exec eval compile code.interact builtins.exec builtins.eval __builtins__.exec __builtins__.eval timeit.timeit \
        timeit.repeat",
    ),
    (
        Loads,
        "runpy.run_path runpy.run_module execfile imp.load_source pickle.load pickle.loads marshal.loads dill.load \
        dill.loads joblib.load cPickle.loads",
    ),
    (
        Fetch,
        "urllib.request.urlopen urllib.urlopen urllib2.urlopen requests.get requests.head requests.options httpx.get \
        request.urlopen urlopen requests.Session httpx.Client httpx.head aiohttp.ClientSession *.getresponse",
    ),
    (
        Send,
        "requests.post requests.put requests.patch requests.delete requests.request httpx.post httpx.put httpx.patch \
        httpx.delete httpx.request urllib.request.Request *.sendmail *.send_message *.storbinary",
    ),
    (
        Connect,
        "socket.socket socket.create_connection ssl.wrap_socket smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP \
        telnetlib.Telnet paramiko.SSHClient http.client.HTTPConnection http.client.HTTPSConnection websocket.create_connection \
        websockets.connect xmlrpc.client.ServerProxy *.connect",
    ),
    (Listen, "http.server.HTTPServer http.server.test socketserver.TCPServer *.serve_forever *.listen"),
    (Redirect, "os.dup2"),
    (Sql, "*.execute *.executescript *.executemany"),
    (Signal, "os.kill os.killpg *.terminate *.kill signal.raise_signal"),
    (Fork, "os.fork os.forkpty pty.fork multiprocessing.Process"),
    (Env, "os.getenv os.environ.get os.environb.get os.environ.pop"),
    (Import, "__import__ importlib.import_module"),
    (Attribute, "getattr operator.attrgetter"),
    (
        Opaque,
        "ctypes.CDLL ctypes.cdll.LoadLibrary ctypes.PyDLL cffi.FFI globals locals vars setattr delattr \
        ctypes.memmove ctypes.string_at mmap.mmap sys.settrace sys.setprofile sys.addaudithook gc.get_objects \
        os.setuid os.setgid os.chroot os.nice os.setpriority resource.setrlimit os.putenv os.sync webbrowser.open \
        types.FunctionType types.CodeType builtins.__import__ os.reboot crontab.CronTab winreg.SetValue pip.main \
        *.__class__ *.__subclasses__ *.__globals__ importlib.reload sys.modules.pop",
    ),
    (Join, "os.path.join posixpath.join pathlib.Path pathlib.PurePath pathlib.PosixPath *.joinpath"),
    (
        Same,
        "os.path.abspath os.path.realpath os.path.normpath os.path.expanduser os.path.expandvars *.expanduser *.resolve \
        *.absolute *.decode *.encode *.strip shlex.quote os.fspath os.fsencode shlex.split *.as_posix *.rstrip *.lstrip \
        repr str bytes iter list tuple sorted set reversed enumerate io.StringIO io.BytesIO *.read *.readlines *.readline \
        *.splitlines *.text *.content *.lower",
    ),
    (Home, "pathlib.Path.home"),
    (
        Temporary,
        "tempfile.mkdtemp tempfile.mkstemp tempfile.mktemp tempfile.NamedTemporaryFile tempfile.TemporaryDirectory \
        tempfile.TemporaryFile tempfile.SpooledTemporaryFile",
    ),
];

const JS: &[(Effect, &str)] = &[
    (Delete, "fs.unlink fs.unlinkSync fs.promises.unlink Deno.removeSync_file"),
    (
        DeleteTree,
        "fs.rm fs.rmSync fs.rmdir fs.rmdirSync fs.promises.rm fs.promises.rmdir rimraf rimraf.sync rimrafSync \
        fs.removeSync fs.remove fs.emptyDir fs.emptyDirSync del del.sync Deno.remove Deno.removeSync fse.remove fse.removeSync \
        fse.emptyDirSync *.unlinkSync *.rmSync *.rmdirSync *.unlink *.rm *.rmdir trash",
    ),
    (
        Write,
        "fs.writeFile fs.writeFileSync fs.appendFile fs.appendFileSync fs.promises.writeFile fs.promises.appendFile \
        fs.createWriteStream fs.mkdir fs.mkdirSync fs.promises.mkdir fs.mkdtempSync fs.utimesSync Deno.writeTextFile \
        Deno.writeTextFileSync Deno.writeFile Deno.writeFileSync Deno.mkdir Deno.mkdirSync Deno.create Bun.write fs.outputFileSync \
        fs.ensureDirSync *.writeFileSync *.writeFile *.appendFileSync *.appendFile *.createWriteStream *.mkdirSync fs.writeJsonSync",
    ),
    (Truncate, "fs.truncate fs.truncateSync fs.promises.truncate Deno.truncate *.truncateSync"),
    (Open, "fs.open fs.openSync fs.promises.open *.openSync"),
    (
        Read,
        "fs.readFile fs.readFileSync fs.promises.readFile fs.createReadStream fs.readlinkSync Deno.readTextFile \
        Deno.readTextFileSync Deno.readFile Bun.file *.readFileSync *.readFile *.createReadStream fs.readJsonSync fs.openAsBlob",
    ),
    (List, "fs.readdir fs.readdirSync fs.promises.readdir Deno.readDir Deno.readDirSync *.readdirSync *.readdir"),
    (Glob, "glob.sync glob.globSync globSync fs.globSync fs.glob fg.sync fastGlob.sync"),
    (Move, "fs.rename fs.renameSync fs.promises.rename fs.moveSync Deno.rename Deno.renameSync *.renameSync"),
    (
        Copy,
        "fs.copyFile fs.copyFileSync fs.cp fs.cpSync fs.promises.copyFile fs.promises.cp fs.copySync Deno.copyFile *.copyFileSync *.cpSync",
    ),
    (Link, "fs.symlink fs.symlinkSync fs.link fs.linkSync fs.promises.symlink Deno.symlink *.symlinkSync"),
    (
        Rights,
        "fs.chmod fs.chmodSync fs.chown fs.chownSync fs.promises.chmod Deno.chmod Deno.chown *.chmodSync *.chownSync",
    ),
    (
        Shell,
        "child_process.exec child_process.execSync execa.command execaCommand execaCommandSync shelljs.exec $ Bun.$ \
        *.execSync zx.$",
    ),
    (
        Argv,
        "child_process.spawn child_process.spawnSync child_process.execFile child_process.execFileSync execa execaSync \
        Deno.Command Deno.run Bun.spawn Bun.spawnSync *.spawn *.spawnSync *.execFile *.execFileSync",
    ),
    (
        Loads,
        "child_process.fork cluster.fork *.fork vm.Script module.createRequire worker_threads.Worker Worker process.dlopen importScripts",
    ),
    (
        Code,
        "eval Function vm.runInThisContext vm.runInNewContext vm.runInContext vm.compileFunction globalThis.eval \
        GeneratorFunction AsyncFunction *.runInThisContext *.runInNewContext *._compile repl.eval",
    ),
    (Fetch, "fetch http.get https.get axios.get axios got got.get undici.fetch ky.get *.get_url request.get"),
    (
        Send,
        "axios.post axios.put axios.patch axios.delete http.request https.request got.post got.put got.delete undici.request \
        request.post ky.post navigator.sendBeacon *.sendMail",
    ),
    (
        Connect,
        "net.connect net.createConnection net.Socket tls.connect dgram.createSocket WebSocket ws.WebSocket Deno.connect \
        Bun.connect http2.connect dns.resolveTxt ssh2.Client",
    ),
    (Listen, "http.createServer https.createServer net.createServer Deno.serve Bun.serve *.listen express"),
    (Sql, "*.query *.exec *.execute *.prepare *.raw"),
    (Signal, "process.kill process.abort Deno.kill *.kill"),
    (Import, "require import module.require process.mainModule.require"),
    (
        Opaque,
        "process.binding process.setuid process.setgid process.chdir process._linkedBinding Reflect.apply Reflect.construct \
        Reflect.get os.setPriority process.umask Deno.dlopen Bun.dlopen ffi.Library *.constructor",
    ),
    (Join, "path.join path.resolve path.posix.join"),
    (Same, "path.normalize String *.toString *.trim *.text *.json URL *.decode Array.from atob_text *.then_same"),
    (Home, "os.homedir"),
    (Temporary, "fs.mkdtempSync os.tmpdir_fresh Deno.makeTempDir Deno.makeTempDirSync Deno.makeTempFile"),
];

const PERL: &[(Effect, &str)] = &[
    (Delete, "unlink rmdir File::unlink"),
    (DeleteTree, "rmtree remove_tree File::Path::rmtree File::Path::remove_tree pathrmdir"),
    (DeleteSelf, "*.unlink *.remove"),
    (DeleteSelfTree, "*.remove_tree"),
    (Write, "mkdir make_path mkpath utime write_file File::Slurp::write_file sysopen mkfifo"),
    (WriteSelf, "*.spew *.spew_utf8 *.append *.touch *.mkpath"),
    (Truncate, "truncate"),
    (Open, "open IO::File.new"),
    (Read, "read_file File::Slurp::read_file readlink opendir slurp"),
    (ReadSelf, "*.slurp *.slurp_utf8 *.lines"),
    (Glob, "glob bsd_glob"),
    (List, "readdir"),
    (Move, "rename move mv File::Copy::move"),
    (Copy, "copy cp File::Copy::copy"),
    (Link, "symlink link"),
    (Rights, "chmod chown"),
    (Shell, "system exec readpipe IPC::Open3::open3 open3 open2 capture"),
    (Code, "eval"),
    (Loads, "do require"),
    (Fetch, "LWP::Simple::get getprint LWP::UserAgent.new HTTP::Tiny.new get getstore"),
    (Send, "*.post *.put *.delete_url"),
    (Connect, "socket connect IO::Socket::INET.new IO::Socket::SSL.new IO::Socket::INET sockaddr_in"),
    (Listen, "listen bind accept"),
    (Redirect, "dup2 POSIX::dup2"),
    (Sql, "*.do *.prepare *.execute"),
    (Signal, "kill"),
    (Fork, "fork"),
    (Opaque, "syscall chroot setpgrp setpriority dump POSIX::setuid AUTOLOAD can *.can ioctl fcntl"),
    (Same, "lc uc join_same"),
    (Temporary, "tempdir tempfile File::Temp.new"),
];

const RUBY: &[(Effect, &str)] = &[
    (
        Delete,
        "File.delete File.unlink Dir.delete Dir.rmdir Dir.unlink FileUtils.rm FileUtils.rm_f FileUtils.rmdir FileUtils.remove \
        FileUtils.remove_file FileUtils.safe_unlink",
    ),
    (
        DeleteTree,
        "FileUtils.rm_r FileUtils.rm_rf FileUtils.rmtree FileUtils.remove_dir FileUtils.remove_entry \
        FileUtils.remove_entry_secure FileUtils.uninstall rm_rf rm_r rm",
    ),
    (DeleteSelf, "*.unlink *.rmdir"),
    (DeleteSelfTree, "*.rmtree"),
    (
        Write,
        "File.write IO.write File.binwrite Dir.mkdir FileUtils.mkdir FileUtils.mkdir_p FileUtils.touch File.mkfifo \
        FileUtils.makedirs mkdir_p touch",
    ),
    (WriteSelf, "*.binwrite *.mkpath"),
    (Truncate, "File.truncate"),
    (Open, "File.open File.new open IO.open Kernel.open CSV.open File.for_fd Pathname.open"),
    (
        Read,
        "File.read IO.read File.readlines IO.readlines File.binread File.foreach IO.foreach YAML.load_file JSON.load_file \
        CSV.read CSV.foreach File.readlink",
    ),
    (Glob, "Dir.glob Dir.[]"),
    (List, "Dir.entries Dir.children Dir.each_child Dir.foreach Find.find"),
    (Move, "File.rename FileUtils.mv FileUtils.move mv"),
    (Copy, "FileUtils.cp FileUtils.cp_r FileUtils.copy FileUtils.copy_file FileUtils.install IO.copy_stream cp cp_r"),
    (Link, "File.symlink File.link FileUtils.ln FileUtils.ln_s FileUtils.ln_sf ln_s"),
    (Rights, "File.chmod File.chown FileUtils.chmod FileUtils.chmod_R FileUtils.chown FileUtils.chown_R chmod_R"),
    (
        Shell,
        "system exec spawn Kernel.system Kernel.exec Kernel.spawn IO.popen Process.spawn Open3.capture2 Open3.capture2e \
        Open3.capture3 Open3.popen3 Open3.pipeline PTY.spawn sh Process.exec Kernel.`",
    ),
    (
        Code,
        "eval instance_eval class_eval module_eval Kernel.eval binding.eval *.instance_eval *.class_eval TOPLEVEL_BINDING.eval \
        RubyVM::InstructionSequence.compile",
    ),
    (Loads, "load require_relative Kernel.load Marshal.load YAML.unsafe_load"),
    (
        Fetch,
        "Net::HTTP.get Net::HTTP.get_response URI.open URI::open OpenURI.open_uri HTTParty.get Faraday.get Net::HTTP.start RestClient.get",
    ),
    (
        Send,
        "Net::HTTP.post Net::HTTP.post_form HTTParty.post Faraday.post RestClient.post Net::HTTP::Post.new HTTParty.put HTTParty.delete",
    ),
    (
        Connect,
        "TCPSocket.new TCPSocket.open Socket.tcp Socket.new UDPSocket.new UNIXSocket.new OpenSSL::SSL::SSLSocket.new Net::SSH.start Net::SMTP.start Net::FTP.new",
    ),
    (Listen, "TCPServer.new WEBrick::HTTPServer.new Rack::Server.start UNIXServer.new"),
    (Sql, "*.execute *.exec_query *.exec"),
    (Signal, "Process.kill Process.abort"),
    (Fork, "fork Kernel.fork Process.fork Process.daemon"),
    (Import, "Object.const_get Kernel.const_get const_get"),
    (Attribute, "*.send *.public_send *.__send__ *.method send public_send method"),
    (
        Opaque,
        "Fiddle.dlopen syscall trap at_exit Process::UID.change_privilege Process.setrlimit ObjectSpace.each_object \
        define_method binding *.binding Dir.chroot set_trace_func *.instance_variable_set Process::Sys.setuid *.const_set",
    ),
    (Join, "File.join Pathname.new Pathname *.join_path"),
    (
        Same,
        "File.expand_path File.absolute_path *.to_s *.strip *.chomp *.read *.body Shellwords.escape URI URI.parse *.lines *.to_str *.freeze",
    ),
    (Home, "Dir.home"),
    (Temporary, "Dir.mktmpdir Tempfile.new Tempfile.create Dir.tmpdir_fresh"),
];

const PHP: &[(Effect, &str)] = &[
    (Delete, "unlink rmdir"),
    (Write, "file_put_contents mkdir touch tempnam imagepng imagejpeg move_uploaded_file mkfifo"),
    (Truncate, "ftruncate"),
    (Open, "fopen gzopen SplFileObject"),
    (
        Read,
        "file_get_contents file readfile parse_ini_file highlight_file show_source fpassthru simplexml_load_file opendir readlink",
    ),
    (List, "scandir"),
    (Glob, "glob"),
    (Move, "rename"),
    (Copy, "copy"),
    (Link, "symlink link"),
    (Rights, "chmod chown chgrp lchown"),
    (Shell, "exec shell_exec system passthru popen proc_open"),
    (Exec, "pcntl_exec"),
    (Code, "eval assert create_function"),
    (Loads, "include include_once require require_once unserialize dl virtual"),
    (Fetch, "get_headers get_meta_tags"),
    (Send, "mail curl_exec curl_multi_exec http_post_data"),
    (Connect, "fsockopen pfsockopen stream_socket_client socket_connect socket_create ftp_connect curl_init"),
    (Listen, "socket_listen stream_socket_server"),
    (Sql, "mysqli_query pg_query *.query *.exec *.prepare mysqli_multi_query sqlite_exec *.multi_query"),
    (Signal, "posix_kill"),
    (Fork, "pcntl_fork"),
    (Env, "getenv"),
    (
        Opaque,
        "call_user_func call_user_func_array array_map array_walk array_filter usort preg_replace_callback register_shutdown_function \
        ob_start posix_setuid putenv ini_set ini_alter FFI::cdef FFI.cdef extract parse_str mb_ereg_replace ReflectionFunction \
        preg_replace_callback_array iterator_apply forward_static_call set_error_handler",
    ),
    (Same, "trim strval escapeshellarg basename_same realpath"),
    (Temporary, "tmpfile sys_get_temp_dir_fresh"),
];

const LUA: &[(Effect, &str)] = &[
    (Delete, "os.remove lfs.rmdir"),
    (Write, "lfs.mkdir io.output"),
    (Open, "io.open"),
    (Read, "io.lines io.input"),
    (Move, "os.rename"),
    (Shell, "os.execute io.popen"),
    (Code, "load loadstring"),
    (Loads, "dofile loadfile package.loadlib require"),
    (Connect, "socket.connect socket.tcp"),
    (Env, "os.getenv"),
    (Opaque, "debug.sethook debug.getregistry setfenv rawset ffi.C.system ffi.cdef setmetatable"),
    (Temporary, "os.tmpname"),
];

const REST: &[(Effect, &str)] = &[
    (Delete, "file.remove"),
    (
        DeleteTree,
        "unlink rm Base.rm Filesystem.rm File.rm File.rm! File.rm_rf File.rm_rf! fs::dir_delete fs::file_delete",
    ),
    (DeleteSelf, "*.delete"),
    (DeleteSelfTree, "*.deleteDir *.deleteRecursively"),
    (
        Write,
        "writeLines_to sink dir.create file.create mkdir mkpath touch File.write File.write! File.mkdir_p File.mkdir_p! \
        saveRDS_to pdf png FileWriter",
    ),
    (WriteSecond, "writeLines write.csv write.table write saveRDS cat_to fwrite download.file"),
    (WriteSelf, "*.setText *.mkdirs *.createNewFile"),
    (Open, "file open"),
    (
        Read,
        "readLines read.csv read.table readRDS scan File.read File.read! File.stream! File.ls readdir readlines readchomp",
    ),
    (List, "list.files dir list.dirs File.ls!"),
    (Move, "file.rename mv File.rename File.rename!"),
    (Copy, "file.copy cp File.cp File.cp! File.cp_r"),
    (Link, "file.symlink symlink File.ln_s"),
    (Rights, "Sys.chmod chmod chown File.chmod"),
    (Shell, "system shell run System.shell :os.cmd success pipeline Runtime.getRuntime.exec *.exec"),
    (Argv, "system2 System.cmd Port.open processx::run ProcessBuilder"),
    (ShellSelf, "*.execute"),
    (Code, "Code.eval_string Meta.parse_eval GroovyShell.evaluate eval_text *.evaluate Eval.me"),
    (Loads, "source load include Code.eval_file Code.require_file sys.source dyn.load evaluate readRDS_code"),
    (Fetch, "url download Downloads.download httr::GET HTTP.get HTTPoison.get! Req.get! curl::curl *.toURL"),
    (Send, "httr::POST HTTP.post HTTPoison.post! Req.post!"),
    (Connect, "socketConnection connect Sockets.connect"),
    (
        Opaque,
        "ccall eval do.call Reduce unsafe_load parse Meta.parse @eval eval.parent .Call .C .External Sys.setenv apply \
        install.packages remove.packages Pkg.add Pkg.rm Mix.install Grape.grab",
    ),
    (Env, "Sys.getenv"),
    (Join, "file.path joinpath Path.join File"),
    (Same, "normalizePath abspath expanduser trimws paste_same string String.trim"),
    (Home, "homedir System.user_home!"),
    (Temporary, "tempfile tempdir mktempdir tempname mktemp"),
    (Signal, "tools::pskill System.halt_other"),
];

/// All of it.
#[cfg(test)]
pub(super) fn every() -> impl Iterator<Item = (Effect, &'static str)> {
    let tables = [PYTHON, JS, PERL, RUBY, PHP, LUA, REST].into_iter().flatten();
    tables.flat_map(|(effect, names)| names.split_ascii_whitespace().map(|name| (*effect, name)))
}

/// The tables, by name.
fn names(table: &'static [(Effect, &'static str)]) -> HashMap<&'static str, Effect> {
    table.iter().flat_map(|(effect, names)| names.split_ascii_whitespace().map(|name| (name, *effect))).collect()
}

/// What a call of that name does; `None` if no table knows it.
pub(super) fn effect(language: Language, name: &str) -> Option<Effect> {
    type Names = HashMap<&'static str, Effect>;
    static TABLES: [OnceLock<Names>; 7] = [const { OnceLock::new() }; 7];
    let (at, table) = match language {
        Language::Python => (0, PYTHON),
        Language::Js => (1, JS),
        Language::Perl => (2, PERL),
        Language::Ruby => (3, RUBY),
        Language::Php => (4, PHP),
        Language::Lua => (5, LUA),
        _ => (6, REST),
    };
    let table = TABLES[at].get_or_init(|| names(table));
    // What a module brings along is what it is by itself: `random._os.system`, `sys.modules.os.system`.
    let inner = || {
        let starts = name.match_indices('.').map(|(at, _)| name[at + 1..].trim_start_matches('_'));
        starts.filter(|rest| super::pure::acts(rest)).find_map(|rest| table.get(rest).copied())
    };
    table.get(name).copied().or_else(inner).or_else(|| {
        let (_, method) = name.rsplit_once(['.', ':'])?;
        table.get(format!("*.{method}").as_str()).copied()
    })
}
