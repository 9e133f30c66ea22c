//! Step 13: a declaration's system calls as a seccomp program. What it does not allow ends the process.

use crate::Declaration;
use crate::matrix::{Condition, Value};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use sha2::{Digest, Sha256};

/// The program for a process with id `own_pid`, with `extra` system calls that no declaration has (none, but in tests).
pub fn program(declared: &Declaration, own_pid: u32, extra: &[i64]) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules = std::collections::BTreeMap::new();
    for call in declared.syscalls {
        let alternatives = call.rules.iter().map(|conditions| rule(conditions, own_pid));
        rules.insert(call.number, alternatives.collect::<Result<Vec<_>, _>>()?);
    }
    for number in extra {
        rules.insert(*number, Vec::new());
    }
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch)?.try_into()
}

fn rule(conditions: &[Condition], own_pid: u32) -> Result<SeccompRule, seccompiler::BackendError> {
    let conditions = conditions.iter().map(|condition| {
        let value = match condition.value {
            Value::Is(value) => value,
            Value::OwnPid => u64::from(own_pid),
        };
        // The kernel takes an `int` argument from the low half of its register, whatever the upper half holds.
        if condition.mask == u64::from(u32::MAX) {
            SeccompCondition::new(condition.argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
        } else {
            let masked = SeccompCmpOp::MaskedEq(condition.mask);
            SeccompCondition::new(condition.argument, SeccompCmpArgLen::Qword, masked, value)
        }
    });
    SeccompRule::new(conditions.collect::<Result<Vec<_>, _>>()?)
}

/// A program's instructions, 8 bytes each, in the kernel's own layout.
pub fn bytes(program: &BpfProgram) -> Vec<u8> {
    let step = |step: &seccompiler::sock_filter| {
        let [code, more] = step.code.to_ne_bytes();
        let [a, b, c, d] = step.k.to_ne_bytes();
        [code, more, step.jt, step.jf, a, b, c, d]
    };
    program.iter().flat_map(step).collect()
}

/// SHA-256 of a program's instructions.
pub fn digest(program: &BpfProgram) -> [u8; 32] {
    Sha256::digest(bytes(program)).into()
}

/// What a process attests: the digest of its program with its own id written as 0, so that all workers of one kind agree.
pub fn attested(declared: &Declaration, extra: &[i64]) -> Result<[u8; 32], seccompiler::BackendError> {
    Ok(digest(&program(declared, 0, extra)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration;
    use palisade_protocol::worker::Kind;

    /// Runs a program as the kernel does (`bpf(4)`, the subset that seccomp allows), over one system call.
    fn verdict(program: &BpfProgram, arch: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let word = |offset: u32| match offset {
            0 => number,
            4 => arch,
            16.. => {
                let argument = arguments[(offset as usize - 16) / 8];
                if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
            }
            _ => panic!("offset {offset}"),
        };
        let (mut accumulator, mut at) = (0, 0);
        loop {
            let step = &program[at];
            at += 1;
            let jump = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
            match step.code {
                0x20 => accumulator = word(step.k),
                0x54 => accumulator &= step.k,
                0x05 => at += step.k as usize,
                0x15 => at += jump(accumulator == step.k),
                0x25 => at += jump(accumulator > step.k),
                0x35 => at += jump(accumulator >= step.k),
                0x06 => return step.k,
                code => panic!("instruction {code:#x}"),
            }
        }
    }

    const ALLOW: u32 = 0x7fff_0000;
    const KILL_PROCESS: u32 = 0x8000_0000;

    #[cfg(target_arch = "x86_64")]
    const ARCH: u32 = 0xc000_003e;
    #[cfg(target_arch = "aarch64")]
    const ARCH: u32 = 0xc000_00b7;

    /// Argument vectors around every constant that a rule names, and around nothing.
    fn vectors(own_pid: u32) -> Vec<[u64; 6]> {
        let mut values = vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 63, u64::from(own_pid), u64::from(own_pid) + 1, u64::MAX];
        values.extend([0x22, 0x21, 0x32, 0x4022, 1 << 32 | 3, 1 << 32 | 4]);
        let mut vectors = Vec::new();
        for a in &values {
            for b in &values {
                for c in &values {
                    for d in [0, 0x22, 0x21, 0x32, 0x4022] {
                        vectors.push([*a, *b, *c, d, 0, 0]);
                    }
                }
            }
            vectors.push([3, 0, 0, 0, *a, 0]);
        }
        vectors
    }

    fn declared_to_allow(declared: &Declaration, number: u32, arguments: &[u64; 6], own_pid: u32) -> bool {
        let holds = |condition: &Condition| {
            let value = match condition.value {
                Value::Is(value) => value,
                Value::OwnPid => own_pid.into(),
            };
            arguments[usize::from(condition.argument)] & condition.mask == value
        };
        declared
            .syscalls
            .iter()
            .filter(|call| call.number == i64::from(number))
            .any(|call| call.rules.is_empty() || call.rules.iter().any(|conditions| conditions.iter().all(holds)))
    }

    #[test]
    fn the_program_allows_exactly_what_is_declared_over_every_number_and_the_arguments_that_matter() {
        let own_pid = 4321;
        for kind in Kind::ALL {
            let declared = declaration(kind);
            let program = program(declared, own_pid, &[]).unwrap();
            let (mut allowed, vectors) = (0, vectors(own_pid));
            for number in (0..1024).chain(0x4000_0000..0x4000_0400).chain([u32::MAX]) {
                let named = declared.syscalls.iter().any(|call| call.number == i64::from(number));
                // A number that no rule names is refused before an argument is looked at.
                for arguments in if named { &vectors[..] } else { &vectors[..8] } {
                    let expected = declared_to_allow(declared, number, arguments, own_pid);
                    let verdict = verdict(&program, ARCH, number, *arguments);
                    assert_eq!(
                        verdict,
                        if expected { ALLOW } else { KILL_PROCESS },
                        "{kind:?} {number} {arguments:x?}"
                    );
                    allowed += u32::from(expected);
                }
            }
            assert!(allowed > 0);
            assert_eq!(verdict(&program, ARCH ^ 0x8000_0000, libc::SYS_getrandom as u32, [0; 6]), KILL_PROCESS);
        }
    }

    #[test]
    fn no_worker_but_the_opener_may_open_and_none_connect_execute_fork_or_trace_and_the_journal_can_only_append() {
        let never = "open openat openat2 creat execve execveat fork vfork clone clone3 ptrace socket connect bind accept4 \
                     sendmsg sendmmsg kill pidfd_open io_uring_setup bpf prctl seccomp ioctl mount unshare memfd_create";
        // What an opener opens is Landlock's and the file system's to say: the filter cannot look into openat2's arguments.
        for kind in Kind::ALL {
            let declared = declaration(kind);
            let never = if kind == Kind::Opener { never.replace(" openat2 ", " read ") } else { never.to_owned() };
            assert!(never.split_whitespace().all(|name| declared.syscalls.iter().all(|call| call.name != name)));
        }
        let never =
            "ftruncate fallocate pwrite64 pwritev pwritev2 lseek writev read pread64 fchmod fchown fsync sendfile";
        let journal = declaration(Kind::Journal);
        assert!(never.split_whitespace().all(|name| journal.syscalls.iter().all(|call| call.name != name)));
        let numbers = |name: &str| journal.syscalls.iter().find(|call| call.name == name).unwrap().when.to_vec();
        assert_eq!(numbers("write"), ["arg0 == 2", "arg0 == 4", "arg0 == 5"]);
        assert_eq!(numbers("fdatasync"), ["arg0 == 4", "arg0 == 5"]);
    }

    #[test]
    fn every_kind_has_a_program_and_no_two_kinds_share_one() {
        let digests: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| attested(declaration(*kind), &[]).unwrap()).collect();
        assert_eq!(digests.len(), Kind::ALL.len());
    }

    #[test]
    fn one_call_more_is_another_digest() {
        let declared = declaration(Kind::Journal);
        assert_ne!(attested(declared, &[]).unwrap(), attested(declared, &[libc::SYS_getuid]).unwrap());
    }
}
