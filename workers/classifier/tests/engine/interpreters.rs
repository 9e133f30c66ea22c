//! Interpreters that run more than the code on their command line. Each row was once silent.

use crate::common::{noticed, silent};

#[test]
fn a_module_of_python_is_judged_by_what_it_does() {
    noticed(&[
        "python3 -m timeit \"import os; os.system('rm -rf ~')\"",
        "python3 -m timeit -n 1 -s 'import shutil' 'shutil.rmtree(\"/home/dev\")'",
        "python3 -m timeit -s'import os; os.system(\"frobnicate\")' pass",
        "python3 -m venv --clear ~/victim",
        "python3 -m venv --clear src",
        "python3 -m venv ~/.ssh",
        "python3 -m json.tool a.json ~/.bashrc",
        "python3 -m json.tool --indent 2 a.json ~/.bashrc",
        "python3 -m tarfile -e a.tar ~",
        "python3 -m tarfile -c ~/.bashrc a",
        "python3 -m zipfile -e a.zip /etc",
        "python3 -m cProfile x.py",
        "python3 -m coverage run x.py",
        "python3 -m coverage run -m evil",
        "coverage run x.py",
        "python3 -mevil",
        "python3 -m",
        "python3 -W ignore::evil.Warning -c 'print(1)'",
    ]);
    silent(&[
        "python3 -m json.tool a.json",
        "python3 -m json.tool --indent 2 a.json",
        "python3 -m venv .venv",
        "python3 -m timeit '1+1'",
        "python3 -m pytest -q",
        "coverage run -m pytest",
        "coverage report",
        "python3 -m zipfile -l a.zip",
        "python3 -W ignore -X utf8 -u -c 'print(1)'",
    ]);
}

#[test]
fn an_option_that_loads_or_opens_something_is_asked_about() {
    noticed(&[
        "perl -ne 'print' 'rm -rf ~/victim|'",
        "perl -ne 'print' ' | rm -rf ~/victim'",
        "perl -pe 1 '> src/main.rs'",
        "ruby -ne 'print' '| rm -rf ~/victim'",
        "perl -ni -e 1 ~/.bashrc",
        "perl -i.bak -pe 1 ~/.bashrc",
        "perl -pi -e 's/a/b/' ~/.bashrc",
        "perl -Mevil -I/tmp -e 'print 1'",
        "perl -I/tmp -Mstrict -e 'print 1'",
        "perl -dx:y -e 'print 1'",
        "perl '-e system(1)'",
        "perl -e'unlink 1'",
        "ruby -r/tmp/evil -e 'puts 1'",
        "ruby -I /tmp -e 'puts 1'",
        "node --import=/tmp/x -e 'console.log(1)'",
        "node --require=/tmp/evil.js -e 'console.log(1)'",
        "node -r /tmp/evil.js -e 'console.log(1)'",
        "node --loader /tmp/x -e 'console.log(1)'",
        "php -d auto_prepend_file=/tmp/evil -r 'echo 1;'",
        "php -dauto_prepend_file=/tmp/evil -r 'echo 1;'",
        "php -c /tmp -r 'echo 1;'",
        "lua -l evil -e 'print(1)'",
        "julia -e 'print(read(`rm -rf x`))'",
        "julia -L /tmp/x -e 'print(1)'",
    ]);
    silent(&[
        "perl -ne 'print if /error/i' app.log",
        "perl -lane 'print' a.txt",
        "perl -F: -lane 'print' a.txt",
        "perl -pi -e 's/a/b/' src/a.rs",
        "perl -i.bak -pe 's/a/b/' src/a.rs",
        "perl -MList::Util=sum -e 'print 1'",
        "perl -0777 -ne 'print' a.txt",
        "ruby -rjson -e 'puts 1'",
        "node -p '1+1'",
        "php -d memory_limit=1G -r 'echo 1;'",
        "Rscript --vanilla -e 'print(1)'",
    ]);
}
